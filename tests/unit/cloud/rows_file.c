/* SPDX-License-Identifier: Apache-2.0 */
/* Files that get a row a device: what crashes and other people leave in them, and their limits. */
#include "cloud/rows_file.h"

#include "support/program.h"
#include "support/test.h"
#include "support/vectors.h"
#include <limits.h>

static np_rows_file *open_file(const program_room *room, const char *name, const np_rows_form *form)
{
    char path[PATH_MAX];
    np_rows_file *file = NULL;
    np_error err;
    snprintf(path, sizeof(path), "%s/%s", room->path, name);
    assert_ok(np_rows_file_open(path, form, 0, &file, &err), &err);
    return file;
}

static np_code open_code(const program_room *room, const char *name, const np_rows_form *form,
                         np_error *err)
{
    char path[PATH_MAX];
    np_rows_file *file = NULL;
    snprintf(path, sizeof(path), "%s/%s", room->path, name);
    np_code code = np_rows_file_open(path, form, 0, &file, err);
    np_rows_file_free(file);
    return code;
}

static void store(const program_room *room, const char *name, const char *text)
{
    program_store(room, name, np_bytes_text(text));
}

static void assert_text(const program_room *room, const char *name, const char *expected)
{
    size_t len;
    uint8_t *bytes = program_load(room, name, &len);
    assert_true(np_bytes_equal(np_bytes_of(bytes, len), np_bytes_text(expected)));
    free(bytes);
}

static np_code put(np_rows_file *file, const char *key, const char *row, bool replaces)
{
    return np_rows_file_put(file, np_bytes_text(key), np_bytes_text(row), replaces, NULL);
}

static void rows_are_added_and_a_second_one_of_a_device_is_refused(void **state)
{
    const program_room *room = *state;
    np_rows_file *file = open_file(room, "add.csv", &np_rows_onboard);
    np_error err;
    assert_code(put(file, "a", "a,,,,x\n", false), NP_OK);
    assert_code(put(file, "b", "b,,,,\"y\n\"\n", false), NP_OK);
    assert_code(put(file, "A", "A,,,,z\n", false), NP_EPOLICY);
    assert_code(np_rows_file_check(file, np_bytes_text("b"), &err), NP_EPOLICY);
    assert_non_null(strstr(err.hint, "--replace"));
    np_rows_file_free(file);
    assert_text(room, "add.csv", "a,,,,x\nb,,,,\"y\n\"\n");
    file = open_file(room, "add.csv", &np_rows_onboard);
    assert_code(np_rows_file_check(file, np_bytes_text("B"), &err), NP_EPOLICY);
    assert_code(np_rows_file_check(file, np_bytes_text("c"), &err), NP_OK);
    assert_code(put(file, "a", "a,t,,,z\n", true), NP_OK);
    np_rows_file_free(file);
    assert_text(room, "add.csv", "b,,,,\"y\n\"\na,t,,,z\n");
}

static void what_a_crash_left_of_a_row_is_cut_off_by_the_next(void **state)
{
    static const char *const torn[] = {"a,,,,x\nb,,", "a,,,,x\nb,,,,\"y\nz", "a,,,,x\nb"};
    const program_room *room = *state;
    for (size_t i = 0; i < NP_COUNT_OF(torn); i++) {
        store(room, "torn.csv", torn[i]);
        np_rows_file *file = open_file(room, "torn.csv", &np_rows_onboard);
        assert_int_equal(np_rows_file_torn(file), strlen(torn[i]) - strlen("a,,,,x\n"));
        assert_false(np_rows_file_has(file, np_bytes_text("b")));
        assert_code(put(file, "b", "b,,,,y\n", false), NP_OK);
        np_rows_file_free(file);
        assert_text(room, "torn.csv", "a,,,,x\nb,,,,y\n");
    }
    store(room, "torn.csv", torn[1]);
    np_rows_file *file = open_file(room, "torn.csv", &np_rows_onboard);
    assert_code(put(file, "a", "a,,,,z\n", true), NP_OK);
    np_rows_file_free(file);
    assert_text(room, "torn.csv", "a,,,,z\n");
}

static void a_last_row_without_a_line_end_is_one(void **state)
{
    const program_room *room = *state;
    store(room, "end.csv", "a,,,,x");
    np_rows_file *file = open_file(room, "end.csv", &np_rows_onboard);
    assert_int_equal(np_rows_file_torn(file), 0);
    assert_code(put(file, "b", "b,,,,y\n", false), NP_OK);
    np_rows_file_free(file);
    assert_text(room, "end.csv", "a,,,,x\nb,,,,y\n");
    store(room, "end.csv", "b,,,,y\na,,,,x");
    file = open_file(room, "end.csv", &np_rows_onboard);
    assert_code(put(file, "b", "b,,,,z\n", true), NP_OK);
    np_rows_file_free(file);
    assert_text(room, "end.csv", "a,,,,x\nb,,,,z\n");
}

static void files_that_are_none_are_left_alone(void **state)
{
    const program_room *room = *state;
    np_error err;
    store(room, "bad.csv", "a,,,,x\nb,c\nd,,,,e\n");
    assert_code(open_code(room, "bad.csv", &np_rows_onboard, &err), NP_EINPUT_FORMAT);
    assert_non_null(strstr(err.message, "row 2"));
    store(room, "bad.csv", "a\"b,,,,x\n");
    assert_code(open_code(room, "bad.csv", &np_rows_onboard, &err), NP_EINPUT_FORMAT);
    assert_text(room, "bad.csv", "a\"b,,,,x\n");
}

static void two_runs_do_not_share_a_file(void **state)
{
    const program_room *room = *state;
    np_rows_file *file = open_file(room, "shared.csv", &np_rows_onboard);
    assert_code(open_code(room, "shared.csv", &np_rows_onboard, NULL), NP_ESTATION_BUSY);
    np_rows_file_free(file);
    assert_code(open_code(room, "shared.csv", &np_rows_onboard, NULL), NP_OK);
}

static void row_1001_goes_into_a_second_file(void **state)
{
    const program_room *room = *state;
    np_rows_file *file = open_file(room, "many.csv", &np_rows_onboard);
    char key[16];
    char row[32];
    char *lines;
    for (int i = 1; i <= 1001; i++) {
        snprintf(key, sizeof(key), "d%d", i);
        snprintf(row, sizeof(row), "%s,,,,x\n", key);
        assert_code(put(file, key, row, false), NP_OK);
    }
    np_rows_file_free(file);
    lines = program_output(room, "wc -l <many.csv; cat many-2.csv");
    assert_string_equal(lines, "1000\nd1001,,,,x\n");
    free(lines);
    file = open_file(room, "many.csv", &np_rows_onboard);
    assert_code(put(file, "d7", "d7,,,,y\n", false), NP_EPOLICY);
    assert_code(put(file, "d7", "d7,,,,y\n", true), NP_OK);
    assert_code(put(file, "e", "e,,,,y\n", false), NP_OK);
    np_rows_file_free(file);
    lines = program_output(room, "wc -l <many.csv; cat many-2.csv");
    assert_string_equal(lines, "999\nd1001,,,,x\nd7,,,,y\ne,,,,y\n");
    free(lines);
}

static void a_key_is_for_one_device(void **state)
{
    const program_room *room = *state;
    np_nrf_row_text text;
    np_nrf_row values;
    np_nrf_key key;
    np_csv_row row;
    np_error err;
    size_t len;
    uint8_t *bytes = vector_load("nrf/csv/onboard_uuid.csv", &len);
    np_reader reader = np_reader_of(np_bytes_of(bytes, len));
    assert_int_equal(np_csv_next(&reader, &row), NP_CSV_ROW);
    assert_ok(np_nrf_row_read(&row, &text, &values, &err), &err);
    assert_ok(np_nrf_row_check(&values, &key, &err), &err);
    program_store(room, "keys.csv", np_bytes_of(bytes, len));
    np_rows_file *file = open_file(room, "keys.csv", &np_rows_onboard);
    assert_code(np_rows_file_check_key(file, values.id, key.point, &err), NP_OK);
    assert_code(np_rows_file_check_key(file, np_bytes_text("b"), key.point, &err), NP_EPOLICY);
    key.point[0] ^= 1;
    assert_code(np_rows_file_check_key(file, np_bytes_text("b"), key.point, &err), NP_OK);
    np_rows_file_free(file);
    free(bytes);
}

static void other_files_have_other_names_for_a_device(void **state)
{
    const program_room *room = *state;
    store(room, "info.csv", "a,mfw_1\n");
    np_rows_file *file = open_file(room, "info.csv", &np_rows_info);
    assert_code(put(file, "a", "a,mfw_2,35\n", true), NP_OK);
    assert_code(put(file, "A", "A,mfw_2,36\n", false), NP_OK);
    assert_code(put(file, "b", "b\n", false), NP_EINPUT_FORMAT);
    assert_code(put(file, "b", "b,m", false), NP_EINPUT_FORMAT);
    np_rows_file_free(file);
    assert_text(room, "info.csv", "a,mfw_2,35\nA,mfw_2,36\n");
    file = open_file(room, "tokens.csv", &np_rows_attestation);
    assert_code(put(file, "u1", "35,u1,t,now\n", false), NP_OK);
    assert_code(put(file, "u1", "35,u1,t2,now\n", false), NP_EPOLICY);
    assert_code(put(file, "u1", "35,u1,t2,now\n", true), NP_OK);
    np_rows_file_free(file);
    assert_text(room, "tokens.csv", "35,u1,t2,now\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_added_and_a_second_one_of_a_device_is_refused),
        cmocka_unit_test(what_a_crash_left_of_a_row_is_cut_off_by_the_next),
        cmocka_unit_test(a_last_row_without_a_line_end_is_one),
        cmocka_unit_test(files_that_are_none_are_left_alone),
        cmocka_unit_test(two_runs_do_not_share_a_file),
        cmocka_unit_test(row_1001_goes_into_a_second_file),
        cmocka_unit_test(a_key_is_for_one_device),
        cmocka_unit_test(other_files_have_other_names_for_a_device),
    };
    return cmocka_run_group_tests(tests, program_room_set_up, program_room_tear_down);
}
