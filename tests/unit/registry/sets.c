/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One query for many sets of values, as a server gets them in arrays: each row is its own set's,
 * whatever is in the values, and in the order of the sets.
 */
#include "registry/engine.h"
#include "support/stores.h"

enum { SETS = 600, ADD_PARAMETERS = 4, FIND_PARAMETERS = 2, GAP = 3 };

/* What arrays as text would quote, and what has more bytes than letters. */
static const char *const words[] = {"plain",       "",   "NULL", "{a,b}", "\"quoted\"",
                                    "back\\slash", "ä€😀"};

static np_bytes word_of(size_t number)
{
    return np_bytes_text(words[number % NP_COUNT_OF(words)]);
}

static bool has_hash(size_t number)
{
    return number % 2 == 0;
}

static void hash_of(size_t number, uint8_t ret[static 32])
{
    memset(ret, 0, 32);
    memcpy(ret, &number, sizeof(number));
}

static void add_all(np_store *store, size_t count)
{
    static const store_query add = {
        "INSERT INTO changes (seq, changed_at, who, what, org, subject, hash)"
        " VALUES ($1, $2, $3, 'w', 'o', 's', $4)",
        ADD_PARAMETERS};
    static uint8_t hashes[SETS][32];
    static store_value values[SETS * ADD_PARAMETERS];
    np_error err = {0};
    for (size_t i = 0; i < count; i++) {
        store_value *set = &values[i * ADD_PARAMETERS];
        hash_of(i, hashes[i]);
        set[0] = store_integer((int64_t)i);
        set[1] = store_integer(-1 - (int64_t)i * INT32_MAX);
        set[2] = store_text(word_of(i));
        set[3] = has_hash(i) ? store_blob(NP_BYTES(hashes[i])) : store_null();
    }
    assert_ok(store_insert_many(store, &add, values, count, &err), &err);
}

typedef struct finding {
    size_t wanted[SETS]; /* the number that each set asks for */
    size_t next;         /* set that may come next */
    size_t found;
} finding;

static np_code check_row(void *self, size_t index, const store_value *columns, np_error *err)
{
    finding *on = self;
    size_t number = on->wanted[index];
    uint8_t hash[32];
    (void)err;
    assert_true(index >= on->next && index < SETS);
    on->next = index + 1;
    on->found++;
    assert_int_equal(columns[0].integer, number);
    assert_int_equal(columns[1].integer, -1 - (int64_t)number * INT32_MAX);
    assert_true(np_bytes_equal(columns[2].bytes, word_of(number)));
    assert_int_equal(columns[3].kind, has_hash(number) ? STORE_BLOB : STORE_NULL);
    hash_of(number, hash);
    assert_true(!has_hash(number) || np_bytes_equal(columns[3].bytes, NP_BYTES(hash)));
    return NP_OK;
}

/* The last first, each third one with a word that is not its own. */
static void find_all(np_store *store, size_t count)
{
    static const store_query find = {"SELECT seq, changed_at, who, hash FROM changes"
                                     " WHERE seq = $1 AND who = $2",
                                     FIND_PARAMETERS};
    static store_value values[SETS * FIND_PARAMETERS];
    finding on = {0};
    size_t missing = 0;
    np_error err = {0};
    const store_visitor visitor = {check_row, &on};
    for (size_t i = 0; i < count; i++) {
        bool is_missing = i % GAP == 1;
        on.wanted[i] = count - 1 - i;
        missing += is_missing ? 1 : 0;
        values[FIND_PARAMETERS * i] = store_integer((int64_t)on.wanted[i]);
        values[FIND_PARAMETERS * i + 1] = store_text(word_of(on.wanted[i] + (is_missing ? 1 : 0)));
    }
    assert_ok(store_select_many(store, &find, values, count, &visitor, &err), &err);
    assert_int_equal(on.found, count - missing);
}

static void each_row_is_its_own_sets(void **state)
{
    static const size_t counts[] = {1, 2, 255, 256, 257, SETS};
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(counts); i++) {
        char uri[STORE_URI_SIZE];
        store_new_uri(uri);
        NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
        add_all(store, counts[i]);
        assert_int_equal(store_ask(uri, "SELECT count(*) FROM changes"), counts[i]);
        find_all(store, counts[i]);
        find_all(store, counts[i]);
    }
}

static void of_many_rows_all_are_there_or_none(void **state)
{
    static const store_query add = {"INSERT INTO exports (target, serial, state, answer,"
                                    " changed_at) VALUES ($1, $2, 's', '', 1)",
                                    2};
    (void)state;
    char uri[STORE_URI_SIZE];
    store_value values[6];
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    for (size_t i = 0; i < 3; i++) {
        values[2 * i] = store_text(np_bytes_text("t"));
        values[2 * i + 1] = store_text(np_bytes_text(i == 1 ? "other" : "same"));
    }
    assert_int_equal(store_begin(store, NULL), NP_OK);
    assert_int_not_equal(store_insert_many(store, &add, values, 3, NULL), NP_OK);
    store_rollback(store);
    assert_int_equal(store_ask(uri, "SELECT count(*) FROM exports"), 0);
    assert_int_equal(store_insert_many(store, &add, values, 2, NULL), NP_OK);
    assert_int_equal(store_ask(uri, "SELECT count(*) FROM exports"), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_is_its_own_sets),
        cmocka_unit_test(of_many_rows_all_are_there_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, store_remove_all);
}
