/* SPDX-License-Identifier: Apache-2.0 */
/* With limits so low that runs are written and merged many times. */
#include "signer/index.h"
#include "base/wipe.h"
#include "support/test.h"

enum { TEXTS = 20000, FILE_SIZE = 4 * 1024 * 1024 };

typedef struct memory_file {
    uint8_t *bytes; /* FILE_SIZE */
    size_t size;
    bool fails;
} memory_file;

static np_code read_file(void *self, uint64_t offset, uint8_t *ret, size_t size, size_t *ret_len,
                         np_error *err)
{
    memory_file *file = self;
    (void)err;
    size_t from = offset < file->size ? (size_t)offset : file->size;
    *ret_len = file->size - from < size ? file->size - from : size;
    memcpy(ret, file->bytes + from, *ret_len);
    return NP_OK;
}

static np_code write_file(void *self, uint64_t offset, np_bytes bytes, np_error *err)
{
    memory_file *file = self;
    if (file->fails) {
        return np_error_set(err, NP_ESTATION_IO, "the disk is full");
    }
    assert_true(offset <= file->size && bytes.len <= FILE_SIZE - offset);
    if (bytes.len > 0) {
        memcpy(file->bytes + offset, bytes.data, bytes.len);
    }
    file->size = offset + bytes.len > file->size ? (size_t)offset + bytes.len : file->size;
    return NP_OK;
}

static uint64_t mark_of(unsigned number)
{
    char text[16];
    snprintf(text, sizeof(text), "T-%u", number);
    return np_index_mark(1, np_bytes_text(text));
}

static uint64_t value_of(np_index *index, uint64_t mark)
{
    uint64_t value = 0;
    np_error err;
    assert_ok(np_index_find(index, mark, &value, &err), &err);
    return value;
}

static void fill_and_ask(const np_index_limits *limits, const np_record_storage *spill)
{
    np_error err;
    NP_CLEANUP(np_index_free_at) np_index *index = NULL;
    assert_ok(np_index_create(limits, spill, &index, &err), &err);
    for (unsigned i = 0; i < TEXTS; i++) {
        assert_int_equal(value_of(index, mark_of(i)), 0);
        assert_ok(np_index_put(index, mark_of(i), i + 1, &err), &err);
        if (i % 3 == 0) { /* another value for one that is in a run by now, most of the time */
            assert_ok(np_index_put(index, mark_of(i / 2), TEXTS + i, &err), &err);
        }
    }
    for (unsigned i = 0; i < TEXTS; i++) {
        uint64_t wanted = i + 1;
        for (unsigned later = 2 * i; later < 2 * i + 2 && later < TEXTS; later++) {
            wanted = later % 3 == 0 ? TEXTS + later : wanted;
        }
        assert_int_equal(value_of(index, mark_of(i)), wanted);
        assert_int_equal(value_of(index, np_index_mark(2, np_bytes_text("T-1"))), 0);
    }
}

static void what_was_put_is_found_with_its_last_value(void **state)
{
    (void)state;
    static const np_index_limits limits[] = {{16, 64}, {64, 1024}, {1024, 64}, {4096, 65536}};
    memory_file file = {.bytes = malloc(FILE_SIZE)};
    np_record_storage spill = {.read = read_file, .write = write_file, .self = &file};
    assert_non_null(file.bytes);
    for (size_t i = 0; i < NP_COUNT_OF(limits); i++) {
        file.size = 0;
        fill_and_ask(&limits[i], &spill);
        /* the entries once, and once more while the last two runs are merged */
        assert_in_range(file.size, TEXTS / 2 * 16, 2 * TEXTS * 16);
    }
    free(file.bytes);
}

static void without_a_file_everything_stays_in_memory(void **state)
{
    (void)state;
    const np_index_limits limits = {16, 64};
    fill_and_ask(&limits, NULL);
}

static void a_file_that_fails_is_told(void **state)
{
    (void)state;
    const np_index_limits limits = {16, 64};
    memory_file file = {.fails = true};
    np_record_storage spill = {.read = read_file, .write = write_file, .self = &file};
    np_error err;
    NP_CLEANUP(np_index_free_at) np_index *index = NULL;
    assert_ok(np_index_create(&limits, &spill, &index, &err), &err);
    np_code code = NP_OK;
    for (unsigned i = 0; i < 17 && code == NP_OK; i++) {
        code = np_index_put(index, mark_of(i), 1, &err);
    }
    assert_code(code, NP_ESTATION_IO);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_put_is_found_with_its_last_value),
        cmocka_unit_test(without_a_file_everything_stays_in_memory),
        cmocka_unit_test(a_file_that_fails_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
