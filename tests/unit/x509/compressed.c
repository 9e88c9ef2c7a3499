/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: upstream's validity_test and serial_number_test; DS20006367A. */
#include "x509/compressed.h"
#include "support/test.h"
#include "support/vectors.h"

static np_civil civil(const char *text)
{
    int64_t seconds = 0;
    np_error err;
    assert_ok(np_parse_time(text, &seconds, &err), &err);
    return np_civil_from_seconds(seconds);
}

static void upstreams_dates_encode_and_decode(void **state)
{
    (void)state;
    vector_csv rows;
    int checked = 0;
    vector_words_open(&rows, "nerveskey/upstream/validity_test.txt");
    while (vector_words_next(&rows)) {
        uint8_t wanted[NP_DATES_SIZE], dates[NP_DATES_SIZE];
        np_error err;
        np_validity decoded;
        np_validity validity = {civil(rows.fields[0]), civil(rows.fields[1])};
        vector_hex(rows.fields[2], wanted, sizeof(wanted));
        assert_ok(np_dates_encode(&validity, dates, &err), &err);
        assert_memory_equal(dates, wanted, sizeof(wanted));
        assert_ok(np_dates_decode(wanted, &decoded, &err), &err);
        assert_int_equal(np_civil_compare(&decoded.not_before, &validity.not_before), 0);
        assert_int_equal(np_civil_compare(&decoded.not_after, &validity.not_after), 0);
        checked++;
    }
    vector_csv_close(&rows);
    assert_int_equal(checked, 1);
}

static void upstreams_serial_numbers_come_out(void **state)
{
    (void)state;
    vector_csv rows;
    int checked = 0;
    vector_words_open(&rows, "nerveskey/upstream/serial_number_test.txt");
    while (vector_words_next(&rows)) {
        uint8_t input[64], dates[NP_DATES_SIZE], wanted[16], serial[16];
        size_t len = vector_hex_any(rows.fields[1], input, sizeof(input));
        vector_hex(rows.fields[2], dates, sizeof(dates));
        vector_hex(rows.fields[4], wanted, sizeof(wanted));
        np_certificate_serial(np_bytes_of(input, len), dates, serial);
        assert_memory_equal(serial, wanted, sizeof(wanted));
        checked++;
    }
    vector_csv_close(&rows);
    assert_int_equal(checked, 2);
}

static void dates_that_cannot_be_stored_say_why(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *named;
    } rows[] = {
        {"2026-11-20T09:12:33Z", "2027-11-20T09:00:00Z", "must be a whole hour"},
        {"2026-11-20T09:00:00Z", "2027-11-20T10:00:00Z", "must be 2027-11-20 09:00:00"},
        {"2026-11-20T09:00:00Z", "2027-11-21T09:00:00Z", "must be 2027-11-20 09:00:00"},
        {"2026-11-20T09:00:00Z", "2027-11-20T09:00:01Z", "must be 2027-11-20 09:00:00"},
        {"2026-11-20T09:00:00Z", "2026-11-20T09:00:00Z", "0 years of validity"},
        {"2026-11-20T09:00:00Z", "2058-11-20T09:00:00Z", "32 years of validity"},
        {"2026-11-20T09:00:00Z", "2025-11-20T09:00:00Z", "-1 years of validity"},
        {"2032-01-01T00:00:00Z", "2033-01-01T00:00:00Z", "issued in 2032"},
        {"1999-12-31T23:00:00Z", "2001-12-31T23:00:00Z", "issued in 1999"},
        {"2026-11-20T09:00:00Z", "9999-12-31T23:59:58Z", "9999-12-31 23:59:58"},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t dates[NP_DATES_SIZE];
        np_error err = {0};
        np_validity validity = {civil(rows[i].from), civil(rows[i].to)};
        assert_code(np_dates_encode(&validity, dates, &err), NP_EINPUT_TIME);
        if (strstr(err.message, rows[i].named) == NULL) {
            fail_msg("row %zu: '%s' does not name '%s'", i, err.message, rows[i].named);
        }
    }
}

/* Specs of NervesKey 2.4: 0 years is 9999-12-31 23:59:59. */
static void zero_years_mean_no_expiry(void **state)
{
    (void)state;
    uint8_t dates[NP_DATES_SIZE] = {0x75, 0x3e, 0x00};
    uint8_t again[NP_DATES_SIZE];
    np_validity validity;
    np_error err;
    assert_ok(np_dates_decode(dates, &validity, &err), &err);
    np_civil never = civil("9999-12-31T23:59:59Z");
    assert_int_equal(np_civil_compare(&validity.not_after, &never), 0);
    assert_ok(np_dates_encode(&validity, again, &err), &err);
    assert_memory_equal(again, dates, sizeof(dates));
}

static void the_impossible_29_february_is_kept(void **state)
{
    (void)state;
    np_validity validity = {civil("2028-02-29T12:00:00Z"), {2059, 2, 29, 12, 0, 0}};
    np_validity again;
    uint8_t dates[NP_DATES_SIZE];
    np_error err;
    assert_ok(np_dates_encode(&validity, dates, &err), &err);
    assert_ok(np_dates_decode(dates, &again, &err), &err);
    assert_int_equal(np_civil_compare(&again.not_after, &validity.not_after), 0);
}

static void bits_that_are_no_date_are_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"000000", "ffffff", "d50000", "d0801f", "d5d31f"};
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        uint8_t dates[NP_DATES_SIZE];
        np_validity validity;
        vector_hex(bad[i], dates, sizeof(dates));
        assert_code(np_dates_decode(dates, &validity, NULL), NP_EINPUT_FORMAT);
    }
}

static void validity_begins_with_the_hour_begun(void **state)
{
    (void)state;
    np_validity validity;
    np_error err;
    np_civil now = civil("2026-11-20T09:12:33Z");
    assert_ok(np_validity_at(np_civil_to_seconds(&now), 31, &validity, &err), &err);
    np_civil from = civil("2026-11-20T09:00:00Z");
    np_civil to = civil("2057-11-20T09:00:00Z");
    assert_int_equal(np_civil_compare(&validity.not_before, &from), 0);
    assert_int_equal(np_civil_compare(&validity.not_after, &to), 0);
    assert_code(np_validity_at(np_civil_to_seconds(&now), 0, &validity, &err), NP_EINPUT_RANGE);
    assert_code(np_validity_at(np_civil_to_seconds(&now), 32, &validity, &err), NP_EINPUT_RANGE);
    now = civil("2032-01-01T00:00:00Z");
    assert_code(np_validity_at(np_civil_to_seconds(&now), 1, &validity, &err), NP_EINPUT_TIME);
    now = civil("1999-12-31T23:59:59Z");
    assert_code(np_validity_at(np_civil_to_seconds(&now), 1, &validity, &err), NP_EINPUT_TIME);
}

static void old_readers_need_a_bit_among_the_first_nine(void **state)
{
    (void)state;
    static const struct {
        uint8_t first, second;
        bool suits;
    } rows[] = {{0x01, 0x00, true}, {0x00, 0x80, true}, {0x00, 0x7f, false}, {0x80, 0x00, true}};
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        for (size_t half = 0; half < 64; half += 32) {
            uint8_t signature[64];
            memset(signature, 0x55, sizeof(signature));
            signature[half] = rows[i].first;
            signature[half + 1] = rows[i].second;
            assert_int_equal(np_signature_suits_old_readers(signature), rows[i].suits);
        }
    }
}

static void fields_land_where_microchip_puts_them(void **state)
{
    (void)state;
    np_compressed compressed = {.dates = {1, 2, 3},
                                .signer_id = 0x1234,
                                .template_id = 5,
                                .chain_id = 6,
                                .serial_source = NP_SERIAL_FROM_PUBLIC_KEY};
    np_compressed again;
    np_error err;
    uint8_t bytes[NP_COMPRESSED_SIZE], tail[8];
    memset(compressed.signature, 0x77, sizeof(compressed.signature));
    np_compressed_encode(&compressed, bytes);
    vector_hex("010203123456a000", tail, sizeof(tail));
    assert_memory_equal(bytes + 64, tail, sizeof(tail));
    assert_ok(np_compressed_decode(bytes, &again, &err), &err);
    assert_memory_equal(&again, &compressed, sizeof(again));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(upstreams_dates_encode_and_decode),
        cmocka_unit_test(upstreams_serial_numbers_come_out),
        cmocka_unit_test(dates_that_cannot_be_stored_say_why),
        cmocka_unit_test(zero_years_mean_no_expiry),
        cmocka_unit_test(the_impossible_29_february_is_kept),
        cmocka_unit_test(bits_that_are_no_date_are_refused),
        cmocka_unit_test(validity_begins_with_the_hour_begun),
        cmocka_unit_test(old_readers_need_a_bit_among_the_first_nine),
        cmocka_unit_test(fields_land_where_microchip_puts_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
