/* SPDX-License-Identifier: Apache-2.0 */
/* The chain of changes: whatever is altered, taken away or put in is named, whoever writes at once.
 */
#include "registry/changes.h"

#include "crypto/hash.h"
#include "registry/devices.h"
#include "support/stores.h"
#include <sys/wait.h>
#include <unistd.h>

enum { NOW = 1796000000, CHANGES = 6, WRITERS = 4, EACH = 25 };

static void add(np_store *store, const char *identifier)
{
    np_error err;
    const np_actor actor = {.name = "alice", .now = NOW};
    const np_device device = {.org = np_bytes_text("acme"),
                              .identifier = np_bytes_text(identifier)};
    assert_ok(np_device_add(store, &device, &actor, &err), &err);
}

static np_store *make(char uri[static STORE_URI_SIZE])
{
    char name[] = "N0";
    store_new_uri(uri);
    np_store *store = store_open(uri);
    for (int i = 0; i < CHANGES; i++) {
        name[1] = (char)('1' + i);
        add(store, name);
    }
    return store;
}

static np_changes_report verify(np_store *store)
{
    np_error err;
    np_changes_report report;
    assert_ok(np_changes_verify(store, NULL, NULL, &report, &err), &err);
    return report;
}

static void an_untouched_list_is_good_and_ends_with_its_head(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_store *store = make(uri);
    np_changes_report report = verify(store);
    assert_false(report.is_bad);
    assert_int_equal(report.count, CHANGES);
    np_store_free(store);
    store_new_uri(uri);
    store = store_open(uri);
    assert_false(verify(store).is_bad); /* an empty one too */
    np_store_free(store);
}

typedef struct numbers {
    int64_t seqs[CHANGES];
    size_t count;
} numbers;

static np_code note_number(void *self, const np_change *change, np_error *err)
{
    numbers *to = self;
    (void)err;
    assert_true(to->count < CHANGES);
    to->seqs[to->count++] = change->seq;
    return NP_OK;
}

static void assert_listed(np_store *store, np_change_query query, const numbers *expected)
{
    numbers got = {0};
    np_error err;
    assert_ok(np_change_each(store, &query, note_number, &got, &err), &err);
    assert_int_equal(got.count, expected->count);
    assert_memory_equal(got.seqs, expected->seqs, got.count * sizeof(got.seqs[0]));
}

/* The first six are additions of N1 to N6; then N2 is blocked and let in again. */
static void those_of_one_subject_are_found_in_either_order(void **state)
{
    static const np_actor actor = {.name = "alice", .now = NOW};
    const np_bytes org = np_bytes_text("acme");
    const np_bytes n2 = np_bytes_text("N2");
    char uri[STORE_URI_SIZE];
    np_error err;
    (void)state;
    np_store *store = make(uri);
    assert_ok(np_device_set_state(store, org, n2, NP_DEVICE_BLOCKED, &actor, &err), &err);
    assert_ok(np_device_set_state(store, org, n2, NP_DEVICE_ACTIVE, &actor, &err), &err);
    np_change_query query = {.subject = n2};
    assert_listed(store, query, &(numbers){{2, 7, 8}, 3});
    query.page.after = 2;
    assert_listed(store, query, &(numbers){{7, 8}, 2});
    query.is_newest_first = true;
    assert_listed(store, query, &(numbers){{0}, 0});
    query.page.after = 0;
    query.page.limit = 2;
    assert_listed(store, query, &(numbers){{8, 7}, 2});
    query.org = org;
    assert_listed(store, query, &(numbers){{8, 7}, 2});
    query.org = np_bytes_text("birch");
    assert_listed(store, query, &(numbers){{0}, 0});
    query = (np_change_query){.org = org, .is_newest_first = true, .page.limit = 3};
    assert_listed(store, query, &(numbers){{8, 7, 6}, 3});
    np_store_free(store);
}

typedef struct tampering {
    const char *statements;
    int64_t bad_seq;
} tampering;

static const tampering tamperings[] = {
    {"UPDATE changes SET who = 'mallory' WHERE seq = 3", 3},
    {"UPDATE changes SET what = 'device block' WHERE seq = 1", 1},
    {"UPDATE changes SET org = '' WHERE seq = 6", 6},
    {"UPDATE changes SET subject = 'N9' WHERE seq = 2", 2},
    {"UPDATE changes SET changed_at = changed_at + 1 WHERE seq = 4", 4},
    {"UPDATE changes SET hash = NULL WHERE seq = 4", 4},
    {"UPDATE changes SET hash = (SELECT hash FROM changes WHERE seq = 1) WHERE seq = 4", 4},
    {"DELETE FROM changes WHERE seq = 1", 2},
    {"DELETE FROM changes WHERE seq = 3", 4},
    {"DELETE FROM changes WHERE seq = 6", 6},
    {"DELETE FROM changes", 6},
    {"INSERT INTO changes (seq, changed_at, who, what, org, subject) VALUES (7, 1, 'm', 'm', '', "
     "'')",
     7},
    {"UPDATE changes SET seq = 99 WHERE seq = 2; UPDATE changes SET seq = 2 WHERE seq = 3;"
     "UPDATE changes SET seq = 3 WHERE seq = 99",
     2},
};

static void whatever_is_done_to_a_row_it_is_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(tamperings); i++) {
        char uri[STORE_URI_SIZE];
        np_store *store = make(uri);
        store_tamper(uri, tamperings[i].statements);
        np_changes_report report = verify(store);
        if (!report.is_bad || report.bad_seq != tamperings[i].bad_seq) {
            fail_msg("%s: %s at %lld", tamperings[i].statements, report.is_bad ? "bad" : "good",
                     (long long)report.bad_seq);
        }
        np_store_free(store);
    }
}

/* What was altered stays found when others go on. */
static void a_bad_change_is_found_behind_good_ones_that_came_later(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_store *store = make(uri);
    store_tamper(uri, "UPDATE changes SET who = 'mallory' WHERE seq = 3");
    add(store, "later");
    np_changes_report report = verify(store);
    assert_true(report.is_bad);
    assert_int_equal(report.bad_seq, 3);
    assert_int_equal(report.count, CHANGES + 1);
    np_store_free(store);
}

static void write_some(const char *uri, int writer)
{
    np_store *store = store_open(uri);
    for (int i = 0; i < EACH; i++) {
        char name[32];
        snprintf(name, sizeof(name), "W%d-%d", writer, i);
        add(store, name);
    }
    np_store_free(store);
}

static void write_at_once(const char *uri)
{
    np_store_free(store_open(uri));
    pid_t writers[WRITERS];
    for (int i = 0; i < WRITERS; i++) {
        writers[i] = fork();
        assert_true(writers[i] >= 0);
        if (writers[i] == 0) {
            write_some(uri, i);
            _exit(0);
        }
    }
    for (int i = 0; i < WRITERS; i++) {
        int status = 1;
        assert_int_equal(waitpid(writers[i], &status, 0), writers[i]);
        assert_int_equal(status, 0);
    }
    np_store *store = store_open(uri);
    np_changes_report report = verify(store);
    assert_false(report.is_bad);
    assert_int_equal(report.count, WRITERS * EACH);
    assert_int_equal(store_ask(uri, "SELECT max(seq) FROM changes"), WRITERS * EACH);
    np_store_free(store);
}

static void writers_at_one_moment_make_one_chain(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    store_new_uri(uri);
    write_at_once(uri);
}

/* As engines that know no other isolation do it: all but one of those who meet must try again. */
static void writers_who_must_try_again_do(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    char serializable[STORE_URI_SIZE + 64];
    store_new_uri(uri);
    snprintf(serializable, sizeof(serializable),
             "%s%%20-cdefault_transaction_isolation%%3Dserializable", uri);
    write_at_once(serializable);
}

#define EVERYWHERE                                                                                 \
    cmocka_unit_test(an_untouched_list_is_good_and_ends_with_its_head),                            \
        cmocka_unit_test(those_of_one_subject_are_found_in_either_order),                          \
        cmocka_unit_test(whatever_is_done_to_a_row_it_is_named),                                   \
        cmocka_unit_test(a_bad_change_is_found_behind_good_ones_that_came_later),                  \
        cmocka_unit_test(writers_at_one_moment_make_one_chain)

int main(void)
{
    static const struct CMUnitTest with_files[] = {EVERYWHERE};
    static const struct CMUnitTest with_servers[] = {
        EVERYWHERE, cmocka_unit_test(writers_who_must_try_again_do)};
    return store_is_on_server() ? cmocka_run_group_tests(with_servers, NULL, store_remove_all)
                                : cmocka_run_group_tests(with_files, NULL, store_remove_all);
}
