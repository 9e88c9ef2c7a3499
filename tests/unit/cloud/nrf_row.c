/* SPDX-License-Identifier: Apache-2.0 */
/* Rows around nRF Cloud, as Nordic's own tools wrote them (tests/vectors/nrf/csv). */
#include "cloud/nrf_row.h"

#include "support/test.h"
#include "support/vectors.h"

static const char *const onboarding[] = {
    "nrf/csv/onboard_uuid.csv",      "nrf/csv/onboard_imei_tags_subtype.csv",
    "nrf/csv/onboard_quoting.csv",   "nrf/csv/onboard_from_create_device_credentials.csv",
    "nrf/csv/provision_2022-04.csv", "nrf/csv/onboard_three_rows.csv",
};

static np_bytes load(const char *path)
{
    size_t len;
    uint8_t *bytes = vector_load(path, &len);
    return np_bytes_of(bytes, len);
}

static void drop(np_bytes bytes)
{
    free((void *)(uintptr_t)bytes.data);
}

static void every_row_is_written_byte_for_byte(void **state)
{
    static np_nrf_row_text text;
    static uint8_t again[8192];
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(onboarding); i++) {
        np_bytes file = load(onboarding[i]);
        np_reader reader = np_reader_of(file);
        np_writer writer = np_writer_of(again, sizeof(again));
        np_csv_row row;
        np_nrf_row values;
        np_error err;
        while (np_csv_next(&reader, &row) == NP_CSV_ROW) {
            assert_ok(np_nrf_row_read(&row, &text, &values, &err), &err);
            np_nrf_row_write(&writer, &values);
        }
        assert_true(np_bytes_equal(np_writer_bytes(&writer), file));
        drop(file);
    }
}

/* From the parts that the tool was given: nothing here was read from the file but its certificate.
 */
static void a_row_is_made_of_its_parts(void **state)
{
    static uint8_t text[2048];
    np_bytes file = load("nrf/csv/onboard_imei_tags_subtype.csv");
    size_t from = 0;
    (void)state;
    while (memcmp(file.data + from, "-----BEGIN", 10) != 0) {
        from++;
    }
    np_nrf_row row = {
        .id = np_bytes_text("nrf-355025930000000"),
        .sub_type = np_bytes_text("gateway"),
        .tags = np_bytes_text("a|b"),
        .firmware_types = np_bytes_text("APP|MODEM|BOOT"),
        .certificate = np_bytes_of(file.data + from, file.len - from - strlen("\"\n")),
    };
    np_writer writer = np_writer_of(text, sizeof(text));
    np_nrf_row_write(&writer, &row);
    assert_true(np_bytes_equal(np_writer_bytes(&writer), file));
    drop(file);
}

static void companions_are_written_byte_for_byte(void **state)
{
    static uint8_t text[512];
    np_bytes info = load("nrf/csv/devinfo.csv");
    np_bytes tokens = load("nrf/csv/attestation_tokens.csv");
    np_csv_row row;
    (void)state;
    np_writer writer = np_writer_of(text, sizeof(text));
    np_nrf_info_row_write(&writer, np_bytes_text("50343956-3037-4738-800d-1f29e0a0f7bf"),
                          np_bytes_text("mfw_nrf91x1_2.0.2"), np_bytes_text("355025930000000"));
    assert_true(np_bytes_equal(np_writer_bytes(&writer), info));
    np_reader reader = np_reader_of(tokens);
    assert_int_equal(np_csv_next(&reader, &row), NP_CSV_ROW);
    np_nrf_attestation attestation = {
        .imei = np_bytes_text("355025930000000"),
        .uuid = np_bytes_text("50343956-3037-4738-800d-1f29e0a0f7bf"),
        .token = row.fields[2],
        .time = np_bytes_text("2026-11-20T09:20:28.947220+00:00"),
    };
    writer = np_writer_of(text, sizeof(text));
    np_nrf_attestation_row_write(&writer, &attestation);
    assert_true(np_bytes_equal(np_writer_bytes(&writer), tokens));
    drop(info);
    drop(tokens);
}

static void claims_are_all_in_quotes(void **state)
{
    char text[64] = "";
    np_writer writer = np_writer_of((uint8_t *)text, sizeof(text) - 1);
    (void)state;
    np_nrf_claim_row_write(&writer, np_bytes_text("a.b"), np_bytes_text("x,y"));
    np_nrf_claim_row_write(&writer, np_bytes_text("c.d"), (np_bytes){NULL, 0});
    assert_string_equal(text, "\"a.b\",\"x,y\"\n\"c.d\"\n");
}

static np_code check_first(const char *path, np_error *err)
{
    static np_nrf_row_text text;
    np_bytes file = load(path);
    np_reader reader = np_reader_of(file);
    np_csv_row row;
    np_nrf_row values;
    np_nrf_key key;
    assert_int_equal(np_csv_next(&reader, &row), NP_CSV_ROW);
    assert_ok(np_nrf_row_read(&row, &text, &values, err), err);
    np_code code = np_nrf_row_check(&values, &key, err);
    drop(file);
    return code;
}

static void rows_that_the_service_took_are_good_and_one_that_it_cannot_take_is_not(void **state)
{
    np_error err;
    (void)state;
    assert_ok(check_first("nrf/csv/onboard_uuid.csv", &err), &err);
    assert_ok(check_first("nrf/csv/onboard_imei_tags_subtype.csv", &err), &err);
    assert_code(check_first("nrf/csv/onboard_quoting.csv", &err), NP_EINPUT_FORMAT);
    assert_non_null(strstr(err.message, "my,dev\"x"));
}

static np_code check_texts(const char *sub_type, const char *tags, const char *types)
{
    np_nrf_row row = {
        .sub_type = np_bytes_text(sub_type),
        .tags = np_bytes_text(tags),
        .firmware_types = np_bytes_text(types),
    };
    return np_nrf_texts_check(&row, NULL);
}

static void texts_have_the_characters_that_the_service_takes(void **state)
{
    char longest[801];
    (void)state;
    memset(longest, 'a', sizeof(longest));
    longest[799] = '\0';
    assert_code(check_texts("", "", ""), NP_OK);
    assert_code(check_texts("a_b.c,d@e/f:g#h-i", "a_b.c@d:e#f-g|h", "APP|MODEM|MDM_FULL"), NP_OK);
    assert_code(check_texts(longest, "", ""), NP_OK);
    longest[799] = 'a';
    longest[800] = '\0';
    assert_code(check_texts(longest, "", ""), NP_EINPUT_FORMAT);
    assert_code(check_texts("a b", "", ""), NP_EINPUT_FORMAT);
    assert_code(check_texts("", "a||b", ""), NP_EINPUT_FORMAT);
    assert_code(check_texts("", "a|", ""), NP_EINPUT_FORMAT);
    assert_code(check_texts("", "a,b", ""), NP_EINPUT_FORMAT);
    assert_code(check_texts("", "", "APP|FOO"), NP_EINPUT_FORMAT);
    assert_code(check_texts("", "", "app"), NP_EINPUT_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_is_written_byte_for_byte),
        cmocka_unit_test(a_row_is_made_of_its_parts),
        cmocka_unit_test(companions_are_written_byte_for_byte),
        cmocka_unit_test(claims_are_all_in_quotes),
        cmocka_unit_test(rows_that_the_service_took_are_good_and_one_that_it_cannot_take_is_not),
        cmocka_unit_test(texts_have_the_characters_that_the_service_takes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
