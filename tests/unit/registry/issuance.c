/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/issuance.h"

#include "support/stores.h"

enum { NOW = 1800000000 };

static np_issuance_terms terms_of(uint8_t station, uint64_t count)
{
    np_issuance_terms terms = {
        .id = np_bytes_text("b42-id"), .batch = np_bytes_text("b42"), .count = count};
    memset(terms.digest, 0xd1, sizeof(terms.digest));
    memset(terms.station, station, sizeof(terms.station));
    return terms;
}

static np_issuance_found begin(np_store *store, const np_issuance_terms *terms, np_issuance *ret)
{
    np_error err;
    np_issuance_found found;
    assert_ok(np_issuance_open(store, terms, NOW, ret, &found, &err), &err);
    return found;
}

/* A unit with this serial, whose key's hash and common name are made of one byte each. */
static np_issuance_unit unit_of(const char *serial, uint8_t key, const char *common_name)
{
    np_issuance_unit unit = {.serial = np_bytes_text(serial),
                             .common_name = np_bytes_text(common_name),
                             .certificate_serial = np_bytes_text("\x01")};
    memset(unit.key_sha256, key, sizeof(unit.key_sha256));
    return unit;
}

static void reserve(const np_issuance *issuance, np_issuance_unit *units, size_t count)
{
    np_error err;
    assert_ok(np_issuance_reserve(issuance, units, count, NOW, &err), &err);
}

static void confirm(const np_issuance *issuance, const np_issuance_unit *units, size_t count)
{
    np_error err;
    const np_issuance_record record = {.units = 7, .has_head = true, .head = {0xab}};
    assert_ok(np_issuance_confirm(issuance, units, count, &record, NOW, &err), &err);
}

static void is_granted(const np_issuance *issuance, np_issuance_unit unit)
{
    reserve(issuance, &unit, 1);
    assert_string_equal(unit.reason, "");
    assert_false(unit.is_refused);
}

static void is_refused(const np_issuance *issuance, np_issuance_unit unit, const char *reason)
{
    reserve(issuance, &unit, 1);
    assert_true(unit.is_refused);
    if (strstr(unit.reason, reason) == NULL) {
        fail_msg("'%s' lacks '%s'", unit.reason, reason);
    }
}

static np_store *scene(char uri[static STORE_URI_SIZE])
{
    store_new_uri(uri);
    return store_open(uri);
}

static void number_n_plus_one_is_refused_within_a_group_and_after_it(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_issuance issuance;
    NP_CLEANUP(np_store_free_at) np_store *store = scene(uri);
    const np_issuance_terms terms = terms_of(1, 3);
    np_issuance_unit units[] = {unit_of("T1", 1, "a"), unit_of("T2", 2, "b"), unit_of("T3", 3, "c"),
                                unit_of("T4", 4, "d")};
    begin(store, &terms, &issuance);
    reserve(&issuance, units, NP_COUNT_OF(units));
    assert_false(units[2].is_refused);
    assert_true(units[3].is_refused);
    assert_non_null(strstr(units[3].reason, "limit: the authorization is for 3 units"));
    is_refused(&issuance, unit_of("T5", 5, "e"), "limit");
    assert_int_equal(begin(store, &terms, &issuance).counted, 3);
}

static void serial_key_and_common_name_are_each_unique(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_issuance issuance;
    NP_CLEANUP(np_store_free_at) np_store *store = scene(uri);
    const np_issuance_terms terms = terms_of(1, 10);
    begin(store, &terms, &issuance);
    is_granted(&issuance, unit_of("T1", 1, "a"));
    is_refused(&issuance, unit_of("T1", 2, "b"), "another unit with this serial");
    is_refused(&issuance, unit_of("T2", 1, "b"), "another unit with this public key");
    is_refused(&issuance, unit_of("T2", 2, "a"), "another unit with this common name");
    is_granted(&issuance, unit_of("T2", 2, "b"));
    is_granted(&issuance, unit_of("T3", 3, ""));
    is_granted(&issuance, unit_of("T4", 4, ""));
    assert_int_equal(begin(store, &terms, &issuance).counted, 4);
}

static void another_authorization_of_the_registry_meets_the_same_units(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_issuance first;
    np_issuance second;
    NP_CLEANUP(np_store_free_at) np_store *store = scene(uri);
    const np_issuance_terms terms = terms_of(1, 10);
    np_issuance_terms other = terms;
    other.id = np_bytes_text("b43-id");
    begin(store, &terms, &first);
    is_granted(&first, unit_of("T1", 1, "a"));
    begin(store, &other, &second);
    is_refused(&second, unit_of("T1", 1, "a"), "under another authorization, has reserved");
    is_refused(&second, unit_of("T9", 1, "z"), "another unit with this public key");
}

static void what_was_reserved_is_granted_to_the_next_run_and_counted_once(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_issuance run;
    NP_CLEANUP(np_store_free_at) np_store *store = scene(uri);
    const np_issuance_terms terms = terms_of(1, 1);
    begin(store, &terms, &run);
    is_granted(&run, unit_of("T1", 1, "a"));
    is_refused(&run, unit_of("T1", 1, "a"), "this run has this unit already");
    begin(store, &terms, &run);
    is_refused(&run, unit_of("T1", 1, "other"), "reserved with another common name");
    is_granted(&run, unit_of("T1", 1, "a"));
    assert_int_equal(begin(store, &terms, &run).counted, 1);
}

static np_issuance_unit again(np_issuance_unit unit)
{
    unit.is_again = true;
    return unit;
}

/* The first authorization has ended before the unit was signed for. */
static void what_is_begun_anew_may_come_under_another_authorization(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_issuance run;
    np_issuance other_run;
    NP_CLEANUP(np_store_free_at) np_store *store = scene(uri);
    const np_issuance_terms terms = terms_of(1, 10);
    np_issuance_terms other = terms_of(1, 2);
    np_issuance_terms neighbour = terms_of(2, 2);
    other.id = neighbour.id = np_bytes_text("b43-id");
    begin(store, &terms, &run);
    is_granted(&run, unit_of("T1", 1, "a"));
    is_granted(&run, unit_of("T2", 2, "b"));
    np_issuance_unit issued = unit_of("T3", 3, "c");
    reserve(&run, &issued, 1);
    confirm(&run, &issued, 1);
    begin(store, &neighbour, &other_run);
    is_refused(&other_run, again(unit_of("T1", 1, "a")), "another station");
    begin(store, &other, &other_run);
    is_granted(&other_run, again(unit_of("T1", 1, "a")));
    is_granted(&other_run, again(unit_of("T9", 2, "b"))); /* and another serial */
    is_refused(&other_run, again(issued), "has issued this unit");
    is_refused(&other_run, again(unit_of("T8", 8, "h")), "limit");
    assert_int_equal(begin(store, &terms, &run).counted, 3);
    assert_int_equal(begin(store, &other, &other_run).counted, 2);
    issued.is_recorded = true; /* its line came, and the answer was lost */
    is_granted(&other_run, issued);
    confirm(&other_run, &issued, 1);
    assert_int_equal(begin(store, &other, &other_run).counted, 2);
}

static void what_is_begun_anew_in_a_later_run_may_have_another_serial(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_issuance run;
    NP_CLEANUP(np_store_free_at) np_store *store = scene(uri);
    const np_issuance_terms terms = terms_of(1, 1);
    begin(store, &terms, &run);
    is_granted(&run, again(unit_of("T1", 1, "a")));
    is_refused(&run, again(unit_of("T2", 1, "b")), "another unit with this public key");
    is_refused(&run, again(unit_of("T2", 2, "a")), "another unit with this common name");
    begin(store, &terms, &run);
    is_granted(&run, again(unit_of("T2", 1, "a")));
    is_refused(&run, again(unit_of("T1", 3, "c")), "limit");
    assert_int_equal(begin(store, &terms, &run).counted, 1);
}

static void what_was_issued_is_refused_unless_the_record_has_it(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_issuance run;
    NP_CLEANUP(np_store_free_at) np_store *store = scene(uri);
    const np_issuance_terms terms = terms_of(1, 1);
    np_issuance_unit unit = unit_of("T1", 1, "a");
    begin(store, &terms, &run);
    reserve(&run, &unit, 1);
    confirm(&run, &unit, 1);
    begin(store, &terms, &run);
    is_refused(&run, unit, "its certificate is not in this record");
    unit.is_recorded = true;
    is_granted(&run, unit);
    confirm(&run, &unit, 1);
    assert_int_equal(begin(store, &terms, &run).counted, 1);
}

static void a_recorded_unit_that_the_registry_does_not_know_counts(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_issuance run;
    NP_CLEANUP(np_store_free_at) np_store *store = scene(uri);
    const np_issuance_terms terms = terms_of(1, 1);
    np_issuance_unit unit = unit_of("T1", 1, "a");
    unit.is_recorded = true;
    begin(store, &terms, &run);
    is_granted(&run, unit);
    is_refused(&run, unit_of("T2", 2, "b"), "limit");
}

static void a_run_that_was_taken_over_can_do_nothing_more(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_issuance old;
    np_issuance new;
    np_error err;
    NP_CLEANUP(np_store_free_at) np_store *store = scene(uri);
    const np_issuance_terms terms = terms_of(1, 9);
    const np_issuance_record record = {0};
    np_issuance_unit unit = unit_of("T1", 1, "a");
    np_issuance_unit later = unit_of("T2", 2, "b");
    begin(store, &terms, &old);
    reserve(&old, &unit, 1);
    begin(store, &terms, &new);
    assert_code(np_issuance_confirm(&old, &unit, 1, &record, NOW, &err), NP_ESTATION_BUSY);
    assert_non_null(strstr(err.message, "another run of this station has begun"));
    assert_code(np_issuance_reserve(&old, &later, 1, NOW, &err), NP_ESTATION_BUSY);
    is_granted(&new, unit);
    confirm(&new, &unit, 1);
}

static void stations_share_the_count_and_do_not_take_each_other_over(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_issuance one;
    np_issuance two;
    NP_CLEANUP(np_store_free_at) np_store *store = scene(uri);
    NP_CLEANUP(np_store_free_at) np_store *elsewhere = store_open(uri);
    const np_issuance_terms terms[] = {terms_of(1, 2), terms_of(2, 2)};
    np_issuance_unit unit = unit_of("T1", 1, "a");
    begin(store, &terms[0], &one);
    begin(elsewhere, &terms[1], &two);
    reserve(&one, &unit, 1);
    is_refused(&two, unit_of("T1", 1, "a"), "another station");
    is_granted(&two, unit_of("T2", 2, "b"));
    is_refused(&one, unit_of("T3", 3, "c"), "limit");
    confirm(&one, &unit, 1);
    is_refused(&two, unit_of("T1", 1, "a"), "has issued this unit");
}

static void the_head_of_the_record_is_remembered_by_station(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_issuance run;
    NP_CLEANUP(np_store_free_at) np_store *store = scene(uri);
    const np_issuance_terms terms = terms_of(1, 9);
    const np_issuance_terms other = terms_of(2, 9);
    np_issuance_unit unit = unit_of("T1", 1, "a");
    assert_false(begin(store, &terms, &run).has_head);
    reserve(&run, &unit, 1);
    confirm(&run, &unit, 1);
    np_issuance_found found = begin(store, &terms, &run);
    assert_true(found.has_head);
    assert_int_equal(found.head[0], 0xab);
    assert_int_equal(found.recorded, 7);
    assert_false(begin(store, &other, &run).has_head);
}

static void other_terms_of_one_authorization_are_refused(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_issuance run;
    np_issuance_found found;
    np_error err;
    NP_CLEANUP(np_store_free_at) np_store *store = scene(uri);
    np_issuance_terms terms = terms_of(1, 9);
    begin(store, &terms, &run);
    terms.digest[31] ^= 1;
    assert_code(np_issuance_open(store, &terms, NOW, &run, &found, &err), NP_EPOLICY);
    assert_non_null(strstr(err.message, "knows the authorization b42-id with other terms"));
    terms.digest[31] ^= 1;
    terms.count = 10;
    assert_code(np_issuance_open(store, &terms, NOW, &run, &found, &err), NP_EPOLICY);
}

/* More than one pipeline holds, half of it known already. */
static void large_groups_are_judged_one_by_one(void **state)
{
    (void)state;
    enum { MANY = 600 };
    char uri[STORE_URI_SIZE];
    static char serials[MANY][8];
    static np_issuance_unit units[MANY];
    np_issuance run;
    NP_CLEANUP(np_store_free_at) np_store *store = scene(uri);
    const np_issuance_terms terms = terms_of(1, 500);
    for (int i = 0; i < MANY; i++) {
        snprintf(serials[i], sizeof(serials[i]), "T%06d", i);
        units[i] = unit_of(serials[i], 0, "");
        memcpy(units[i].key_sha256, serials[i], strlen(serials[i]));
    }
    begin(store, &terms, &run);
    reserve(&run, units, MANY / 2);
    begin(store, &terms, &run);
    reserve(&run, units, MANY);
    for (int i = 0; i < MANY; i++) {
        assert_int_equal(units[i].is_refused, i >= 500);
    }
    confirm(&run, units, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(number_n_plus_one_is_refused_within_a_group_and_after_it),
        cmocka_unit_test(serial_key_and_common_name_are_each_unique),
        cmocka_unit_test(another_authorization_of_the_registry_meets_the_same_units),
        cmocka_unit_test(what_was_reserved_is_granted_to_the_next_run_and_counted_once),
        cmocka_unit_test(what_is_begun_anew_may_come_under_another_authorization),
        cmocka_unit_test(what_is_begun_anew_in_a_later_run_may_have_another_serial),
        cmocka_unit_test(what_was_issued_is_refused_unless_the_record_has_it),
        cmocka_unit_test(a_recorded_unit_that_the_registry_does_not_know_counts),
        cmocka_unit_test(a_run_that_was_taken_over_can_do_nothing_more),
        cmocka_unit_test(stations_share_the_count_and_do_not_take_each_other_over),
        cmocka_unit_test(the_head_of_the_record_is_remembered_by_station),
        cmocka_unit_test(other_terms_of_one_authorization_are_refused),
        cmocka_unit_test(large_groups_are_judged_one_by_one),
    };
    return cmocka_run_group_tests(tests, NULL, store_remove_all);
}
