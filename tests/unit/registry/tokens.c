/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tokens, and answers that are kept, on real databases: what is shown once is known again and
 * stands nowhere, a removed or expired one is good for nothing, and a request with a key of its own
 * is done once.
 */
#include "registry/tokens.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "registry/answers.h"
#include "registry/changes.h"
#include "registry/devices.h"
#include "support/stores.h"

enum { NOW = 1796000000, DAY = 86400 };

static const np_actor actor = {.name = "somebody", .now = NOW};

static np_store *store_of_test(void)
{
    char uri[STORE_URI_SIZE];
    store_new_uri(uri);
    return store_open(uri);
}

static void add(np_store *store, np_token token, uint8_t seed, char secret[static NP_TOKEN_SIZE])
{
    uint8_t random[NP_TOKEN_BYTES];
    np_error err = {0};
    memset(random, seed, sizeof(random));
    assert_ok(np_token_add(store, &token, random, &actor, secret, &err), &err);
}

static bool is_good(np_store *store, const char *secret, int64_t now, np_shown_token *ret)
{
    np_error err = {0};
    bool good = false;
    assert_ok(np_token_check(store, np_bytes_text(secret), now, ret, &good, &err), &err);
    return good;
}

static void a_token_is_known_again_until_it_expires_or_is_removed(void **state)
{
    np_store *store = store_of_test();
    np_error err = {0};
    np_shown_token shown;
    char secret[NP_TOKEN_SIZE];
    char wrong[NP_TOKEN_SIZE];
    (void)state;
    add(store,
        (np_token){.name = np_bytes_text("ci"),
                   .role = NP_TOKEN_MANAGE,
                   .org = np_bytes_text("acme"),
                   .expires_at = NOW + DAY},
        7, secret);
    /* RFC 4648 5 of 32 bytes 07, by hand: 000001 110000 011100 000111 */
    assert_string_equal(secret, "npt_BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc");
    assert_true(is_good(store, secret, NOW, &shown));
    assert_true(np_bytes_equal(shown.token.name, np_bytes_text("ci")));
    assert_true(np_bytes_equal(shown.token.org, np_bytes_text("acme")));
    assert_int_equal(shown.token.role, NP_TOKEN_MANAGE);
    assert_int_equal(shown.token.last_used, 0);
    assert_true(is_good(store, secret, NOW + 59, &shown));
    assert_int_equal(shown.token.last_used, NOW);
    assert_true(is_good(store, secret, NOW + 61, &shown));
    assert_true(is_good(store, secret, NOW + 62, &shown));
    assert_int_equal(shown.token.last_used, NOW + 61);
    assert_true(is_good(store, secret, NOW + DAY - 1, &shown));
    assert_false(is_good(store, secret, NOW + DAY, &shown));
    memcpy(wrong, secret, sizeof(wrong));
    wrong[10] ^= 1;
    assert_false(is_good(store, wrong, NOW, &shown));
    assert_false(is_good(store, "", NOW, &shown));
    assert_ok(np_token_remove(store, np_bytes_text(""), np_bytes_text("ci"), &actor, &err), &err);
    assert_false(is_good(store, secret, NOW, &shown));
    assert_int_equal(np_token_remove(store, np_bytes_text(""), np_bytes_text("ci"), &actor, &err),
                     NP_EINPUT_MISSING);
    np_store_free(store);
}

static void a_name_is_one_and_is_there_once(void **state)
{
    static const char *const bad[] = {"", "a b", "a/b", "a\n", "\xff"};
    np_store *store = store_of_test();
    np_error err = {0};
    uint8_t random[NP_TOKEN_BYTES] = {1};
    char secret[NP_TOKEN_SIZE];
    np_token token = {.name = np_bytes_text("twice")};
    (void)state;
    add(store, token, 1, secret);
    assert_int_equal(np_token_add(store, &token, random, &actor, secret, &err), NP_EPOLICY);
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        token.name = np_bytes_text(bad[i]);
        assert_int_equal(np_token_add(store, &token, random, &actor, secret, &err),
                         NP_EINPUT_FORMAT);
    }
    np_store_free(store);
}

static np_code count_change(void *self, const np_change *change, np_error *err)
{
    (void)err;
    *(unsigned *)self += np_bytes_equal(change->what, np_bytes_text("token add")) ? 1 : 0;
    return NP_OK;
}

static void who_made_a_token_is_written_down(void **state)
{
    np_store *store = store_of_test();
    np_error err = {0};
    unsigned count = 0;
    char secret[NP_TOKEN_SIZE];
    const np_change_query query = {.org = np_bytes_text("notes")};
    (void)state;
    add(store, (np_token){.name = np_bytes_text("noted"), .org = np_bytes_text("notes")}, 9,
        secret);
    assert_ok(np_change_each(store, &query, count_change, &count, &err), &err);
    assert_int_equal(count, 1);
    np_store_free(store);
}

/* A request that adds a device, and how often it has done so. */
typedef struct request {
    np_store *store;
    const char *identifier;
    unsigned acts;
    unsigned repeats;
    unsigned status;
    np_code code; /* of act */
} request;

static np_code act(void *self, np_answer *ret, np_error *err)
{
    request *of = self;
    const np_device device = {.org = np_bytes_text("once"),
                              .identifier = np_bytes_text(of->identifier)};
    of->acts++;
    *ret = (np_answer){.status = of->status, .body = np_bytes_text("{}")};
    np_code code = np_device_add(of->store, &device, &actor, err);
    return code != NP_OK ? code : of->code;
}

static void repeat(void *self, const np_answer *answer)
{
    request *of = self;
    assert_int_equal(answer->status, of->status);
    assert_true(np_bytes_equal(answer->body, np_bytes_text("{}")));
    of->repeats++;
}

static np_code once(request *of, const char *key, uint8_t content, int64_t now,
                    np_answer_outcome *ret)
{
    np_error err = {0};
    uint8_t sha256[NP_FINGERPRINT_BYTES] = {content};
    const np_answer_key name = {
        .token = 1, .key = np_bytes_text(key), .request_sha256 = sha256, .now = now};
    const np_answer_work work = {.act = act, .repeat = repeat, .self = of};
    return np_answer_once(of->store, &name, &work, ret, &err);
}

static np_code count_device(void *self, const np_device *device, np_error *err)
{
    (void)device;
    (void)err;
    *(unsigned *)self += 1;
    return NP_OK;
}

static unsigned count_devices(np_store *store, const char *identifier)
{
    np_error err = {0};
    unsigned count = 0;
    const np_device_query query = {.org = np_bytes_text("once"),
                                   .identifier = np_bytes_text(identifier)};
    assert_ok(np_device_each(store, &query, count_device, &count, &err), &err);
    return count;
}

static void a_request_with_a_key_is_done_once_for_a_day(void **state)
{
    np_answer_outcome outcome;
    request of = {.store = store_of_test(), .identifier = "N1", .status = 201};
    (void)state;
    assert_int_equal(once(&of, "k", 1, NOW, &outcome), NP_OK);
    assert_int_equal(outcome, NP_ANSWER_DONE);
    assert_int_equal(once(&of, "k", 1, NOW + DAY, &outcome), NP_OK);
    assert_int_equal(outcome, NP_ANSWER_REPEATED);
    assert_int_equal(once(&of, "k", 2, NOW, &outcome), NP_OK);
    assert_int_equal(outcome, NP_ANSWER_OTHER);
    assert_int_equal(of.acts, 1);
    assert_int_equal(of.repeats, 1);
    assert_int_equal(count_devices(of.store, "N1"), 1);
    /* a day later the key is free, and the device is there */
    assert_int_equal(once(&of, "k", 1, NOW + DAY + 1, &outcome), NP_EPOLICY);
    assert_int_equal(of.acts, 2);
    np_store_free(of.store);
}

static void what_has_failed_is_taken_back_and_may_be_tried_again(void **state)
{
    np_answer_outcome outcome;
    request of = {.store = store_of_test(), .identifier = "N2", .status = 201, .code = NP_EPOLICY};
    (void)state;
    assert_int_equal(once(&of, "f", 1, NOW, &outcome), NP_EPOLICY);
    assert_int_equal(count_devices(of.store, "N2"), 0);
    of.code = NP_OK;
    assert_int_equal(once(&of, "f", 1, NOW, &outcome), NP_OK);
    assert_int_equal(outcome, NP_ANSWER_DONE);
    assert_int_equal(count_devices(of.store, "N2"), 1);
    np_store_free(of.store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_token_is_known_again_until_it_expires_or_is_removed),
        cmocka_unit_test(a_name_is_one_and_is_there_once),
        cmocka_unit_test(who_made_a_token_is_written_down),
        cmocka_unit_test(a_request_with_a_key_is_done_once_for_a_day),
        cmocka_unit_test(what_has_failed_is_taken_back_and_may_be_tried_again),
    };
    return cmocka_run_group_tests(tests, NULL, store_remove_all);
}
