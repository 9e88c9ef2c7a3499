/* SPDX-License-Identifier: Apache-2.0 */
/* Shared secrets against headers that NervesHub's own library made. */
#include "registry/nh1.h"
#include "support/test.h"
#include "support/vectors.h"

enum { SECONDS = 1700000000 };

static const np_nh1_policy wide = {.is_enabled = true,
                                   .iterations_min = 1,
                                   .iterations_max = 10000,
                                   .key_min = 16,
                                   .key_max = 64,
                                   .window_s = 90};

typedef struct sample {
    np_nh1_headers headers;
    np_bytes secret;
    const char *identifier;
    int64_t time;
} sample;

static sample row_of(const vector_csv *rows)
{
    return (sample){.headers = {.alg = np_bytes_text(rows->fields[1]),
                                .key = np_bytes_text(rows->fields[2]),
                                .time = np_bytes_text(rows->fields[5]),
                                .signature = np_bytes_text(rows->fields[9])},
                    .secret = np_bytes_text(rows->fields[3]),
                    .identifier = rows->fields[4],
                    .time = strtoll(rows->fields[5], NULL, 10)};
}

/* The reason, or NP_REASON_COUNT when everything is right. */
static np_reason judge(const sample *row, const np_nh1_policy *policy, int64_t now)
{
    np_nh1 request;
    np_nh1_identifier identifier;
    np_reason reason = NP_REASON_COUNT;
    if (np_nh1_read(&row->headers, policy, &request, &reason) &&
        np_nh1_check(&request, policy, row->secret, now, &identifier, &reason)) {
        assert_true(np_bytes_equal(np_bytes_of(identifier.bytes, identifier.len),
                                   np_bytes_text(row->identifier)));
        assert_int_equal(request.is_product_key, row->headers.key.data[2] == 'p');
    }
    return reason;
}

static void all_vectors_are_accepted_within_their_window_alone(void **state)
{
    (void)state;
    vector_csv rows;
    unsigned count = 0;
    vector_words_open(&rows, "nerveshub/nh1.tsv");
    while (vector_words_next(&rows)) {
        sample row = row_of(&rows);
        assert_int_equal(judge(&row, &wide, row.time), NP_REASON_COUNT);
        assert_int_equal(judge(&row, &wide, row.time + 90), NP_REASON_COUNT);
        assert_int_equal(judge(&row, &wide, row.time + 91), NP_REASON_NH1_TIME);
        assert_int_equal(judge(&row, &wide, row.time - 1), NP_REASON_NH1_TIME);
        np_nh1_policy patient = wide;
        patient.skew_s = 1;
        assert_int_equal(judge(&row, &patient, row.time - 1), NP_REASON_COUNT);
        assert_int_equal(judge(&row, &patient, row.time - 2), NP_REASON_NH1_TIME);
        row.secret.len--;
        assert_int_equal(judge(&row, &wide, row.time), NP_REASON_NH1_BAD_SIGNATURE);
        count++;
    }
    vector_csv_close(&rows);
    assert_int_equal(count, 6);
}

static void first_vector(vector_csv *rows, sample *ret)
{
    vector_words_open(rows, "nerveshub/nh1.tsv");
    assert_true(vector_words_next(rows));
    *ret = row_of(rows);
}

static void every_changed_character_breaks_the_signature(void **state)
{
    (void)state;
    vector_csv rows;
    sample row;
    first_vector(&rows, &row);
    char *signature = rows.fields[9];
    for (size_t i = 0; signature[i] != '\0'; i++) {
        signature[i] ^= 1;
        assert_int_equal(judge(&row, &wide, SECONDS), NP_REASON_NH1_BAD_SIGNATURE);
        signature[i] ^= 1;
    }
    char *key = rows.fields[2];
    key[10] ^= 1; /* it is part of the salt */
    assert_int_equal(judge(&row, &wide, SECONDS), NP_REASON_NH1_BAD_SIGNATURE);
    vector_csv_close(&rows);
}

static void the_default_is_off_and_bounded(void **state)
{
    (void)state;
    vector_csv rows;
    sample row;
    np_nh1_policy policy = np_nh1_policy_default;
    first_vector(&rows, &row);
    assert_int_equal(judge(&row, &policy, SECONDS), NP_REASON_NH1_DISABLED);
    policy.is_enabled = true;
    assert_int_equal(judge(&row, &policy, SECONDS), NP_REASON_COUNT);
    static const struct {
        const char *alg;
        np_reason reason;
    } algs[] = {
        {"NH1-HMAC-sha256-999-32", NP_REASON_NH1_COST},
        {"NH1-HMAC-sha256-10001-32", NP_REASON_NH1_COST},
        {"NH1-HMAC-sha256-1000-15", NP_REASON_NH1_COST},
        {"NH1-HMAC-sha256-1000-65", NP_REASON_NH1_COST},
        {"NH1-HMAC-sha256-10000-64", NP_REASON_NH1_BAD_SIGNATURE},
        {"NH1-HMAC-md5-1000-32", NP_REASON_NH1_MALFORMED},
        {"NH1-HMAC-sha256-01000-32", NP_REASON_NH1_MALFORMED},
        {"NH1-HMAC-sha256-99999999-32", NP_REASON_NH1_MALFORMED},
        {"NH1-HMAC-sha256-1000", NP_REASON_NH1_MALFORMED},
        {"NH1-HMAC-sha256-1000-32-1", NP_REASON_NH1_MALFORMED},
        {"NH2-HMAC-sha256-1000-32", NP_REASON_NH1_MALFORMED},
        {"", NP_REASON_NH1_MALFORMED},
    };
    for (size_t i = 0; i < NP_COUNT_OF(algs); i++) {
        row.headers.alg = np_bytes_text(algs[i].alg);
        assert_int_equal(judge(&row, &policy, SECONDS), algs[i].reason);
    }
    vector_csv_close(&rows);
}

static void what_came_in_does_not_come_in_again(void **state)
{
    (void)state;
    np_nh1_memory *memory = np_nh1_memory_create();
    np_bytes one = np_bytes_text("one");
    np_bytes two = np_bytes_text("two");
    assert_non_null(memory);
    assert_false(np_nh1_seen(memory, one, &wide, SECONDS));
    for (int64_t second = 0; second <= 90; second += 10) {
        assert_true(np_nh1_seen(memory, one, &wide, SECONDS + second));
    }
    assert_false(np_nh1_seen(memory, two, &wide, SECONDS + 95)); /* the halves turn */
    assert_true(np_nh1_seen(memory, two, &wide, SECONDS + 95 + 91));
    np_nh1_memory_free(memory);
}

static void a_flood_closes_the_door(void **state)
{
    (void)state;
    np_nh1_memory *memory = np_nh1_memory_create();
    assert_non_null(memory);
    for (uint32_t i = 0; i < NP_NH1_SEEN_MAX; i++) {
        assert_false(np_nh1_seen(memory, np_bytes_of(&i, sizeof(i)), &wide, SECONDS));
    }
    assert_true(np_nh1_seen(memory, np_bytes_text("new"), &wide, SECONDS));
    assert_false(np_nh1_seen(memory, np_bytes_text("new"), &wide, SECONDS + 91));
    np_nh1_memory_free(memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_vectors_are_accepted_within_their_window_alone),
        cmocka_unit_test(every_changed_character_breaks_the_signature),
        cmocka_unit_test(the_default_is_off_and_bounded),
        cmocka_unit_test(what_came_in_does_not_come_in_again),
        cmocka_unit_test(a_flood_closes_the_door),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
