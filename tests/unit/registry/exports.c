/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/exports.h"

#include "support/stores.h"

static np_export_mark mark(const char *serial, np_export_state state, const char *answer)
{
    return (np_export_mark){np_bytes_text(serial), state, np_bytes_text(answer)};
}

static bool is_missing(np_store *store, const char *target, const char *serial)
{
    np_error err;
    bool missing = false;
    assert_ok(np_exports_is_missing(store, target, np_bytes_text(serial), &missing, &err), &err);
    return missing;
}

static void put(np_store *store, const char *target, np_export_mark one)
{
    np_error err;
    assert_ok(np_exports_mark(store, target, &one, 1, 1, &err), &err);
}

static void only_what_is_registered_is_no_longer_missing(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    assert_true(is_missing(store, "aws", "T1"));
    put(store, "aws", mark("T1", NP_EXPORT_SENT, ""));
    assert_true(is_missing(store, "aws", "T1"));
    put(store, "aws", mark("T1", NP_EXPORT_FAILED, "409"));
    assert_true(is_missing(store, "aws", "T1"));
    put(store, "aws", mark("T1", NP_EXPORT_REGISTERED, ""));
    assert_false(is_missing(store, "aws", "T1"));
    assert_true(is_missing(store, "aws", "T2"));
    assert_true(is_missing(store, "azure", "T1"));
}

static void what_was_stored_is_there_for_the_next_process(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    store_new_uri(uri);
    np_store *store = store_open(uri);
    put(store, "aws", mark("T1", NP_EXPORT_REGISTERED, ""));
    np_store_free(store);
    store = store_open(uri);
    assert_false(is_missing(store, "aws", "T1"));
    np_store_free(store);
}

typedef struct collected {
    size_t count;
    size_t failed;
    char answer[NP_EXPORT_ANSWER_MAX + 1];
} collected;

static np_code collect(void *self, const np_export_mark *one, np_error *err)
{
    (void)err;
    collected *all = self;
    all->count++;
    if (one->state == NP_EXPORT_FAILED) {
        all->failed++;
        memcpy(all->answer, one->answer.data, one->answer.len);
    }
    return NP_OK;
}

/* More than one pipeline and one group; every third is refused. */
static void many_are_marked_at_once_and_read_back(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    char uri[STORE_URI_SIZE];
    static char serials[COUNT][8];
    static np_export_mark marks[COUNT];
    np_error err;
    collected all = {0};
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    for (int i = 0; i < COUNT; i++) {
        snprintf(serials[i], sizeof(serials[i]), "T%06d", i);
        marks[i] = mark(serials[i], i % 3 == 0 ? NP_EXPORT_FAILED : NP_EXPORT_REGISTERED,
                        i % 3 == 0 ? "'; DROP TABLE exports; -- é" : "");
    }
    assert_ok(np_exports_mark(store, "aws", marks, COUNT, 1, &err), &err);
    assert_ok(np_exports_each(store, "aws", collect, &all, &err), &err);
    assert_int_equal(all.count, COUNT);
    assert_int_equal(all.failed, 334);
    assert_string_equal(all.answer, "'; DROP TABLE exports; -- é");
}

static void a_long_answer_is_cut_between_characters(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    char answer[NP_EXPORT_ANSWER_MAX + 3];
    np_error err;
    collected all = {0};
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    memset(answer, 'x', sizeof(answer));
    memcpy(answer + NP_EXPORT_ANSWER_MAX - 1, "é", sizeof("é"));
    put(store, "aws", mark("T1", NP_EXPORT_FAILED, answer));
    assert_ok(np_exports_each(store, "aws", collect, &all, &err), &err);
    assert_int_equal(strlen(all.answer), NP_EXPORT_ANSWER_MAX - 1);
}

static np_code stop_at_first(void *self, const np_export_mark *one, np_error *err)
{
    (void)one;
    ++*(int *)self;
    return np_error_set(err, NP_EINPUT_FORMAT, "stop");
}

static void a_visitor_that_stops_leaves_the_store_usable(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    int visited = 0;
    np_error err;
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    put(store, "aws", mark("T1", NP_EXPORT_SENT, ""));
    put(store, "aws", mark("T2", NP_EXPORT_SENT, ""));
    assert_code(np_exports_each(store, "aws", stop_at_first, &visited, &err), NP_EINPUT_FORMAT);
    assert_int_equal(visited, 1);
    put(store, "aws", mark("T1", NP_EXPORT_REGISTERED, ""));
    assert_false(is_missing(store, "aws", "T1"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_what_is_registered_is_no_longer_missing),
        cmocka_unit_test(what_was_stored_is_there_for_the_next_process),
        cmocka_unit_test(many_are_marked_at_once_and_read_back),
        cmocka_unit_test(a_long_answer_is_cut_between_characters),
        cmocka_unit_test(a_visitor_that_stops_leaves_the_store_usable),
    };
    return cmocka_run_group_tests(tests, NULL, store_remove_all);
}
