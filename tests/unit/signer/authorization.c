/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/authorization.h"

#include "crypto/hash.h"
#include "support/test.h"

/* Written by hand after doc/formats/authorization.md; not signed. */
#define STATION_1 "0101010101010101010101010101010101010101010101010101010101010101"
#define STATION_2 "0202020202020202020202020202020202020202020202020202020202020202"
#define TERMS                                                                                      \
    "{\"batch\":\"b42\",\"count\":5000,\"created\":\"2026-11-29T12:00:00Z\","                      \
    "\"first\":\"T2-000001\",\"format\":\"nameplate-authorization\","                              \
    "\"id\":\"000102030405060708090a0b0c0d0e0f\",\"last\":\"T2-005000\",\"profile\":\"device\","   \
    "\"stations\":{\"" STATION_1 "\":\"st07\",\"" STATION_2 "\":\"st08\"},"                        \
    "\"until\":\"2026-12-31T23:59:59Z\",\"version\":1}"
static const char staged[] = "{\"authorization\":" TERMS "}\n";

enum { CREATED = 1795953600, UNTIL = 1798761599 }; /* date -d 2026-11-29T12:00:00Z +%s */

static np_authorization parse(const char *text)
{
    np_error err;
    np_authorization authorization;
    assert_ok(np_authorization_parse(np_bytes_text(text), &authorization, &err), &err);
    return authorization;
}

static void is_text(np_bytes bytes, const char *text)
{
    assert_true(np_bytes_equal(bytes, np_bytes_text(text)));
}

static void all_terms_are_read(void **state)
{
    (void)state;
    np_authorization authorization = parse(staged);
    is_text(authorization.batch, "b42");
    assert_int_equal(authorization.count, 5000);
    is_text(authorization.first, "T2-000001");
    is_text(authorization.last, "T2-005000");
    is_text(authorization.profile, "device");
    is_text(authorization.product, "");
    assert_int_equal(authorization.created, CREATED);
    assert_int_equal(authorization.until, UNTIL);
    assert_int_equal(authorization.id[15], 15);
    assert_int_equal(authorization.station_count, 2);
    assert_int_equal(authorization.stations[1].key[0], 2);
    is_text(authorization.stations[1].name, "st08");
    assert_false(authorization.is_signed);
}

static void the_digest_is_that_of_the_terms_as_they_stand_in_the_file(void **state)
{
    (void)state;
    uint8_t digest[32];
    uint8_t expected[32];
    np_authorization authorization = parse(staged);
    np_authorization_digest(&authorization, digest);
    np_sha256(np_bytes_text(TERMS), expected);
    assert_memory_equal(digest, expected, sizeof(digest));
}

/* Replaces one part of the staged file by another. */
static const char *with(const char *part, const char *other)
{
    static char text[sizeof(staged) + 200];
    const char *at = strstr(staged, part);
    assert_non_null(at);
    snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - staged), staged, other, at + strlen(part));
    return text;
}

static void any_other_form_is_refused(void **state)
{
    (void)state;
    static const char *const changes[][2] = {
        {"\"version\":1", "\"version\":2"},
        {"\"count\":5000", "\"count\":05000"},
        {"\"count\":5000", "\"count\": 5000"},
        {"\"count\":5000,", ""},
        {"\"version\":1", "\"version\":1,\"window\":1"},
        {"\"batch\":\"b42\",\"count\":5000", "\"count\":5000,\"batch\":\"b42\""},
        {"nameplate-authorization", "nameplate-record"},
        {"2026-12-31T23:59:59Z", "2026-12-31"},
        {STATION_2, STATION_1},
        {STATION_2, "02"},
        {"{\"" STATION_1 "\":\"st07\",\"" STATION_2 "\":\"st08\"}", "[]"},
        {"0c0d0e0f", "0C0D0E0F"},
        {"\"authorization\"", "\"authorisation\""},
        {"}}\n", "}}"},
        {"}}\n", "}}\n\n"},
        {"}}\n", "},\"key\":\"" STATION_1 "\"}\n"},
        {"}}\n", "},\"signature\":\"AAAA\"}\n"},
        {"}}\n", "}"},
    };
    np_authorization ret;
    for (size_t i = 0; i < NP_COUNT_OF(changes); i++) {
        const char *text = with(changes[i][0], changes[i][1]);
        assert_code(np_authorization_parse(np_bytes_text(text), &ret, NULL), NP_EINPUT_FORMAT);
    }
    assert_code(np_authorization_parse(np_bytes_of(NULL, 0), &ret, NULL), NP_EINPUT_FORMAT);
}

static void terms_that_cannot_be_are_named(void **state)
{
    (void)state;
    static const struct {
        const char *part;
        const char *other;
        np_code code;
        const char *says;
    } rows[] = {
        {"\"count\":5000", "\"count\":5001", NP_EINPUT_RANGE, "the range has 5000 serials"},
        {"\"count\":5000", "\"count\":0", NP_EINPUT_RANGE, "the count is 0"},
        {"T2-005000", "T2-000000", NP_EINPUT_RANGE, "before the first"},
        {"T2-005000", "T2-5000", NP_EINPUT_FORMAT, "alike but for the digits"},
        {"T2-005000", "T3-005000", NP_EINPUT_FORMAT, "alike but for the digits"},
        {"2026-12-31", "2026-11-28", NP_EINPUT_TIME, "before it was created"},
        {"{\"" STATION_1 "\":\"st07\",\"" STATION_2 "\":\"st08\"}", "{}", NP_EINPUT_RANGE,
         "at least one station"},
        {"\"b42\"", "\"a name of more than 32 bytes is too long\"", NP_EINPUT_RANGE, "at most 32"},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        np_error err;
        np_authorization ret;
        np_bytes text = np_bytes_text(with(rows[i].part, rows[i].other));
        assert_code(np_authorization_parse(text, &ret, &err), rows[i].code);
        if (strstr(err.message, rows[i].says) == NULL) {
            fail_msg("'%s' lacks '%s'", err.message, rows[i].says);
        }
    }
}

static void serials_of_the_range_are_covered_and_no_others(void **state)
{
    (void)state;
    static const struct {
        const char *serial;
        bool is_covered;
    } rows[] = {
        {"T2-000001", true},  {"T2-005000", true},  {"T2-002718", true},   {"T2-000000", false},
        {"T2-005001", false}, {"T2-00001", false},  {"T2-0000010", false}, {"T3-000001", false},
        {"t2-000001", false}, {"T2-00000a", false}, {"T2-0 0001", false},  {"", false},
        {"T2-00:000", false},
    };
    np_authorization authorization = parse(staged);
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        assert_int_equal(np_authorization_covers(&authorization, np_bytes_text(rows[i].serial)),
                         rows[i].is_covered);
    }
}

static void a_single_serial_without_digits_is_a_range_of_one(void **state)
{
    (void)state;
    np_authorization authorization = parse(staged);
    authorization.first = np_bytes_text("golden");
    authorization.last = authorization.first;
    authorization.count = 1;
    assert_int_equal(np_authorization_check(&authorization, NULL), NP_OK);
    assert_true(np_authorization_covers(&authorization, np_bytes_text("golden")));
    assert_false(np_authorization_covers(&authorization, np_bytes_text("goldem")));
}

static void says(const np_error *err, const char *text)
{
    if (strstr(err->message, text) == NULL) {
        fail_msg("'%s' lacks '%s'", err->message, text);
    }
}

static void each_refusal_says_which_term_it_is(void **state)
{
    (void)state;
    np_error err;
    uint8_t station[32];
    np_authorization authorization = parse(staged);
    memset(station, 1, sizeof(station));
    assert_ok(np_authorization_allows(&authorization, station, "device", UNTIL, &err), &err);
    assert_code(np_authorization_allows(&authorization, station, "device", UNTIL + 1, &err),
                NP_EPOLICY);
    says(&err, "b42 has ended at 2026-12-31T23:59:59Z");
    assert_code(np_authorization_allows(&authorization, station, "nrf-2026", CREATED, &err),
                NP_EPOLICY);
    says(&err, "for the profile device, not for nrf-2026");
    station[31] = 3;
    assert_code(np_authorization_allows(&authorization, station, "device", CREATED, &err),
                NP_EPOLICY);
    says(&err, "is not for this station");
    authorization.profile.len = 0;
    station[31] = 1;
    assert_ok(np_authorization_allows(&authorization, station, "nrf-2026", CREATED, &err), &err);
}

static void any_change_after_signing_shows(void **state)
{
    (void)state;
    np_error err;
    uint8_t file[NP_AUTHORIZATION_MAX];
    np_writer writer = np_writer_of(file, sizeof(file));
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    NP_CLEANUP(np_p256_free_at) np_p256_key *other = NULL;
    assert_ok(np_p256_generate(&key, &err), &err);
    assert_ok(np_p256_generate(&other, &err), &err);
    const np_signing signing = np_signing_by_key(key);
    const np_signing foreign = np_signing_by_key(other);
    np_authorization authorization = parse(staged);
    assert_code(np_authorization_verify(&authorization, signing.public_key, &err), NP_EPOLICY);
    assert_ok(np_authorization_sign(&authorization, &signing, &err), &err);
    np_authorization_write(&authorization, &writer);
    np_authorization read;
    assert_ok(np_authorization_parse(np_writer_bytes(&writer), &read, &err), &err);
    assert_ok(np_authorization_verify(&read, signing.public_key, &err), &err);
    assert_code(np_authorization_verify(&read, foreign.public_key, &err), NP_EINPUT_KEY);
    read.count--;
    assert_code(np_authorization_verify(&read, signing.public_key, &err), NP_EINPUT_KEY);
}

static void stations_are_kept_in_the_order_of_their_keys(void **state)
{
    (void)state;
    np_authorization authorization = {0};
    static const uint8_t order[] = {7, 3, 9, 1, 8};
    static const uint8_t sorted[] = {1, 3, 7, 8, 9};
    for (size_t i = 0; i < sizeof(order); i++) {
        np_authorization_station station = {.name = np_bytes_text("st")};
        memset(station.key, order[i], sizeof(station.key));
        assert_int_equal(np_authorization_add_station(&authorization, &station, NULL), NP_OK);
        assert_code(np_authorization_add_station(&authorization, &station, NULL), NP_EINPUT_RANGE);
    }
    for (size_t i = 0; i < sizeof(sorted); i++) {
        assert_int_equal(authorization.stations[i].key[0], sorted[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_terms_are_read),
        cmocka_unit_test(the_digest_is_that_of_the_terms_as_they_stand_in_the_file),
        cmocka_unit_test(any_other_form_is_refused),
        cmocka_unit_test(terms_that_cannot_be_are_named),
        cmocka_unit_test(serials_of_the_range_are_covered_and_no_others),
        cmocka_unit_test(a_single_serial_without_digits_is_a_range_of_one),
        cmocka_unit_test(each_refusal_says_which_term_it_is),
        cmocka_unit_test(any_change_after_signing_shows),
        cmocka_unit_test(stations_are_kept_in_the_order_of_their_keys),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
