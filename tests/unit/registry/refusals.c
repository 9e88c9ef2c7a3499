/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refusals on real databases: one row for a device and a reason however often it knocks, no more
 * rows than there may be, and numbers that a reader can follow while several gateways write.
 */
#include "registry/refusals.h"

#include "crypto/hash.h"
#include "registry/devices.h"
#include "registry/gate.h"
#include "support/admission_scene.h"
#include "support/stores.h"
#include "x509/verify.h"
#include <pthread.h>

enum { NOW = 1796000000 };

static np_refusal refusal(uint32_t leaf, np_reason reason)
{
    np_refusal one = {.reason = reason,
                      .org = np_bytes_text(""),
                      .peer = np_bytes_text("192.0.2.1:4711"),
                      .gateway = np_bytes_text("gate1"),
                      .first_at = NOW,
                      .last_at = NOW,
                      .count = 1};
    memcpy(one.leaf, &leaf, sizeof(leaf));
    return one;
}

static void note(np_store *store, np_refusal one)
{
    np_error err = {0};
    assert_ok(np_door_news_note(store, &(np_door_news){.refusals = &one, .refusal_count = 1}, &err),
              &err);
}

enum { SEEN_MAX = 16 };

typedef struct seen {
    np_refusal all[SEEN_MAX]; /* of slices, those below alone */
    char subject[SEEN_MAX][128];
    char issuer[SEEN_MAX][128];
    char peer[SEEN_MAX][64];
    size_t certificates[SEEN_MAX];
    size_t count;
} seen;

static void copy_text(np_bytes text, char *ret, size_t size)
{
    snprintf(ret, size, "%.*s", (int)text.len, (const char *)text.data);
}

static np_code see(void *self, const np_refusal *one, np_error *err)
{
    (void)err;
    seen *to = self;
    np_bytes parts[NP_ADMISSION_CHAIN_MAX];
    size_t at = to->count++ % SEEN_MAX;
    to->all[at] = *one;
    copy_text(one->subject, to->subject[at], sizeof(to->subject[at]));
    copy_text(one->issuer, to->issuer[at], sizeof(to->issuer[at]));
    copy_text(one->peer, to->peer[at], sizeof(to->peer[at]));
    to->certificates[at] = np_refusal_read_chain(one->chain, parts);
    return NP_OK;
}

static seen look(np_store *store, np_refusal_query query)
{
    seen ret = {.count = 0};
    np_error err = {0};
    assert_ok(np_refusals_each(store, &query, see, &ret, &err), &err);
    return ret;
}

static void a_device_that_knocks_again_is_one_row_with_a_new_number(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    note(store, refusal(1, NP_REASON_UNKNOWN_CA));
    note(store, refusal(2, NP_REASON_UNKNOWN_CA));
    np_refusal again = refusal(1, NP_REASON_UNKNOWN_CA);
    again.peer = np_bytes_text("[2001:db8::1]:1");
    again.first_at = NOW + 5;
    again.last_at = NOW + 9;
    again.count = 7;
    note(store, again);
    seen all = look(store, (np_refusal_query){0});
    assert_int_equal(all.count, 2);
    assert_int_equal(all.all[0].id, 1);
    assert_int_equal(all.all[0].seq, 3);
    assert_int_equal(all.all[0].count, 8);
    assert_int_equal(all.all[0].first_at, NOW);
    assert_int_equal(all.all[0].last_at, NOW + 9);
    assert_string_equal(all.peer[0], "[2001:db8::1]:1");
    assert_int_equal(all.all[1].id, 2);
    assert_int_equal(all.all[1].count, 1);
    /* another reason is another row */
    note(store, refusal(1, NP_REASON_BLOCKED));
    assert_int_equal(look(store, (np_refusal_query){0}).count, 3);
}

static void refusals_are_found_by_organisation_reason_number_and_page(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    int64_t newest = 0;
    np_error err = {0};
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    assert_ok(np_door_news_newest(store, &newest, &err), &err);
    assert_int_equal(newest, 0);
    for (uint32_t i = 1; i <= 10; i++) {
        np_refusal one = refusal(i, i % 2 == 0 ? NP_REASON_BLOCKED : NP_REASON_UNKNOWN_CA);
        one.org = np_bytes_text(i > 6 ? "acme" : "");
        note(store, one);
    }
    assert_int_equal(look(store, (np_refusal_query){.org = np_bytes_text("acme")}).count, 4);
    assert_int_equal(look(store, (np_refusal_query){.reason = np_bytes_text("blocked")}).count, 5);
    assert_int_equal(look(store, (np_refusal_query){.id = 4}).all[0].id, 4);
    assert_int_equal(look(store, (np_refusal_query){.id = 11}).count, 0);
    seen page = look(store, (np_refusal_query){.limit = 3});
    assert_int_equal(page.count, 3);
    assert_int_equal(page.all[0].seq, 10);
    page = look(store, (np_refusal_query){.limit = 3, .before = page.all[2].seq});
    assert_int_equal(page.all[0].seq, 7);
    page = look(store, (np_refusal_query){.after = 7, .is_oldest_first = true});
    assert_int_equal(page.count, 3);
    assert_int_equal(page.all[0].seq, 8);
    assert_ok(np_door_news_newest(store, &newest, &err), &err);
    assert_int_equal(newest, 10);
}

/* In one transaction, as many as there may be and some. */
static void the_oldest_go_when_there_are_too_many(void **state)
{
    (void)state;
    enum { OVER = 10, COUNT = NP_REFUSALS_MAX + OVER };
    char uri[STORE_URI_SIZE];
    np_error err = {0};
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    np_refusal *many = calloc(COUNT, sizeof(*many));
    assert_non_null(many);
    for (uint32_t i = 0; i < COUNT; i++) {
        many[i] = refusal(i + 1, NP_REASON_UNKNOWN_CA);
    }
    assert_ok(np_door_news_note(
                  store, &(np_door_news){.refusals = many, .refusal_count = NP_REFUSALS_MAX}, &err),
              &err);
    /* the first one comes again, so that it is not among the oldest */
    note(store, many[0]);
    assert_ok(np_door_news_note(
                  store, &(np_door_news){.refusals = many + NP_REFUSALS_MAX, .refusal_count = OVER},
                  &err),
              &err);
    free(many);
    assert_int_equal(store_ask(uri, "SELECT count(*) FROM refusals"), NP_REFUSALS_MAX);
    assert_int_equal(look(store, (np_refusal_query){.id = 1}).count, 1);
    assert_int_equal(look(store, (np_refusal_query){.id = OVER + 1}).count, 0);
    assert_int_equal(look(store, (np_refusal_query){.id = OVER + 2}).count, 1);
}

/* Refusals of new certificates, of an organisation and from an address, in one transaction. */
static void flood(np_store *store, uint32_t first_leaf, uint32_t count, const char *org,
                  bool is_of_one_network)
{
    np_error err = {0};
    np_refusal *many = calloc(count, sizeof(*many));
    char(*peers)[64] = calloc(count, sizeof(*peers));
    assert_non_null(many);
    assert_non_null(peers);
    for (uint32_t i = 0; i < count; i++) {
        if (is_of_one_network) {
            snprintf(peers[i], sizeof(peers[i]), "[2001:db8:0:7::%x:%x]:4711", i / 250, i % 250);
        } else {
            snprintf(peers[i], sizeof(peers[i]), "10.0.%u.%u:4711", i / 250, i % 250);
        }
        many[i] = refusal(first_leaf + i, NP_REASON_UNKNOWN_CA);
        many[i].org = np_bytes_text(org);
        many[i].peer = np_bytes_text(peers[i]);
    }
    assert_ok(
        np_door_news_note(store, &(np_door_news){.refusals = many, .refusal_count = count}, &err),
        &err);
    free(peers);
    free(many);
}

/* Is the row of this certificate there? */
static bool is_there(const char *uri, uint32_t leaf)
{
    char query[128];
    const uint8_t *byte = (const uint8_t *)&leaf;
    snprintf(query, sizeof(query),
             "SELECT count(*) FROM refusals WHERE leaf = %s%02x%02x%02x%02x%056d'",
             store_is_on_server() ? "'\\x" : "x'", byte[0], byte[1], byte[2], byte[3], 0);
    return store_ask(uri, query) == 1;
}

enum { REAL = 1, NEIGHBOUR, FLOOD = 1000, MANY = 2 * NP_REFUSALS_MAX };

static void strangers_from_anywhere_do_not_push_out_a_device_of_a_known_ca(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    np_refusal real = refusal(REAL, NP_REASON_DEVICE_NOT_REGISTERED);
    real.org = np_bytes_text("acme");
    note(store, real);
    assert_int_equal(MANY, 10000);
    flood(store, FLOOD, MANY, "", false);
    assert_true(is_there(uri, REAL));
    assert_int_equal(look(store, (np_refusal_query){.org = np_bytes_text("acme")}).count, 1);
    assert_int_equal(store_ask(uri, "SELECT count(*) FROM refusals"), NP_REFUSALS_MAX + 1);
}

static void strangers_of_one_address_do_not_push_out_another_one(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    np_refusal real = refusal(REAL, NP_REASON_UNKNOWN_CA);
    real.peer = np_bytes_text("198.51.100.7:1");
    note(store, real);
    np_refusal neighbour = refusal(NEIGHBOUR, NP_REASON_UNKNOWN_CA);
    neighbour.peer = np_bytes_text("[2001:db8:0:8::1]:1");
    note(store, neighbour);
    flood(store, FLOOD, MANY, "", true);
    assert_true(is_there(uri, REAL));
    assert_true(is_there(uri, NEIGHBOUR));
    assert_false(is_there(uri, FLOOD));
    assert_true(is_there(uri, FLOOD + MANY - 1));
    assert_int_equal(store_ask(uri, "SELECT count(*) FROM refusals"), NP_REFUSALS_MAX);
}

static void one_organisation_does_not_push_out_another_one(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    np_refusal real = refusal(REAL, NP_REASON_BLOCKED);
    real.org = np_bytes_text("acme");
    note(store, real);
    flood(store, FLOOD, MANY, "umbrella", false);
    assert_true(is_there(uri, REAL));
    assert_int_equal(store_ask(uri, "SELECT count(*) FROM refusals"), NP_REFUSALS_MAX);
}

static void strangers_share_with_their_address_or_network(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"192.0.2.1:4711", "192.0.2.1"},
        {"192.0.2.1", "192.0.2.1"},
        {"[2001:db8:0:7:1:2:3:4]:4711", "2001:db8:0:7::"},
        {"2001:db8:0:7::1", "2001:db8:0:7::"},
        {"[::ffff:192.0.2.1]:4711", "::ffff:192.0.2.1"},
        {"somewhere", "somewhere"},
        {"", ""},
        {"[", ""},
        {":1", ""},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        char source[NP_REFUSAL_SOURCE_SIZE];
        np_refusal_source(np_bytes_text(rows[i][0]), source);
        assert_string_equal(source, rows[i][1]);
    }
}

static np_bytes load(const char *name, uint8_t *der)
{
    return np_bytes_of(der, scene_load(name, der, SCENE_DER_MAX));
}

static void the_chain_is_kept_and_its_leaf_is_named_in_words(void **state)
{
    (void)state;
    static uint8_t ders[2][SCENE_DER_MAX];
    uint8_t bytes[NP_REFUSAL_CHAIN_MAX];
    char uri[STORE_URI_SIZE];
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    const np_bytes chain[] = {load("device1_cli_template", ders[0]),
                              load("ca1_root_ca_template", ders[1])};
    np_writer writer = np_writer_of(bytes, sizeof(bytes));
    np_refusal one = refusal(1, NP_REASON_UNKNOWN_CA);
    np_refusal_write_chain(&writer, chain, 2);
    one.chain = np_writer_bytes(&writer);
    note(store, one);
    /* a resumption presents the leaf alone; the longer chain stays */
    writer = np_writer_of(bytes, sizeof(bytes));
    np_refusal_write_chain(&writer, chain, 1);
    one.chain = np_writer_bytes(&writer);
    note(store, one);
    seen all = look(store, (np_refusal_query){0});
    assert_int_equal(all.count, 1);
    assert_int_equal(all.certificates[0], 2);
    /* as `openssl x509 -subject -issuer -nameopt sep_comma_plus_space` prints them */
    assert_string_equal(all.subject[0], "O=Example Org, CN=device-0001");
    assert_string_equal(all.issuer[0], "O=Example Org, CN=Device CA 1");
}

static void certificates_that_do_not_fit_are_left_out(void **state)
{
    (void)state;
    static uint8_t large[NP_REFUSAL_CHAIN_MAX];
    uint8_t bytes[NP_REFUSAL_CHAIN_MAX];
    np_bytes back[NP_ADMISSION_CHAIN_MAX];
    const np_bytes chain[] = {np_bytes_of(large, 5000), np_bytes_of(large, 4000),
                              np_bytes_of(large, 3000)};
    np_writer writer = np_writer_of(bytes, sizeof(bytes));
    np_refusal_write_chain(&writer, chain, 3);
    assert_int_equal(np_refusal_read_chain(np_writer_bytes(&writer), back), 2);
    assert_int_equal(back[0].len, 5000);
    assert_int_equal(back[1].len, 3000);
    assert_int_equal(np_refusal_read_chain(np_bytes_of(bytes, 5003), back), 0);
    assert_int_equal(np_refusal_read_chain(np_bytes_of(bytes, 5005), back), 1);
    assert_int_equal(np_refusal_read_chain((np_bytes){NULL, 0}, back), 0);
}

static void a_refusal_tells_that_its_certificate_has_come_in_since(void **state)
{
    (void)state;
    static uint8_t der[SCENE_DER_MAX];
    static uint8_t ca[SCENE_DER_MAX];
    char uri[STORE_URI_SIZE];
    np_admission admission;
    np_error err = {0};
    const np_actor actor = {.name = "test", .now = NOW};
    const np_bytes leaf = load("device1_cli_template", der);
    const np_gate_request request = {&leaf, 1};
    const np_gate_options options = {.judge = np_judge_libcrypto(), .now = NOW + 60};
    const np_authority authority = {.org = np_bytes_text("acme"),
                                    .der = load("ca1_root_ca_template", ca),
                                    .product = np_bytes_text("tracker")};
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    np_refusal one = refusal(0, NP_REASON_UNKNOWN_CA);
    np_sha256(leaf, one.leaf);
    note(store, one);
    assert_int_equal(look(store, (np_refusal_query){0}).all[0].admitted_at, 0);
    assert_ok(np_authority_add(store, &authority, NULL, &actor, &err), &err);
    assert_ok(np_gate_admit(store, &options, &request, 1, &admission, &err), &err);
    assert_int_equal(admission.reason, NP_REASON_JITP_CREATED);
    assert_int_equal(look(store, (np_refusal_query){0}).all[0].admitted_at, NOW + 60);
    /* blocked, it is refused again; being on record does not mean that it is in */
    assert_ok(np_device_set_state(store, np_bytes_text("acme"), np_bytes_text("device-0001"),
                                  NP_DEVICE_BLOCKED, &actor, &err),
              &err);
    one.reason = NP_REASON_BLOCKED;
    one.last_at = NOW + 50;
    note(store, one);
    assert_int_equal(look(store, (np_refusal_query){.limit = 1}).all[0].admitted_at, 0);
    /* unblocked, it is in when it has arrived, though that it was seen is noted later */
    assert_ok(np_device_set_state(store, np_bytes_text("acme"), np_bytes_text("device-0001"),
                                  NP_DEVICE_ACTIVE, &actor, &err),
              &err);
    one.last_at = NOW + 70;
    note(store, one);
    assert_int_equal(look(store, (np_refusal_query){.limit = 1}).all[0].admitted_at, 0);
    np_arrival arrival = {.reason = NP_REASON_KNOWN, .arrived_at = NOW + 70};
    memcpy(arrival.leaf, one.leaf, sizeof(arrival.leaf));
    const np_door_news news = {.arrivals = &arrival, .arrival_count = 1};
    assert_ok(np_door_news_note(store, &news, &err), &err);
    assert_int_equal(look(store, (np_refusal_query){.limit = 1}).all[0].admitted_at, NOW + 70);
}

typedef struct arrived {
    np_arrival last;
    char identifier[32];
    size_t count;
} arrived;

static np_code take_arrival(void *self, const np_arrival *one, np_error *err)
{
    (void)err;
    arrived *to = self;
    assert_true(one->seq > to->last.seq);
    to->last = *one;
    copy_text(one->identifier, to->identifier, sizeof(to->identifier));
    to->count++;
    return NP_OK;
}

static arrived look_for_arrivals(np_store *store, const char *org, int64_t after)
{
    arrived ret = {.count = 0};
    np_error err = {0};
    assert_ok(np_arrivals_each(store, np_bytes_text(org), after, take_arrival, &ret, &err), &err);
    return ret;
}

/* In one group with a refusal; the newest stay. */
static void who_came_in_lately_is_told_with_numbers_of_the_same_series(void **state)
{
    (void)state;
    enum { COUNT = NP_ARRIVALS_MAX + 5 };
    char uri[STORE_URI_SIZE];
    np_error err = {0};
    int64_t newest = 0;
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    const np_refusal one = refusal(1, NP_REASON_UNKNOWN_CA);
    np_arrival *many = calloc(COUNT, sizeof(*many));
    assert_non_null(many);
    for (uint32_t i = 0; i < COUNT; i++) {
        many[i] = (np_arrival){.reason = NP_REASON_JITP_CREATED,
                               .org = np_bytes_text(i % 2 == 0 ? "acme" : "umbrella"),
                               .identifier = np_bytes_text(i == 0 ? "first" : "other"),
                               .arrived_at = NOW + i};
    }
    const np_door_news two = {&one, 1, many, 1};
    assert_ok(np_door_news_note(store, &two, &err), &err);
    arrived some = look_for_arrivals(store, "", 0);
    assert_int_equal(some.count, 1);
    assert_int_equal(some.last.seq, 2);
    assert_int_equal(some.last.reason, NP_REASON_JITP_CREATED);
    assert_int_equal(some.last.arrived_at, NOW);
    assert_string_equal(some.identifier, "first");
    assert_int_equal(look_for_arrivals(store, "umbrella", 0).count, 0);
    assert_int_equal(look_for_arrivals(store, "acme", 2).count, 0);
    const np_door_news rest = {.arrivals = many + 1, .arrival_count = COUNT - 1};
    assert_ok(np_door_news_note(store, &rest, &err), &err);
    free(many);
    assert_int_equal(look_for_arrivals(store, "", 0).count, NP_ARRIVALS_MAX);
    assert_ok(np_door_news_newest(store, &newest, &err), &err);
    assert_int_equal(newest, COUNT + 1);
    assert_int_equal(look(store, (np_refusal_query){0}).count, 1);
}

typedef struct writer_thread {
    const char *uri;
    uint32_t leaf;
} writer_thread;

enum { WRITERS = 3, NOTES = 40 };

static void *write_some(void *data)
{
    const writer_thread *self = data;
    np_store *store = store_open(self->uri);
    for (uint32_t i = 0; i < NOTES; i++) {
        note(store, refusal(self->leaf + i, NP_REASON_UNKNOWN_CA));
    }
    np_store_free(store);
    return NULL;
}

/* What stands behind "after" is all there is: none with a lower number appears later. */
static void whoever_follows_the_numbers_misses_nothing_while_several_write(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    pthread_t threads[WRITERS];
    writer_thread writers[WRITERS];
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    for (uint32_t i = 0; i < WRITERS; i++) {
        writers[i] = (writer_thread){uri, 1 + 1000 * i};
        assert_int_equal(pthread_create(&threads[i], NULL, write_some, &writers[i]), 0);
    }
    int64_t last = 0;
    size_t total = 0;
    while (total < WRITERS * NOTES) {
        seen some = look(
            store, (np_refusal_query){.after = last, .limit = SEEN_MAX, .is_oldest_first = true});
        for (size_t i = 0; i < some.count; i++) {
            assert_int_equal(some.all[i].seq, last + 1);
            last = some.all[i].seq;
        }
        total += some.count;
    }
    for (size_t i = 0; i < WRITERS; i++) {
        pthread_join(threads[i], NULL);
    }
    assert_int_equal(total, WRITERS * NOTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_device_that_knocks_again_is_one_row_with_a_new_number),
        cmocka_unit_test(refusals_are_found_by_organisation_reason_number_and_page),
        cmocka_unit_test(the_oldest_go_when_there_are_too_many),
        cmocka_unit_test(strangers_from_anywhere_do_not_push_out_a_device_of_a_known_ca),
        cmocka_unit_test(strangers_of_one_address_do_not_push_out_another_one),
        cmocka_unit_test(one_organisation_does_not_push_out_another_one),
        cmocka_unit_test(strangers_share_with_their_address_or_network),
        cmocka_unit_test(the_chain_is_kept_and_its_leaf_is_named_in_words),
        cmocka_unit_test(certificates_that_do_not_fit_are_left_out),
        cmocka_unit_test(a_refusal_tells_that_its_certificate_has_come_in_since),
        cmocka_unit_test(who_came_in_lately_is_told_with_numbers_of_the_same_series),
        cmocka_unit_test(whoever_follows_the_numbers_misses_nothing_while_several_write),
    };
    return cmocka_run_group_tests(tests, NULL, store_remove_all);
}
