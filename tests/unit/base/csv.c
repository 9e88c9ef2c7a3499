/* SPDX-License-Identifier: Apache-2.0 */
/* CSV: the grammar of RFC 4180, and rows as Python's csv module wrote them (tests/vectors/nrf). */
#include "base/csv.h"

#include "support/test.h"
#include "support/vectors.h"

static np_csv_found first_of(const char *text, np_csv_row *ret)
{
    np_reader reader = np_reader_of(np_bytes_text(text));
    return np_csv_next(&reader, ret);
}

static void assert_field(const np_csv_row *row, size_t index, const char *expected)
{
    char text[256] = "";
    np_writer writer = np_writer_of((uint8_t *)text, sizeof(text) - 1);
    assert_true(index < row->count);
    np_csv_write_text(&writer, row->fields[index]);
    assert_string_equal(text, expected);
    assert_true(np_csv_says(row->fields[index], np_bytes_text(expected)));
}

static void fields_are_taken_apart(void **state)
{
    np_csv_row row;
    (void)state;
    assert_int_equal(first_of("a,,\"b,c\",\"d\"\"e\",\"f\r\ng\",h\r\nnext", &row), NP_CSV_ROW);
    assert_int_equal(row.count, 6);
    assert_field(&row, 0, "a");
    assert_field(&row, 1, "");
    assert_field(&row, 2, "b,c");
    assert_field(&row, 3, "d\"e");
    assert_field(&row, 4, "f\r\ng");
    assert_field(&row, 5, "h");
    assert_true(row.has_end);
    assert_false(np_csv_says(row.fields[0], np_bytes_text("ab")));
    assert_false(np_csv_says(row.fields[0], np_bytes_text("")));
}

static void rows_follow_each_other_and_empty_lines_are_none(void **state)
{
    np_csv_row row;
    np_reader reader = np_reader_of(np_bytes_text("\n\r\na,b\n\n\"\"\nc"));
    (void)state;
    assert_int_equal(np_csv_next(&reader, &row), NP_CSV_ROW);
    assert_int_equal(row.count, 2);
    assert_int_equal(np_csv_next(&reader, &row), NP_CSV_ROW);
    assert_int_equal(row.count, 1);
    assert_field(&row, 0, "");
    assert_int_equal(np_csv_next(&reader, &row), NP_CSV_ROW);
    assert_field(&row, 0, "c");
    assert_false(row.has_end);
    assert_int_equal(np_csv_next(&reader, &row), NP_CSV_END);
}

static void what_is_no_row_is_told(void **state)
{
    np_csv_row row;
    (void)state;
    assert_int_equal(first_of("a,\"b", &row), NP_CSV_OPEN);
    assert_int_equal(first_of("a,\"b\"\"", &row), NP_CSV_OPEN);
    assert_int_equal(first_of("a,\"", &row), NP_CSV_OPEN);
    assert_int_equal(row.whole.len, 3);
    assert_int_equal(first_of("a,\"b\"c\n", &row), NP_CSV_BROKEN);
    assert_int_equal(first_of("a\"b\n", &row), NP_CSV_BROKEN);
    assert_int_equal(first_of("a\rb\n", &row), NP_CSV_BROKEN);
    assert_int_equal(first_of(",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n", &row), NP_CSV_BROKEN);
    assert_int_equal(first_of(",,,,,,,,,,,,,,,,,,,,,,,,,,,,,,,\n", &row), NP_CSV_ROW);
    assert_int_equal(row.count, NP_CSV_FIELDS_MAX);
}

static void quotes_stand_only_where_they_must(void **state)
{
    char text[128] = "";
    np_writer writer = np_writer_of((uint8_t *)text, sizeof(text) - 1);
    (void)state;
    np_csv_write_field(&writer, np_bytes_text("a b"));
    np_csv_write_field(&writer, np_bytes_text(",\""));
    np_csv_write_field(&writer, np_bytes_text("\n"));
    np_csv_write_quoted(&writer, np_bytes_text("x"));
    assert_string_equal(text, "a b\",\"\"\"\"\n\"\"x\"");
}

static void what_was_read_is_written_again_byte_for_byte(void **state)
{
    static const char *const files[] = {
        "nrf/csv/onboard_three_rows.csv", "nrf/csv/onboard_quoting.csv",
        "nrf/csv/provision_2022-04.csv", "nrf/csv/attestation_tokens.csv"};
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(files); i++) {
        size_t len;
        uint8_t *bytes = vector_load(files[i], &len);
        uint8_t *again = malloc(len);
        uint8_t field[1024];
        np_csv_row row;
        np_reader reader = np_reader_of(np_bytes_of(bytes, len));
        np_writer writer = np_writer_of(again, len);
        while (np_csv_next(&reader, &row) == NP_CSV_ROW) {
            for (size_t k = 0; k < row.count; k++) {
                np_writer text = np_writer_of(field, sizeof(field));
                np_csv_write_text(&text, row.fields[k]);
                np_csv_write_field(&writer, np_writer_bytes(&text));
                np_write_u8(&writer, k + 1 < row.count ? ',' : '\n');
            }
        }
        assert_true(np_bytes_equal(np_writer_bytes(&writer), np_bytes_of(bytes, len)));
        free(again);
        free(bytes);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_taken_apart),
        cmocka_unit_test(rows_follow_each_other_and_empty_lines_are_none),
        cmocka_unit_test(what_is_no_row_is_told),
        cmocka_unit_test(quotes_stand_only_where_they_must),
        cmocka_unit_test(what_was_read_is_written_again_byte_for_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
