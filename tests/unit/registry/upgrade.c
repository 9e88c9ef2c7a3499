/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Registries that older versions have made (tests/vectors/registry) are opened by this one, which
 * brings them to its tables with every row intact.
 */
#include "registry/changes.h"
#include "registry/devices.h"
#include "registry/schema.h"
#include "support/stores.h"
#include "support/vectors.h"

enum { NOW = 1796000000 };

/* A registry as version N has left it. */
static void make_old(int version, char uri[static STORE_URI_SIZE])
{
    store_new_uri(uri);
    store_tamper(uri, "CREATE TABLE nameplate_schema (version BIGINT PRIMARY KEY)");
    for (int i = 1; i <= version; i++) {
        char path[64];
        char number[80];
        size_t len;
        snprintf(path, sizeof(path), "registry/%d.%s.sql", i,
                 store_is_on_server() ? "postgresql" : "sqlite");
        char *text = (char *)vector_load(path, &len);
        store_tamper(uri, text);
        free(text);
        snprintf(number, sizeof(number), "INSERT INTO nameplate_schema VALUES (%d)", i);
        store_tamper(uri, number);
    }
    if (!store_is_on_server()) {
        store_tamper(uri, "PRAGMA application_id = 0x6e707267");
    }
}

typedef struct expectation {
    int since; /* version whose rows these are */
    const char *query;
    long answer;
} expectation;

/* Each answer counts the rows that are as they were inserted. */
static const expectation expectations[] = {
    {1, "SELECT count(*) FROM authorizations WHERE id = 'au1' AND count_limit = 10 AND issued = 2",
     1},
    {1, "SELECT count(*) FROM journals WHERE run = 1 AND units = 1 AND length(head) = 32", 1},
    {1, "SELECT count(*) FROM units WHERE serial IN ('T1', 'T2') AND length(key_sha256) = 32", 2},
    {1, "SELECT count(*) FROM units WHERE common_name = 'cn-T1' AND state = 1", 1},
    {1, "SELECT count(*) FROM exports WHERE state = 'failed' AND answer = 'why'", 1},
    {2, "SELECT id FROM organisations WHERE name = 'umbrella' AND added_at = 1700000011", 9},
    {2,
     "SELECT count(*) FROM authorities WHERE org = 7 AND product = 'tracker' AND create_limit = 5"
     " AND created = 1 AND last_used = 1700000012 AND length(der) = 32",
     1},
    {2, "SELECT count(*) FROM challenges WHERE org = 7", 1},
    {2,
     "SELECT count(*) FROM devices WHERE id = 11 AND org = 7 AND identifier = 'N1'"
     " AND product = 'tracker' AND description = 'one' AND certificates = 2"
     " AND first_seen = 1700000020 AND last_seen = 1700000021 AND added_at = 1700000022",
     1},
    {2,
     "SELECT count(*) FROM devices WHERE id = 12 AND org = 9 AND state = 1"
     " AND rekey_until = 1700000023 AND first_seen IS NULL",
     1},
    {2, "SELECT count(*) FROM keys WHERE device = 11 AND length(sha256) = 32", 2},
    {2, "SELECT sum(is_blocked) FROM keys", 1},
    {2,
     "SELECT count(*) FROM certificates c JOIN keys k ON k.sha256 = c.key_sha256"
     " WHERE k.device = 11 AND length(c.der) = 32 AND c.added_at IN (1700000025, 1700000026)",
     2},
    {2, "SELECT count(*) FROM certificates WHERE authority = 3 AND pin = 0 AND is_blocked = 0", 1},
    {2, "SELECT count(*) FROM certificates WHERE authority IS NULL AND pin = 1 AND is_blocked = 1",
     1},
    {2, "SELECT count(*) FROM changes WHERE seq IN (1, 2, 5) AND length(hash) = 32", 3},
    {3, "SELECT count(*) FROM firmwares f JOIN firmware_keys k ON k.id = f.key WHERE k.state = 1",
     1},
    {4, "SELECT value FROM sequences WHERE name = 'door'", 4},
    {7,
     "SELECT count(*) FROM secrets s JOIN devices d ON d.id = s.device WHERE s.key_id = 'nhd_y'"
     " AND s.last_used = 1700000061",
     1},
    {7, "SELECT create_limit FROM secrets WHERE product = 'tracker' AND created = 2", 5},
    {5, "SELECT count(*) FROM tokens WHERE id = 1 AND name = 'ci' AND role = 1 AND org = 7", 1},
    {8, "SELECT count(*) FROM refusals WHERE id = 4 AND count = 3 AND source = ''", 1},
    {9, "SELECT count(*) FROM tokens WHERE name = 'nginx' AND role = 3 AND last_used = 1700000081",
     1},
    {9, "SELECT count(*) FROM refusals WHERE id = 5 AND source = '192.0.2.0/24'", 1},
    {8, "SELECT count(*) FROM answers a JOIN tokens t ON t.id = a.token WHERE a.status = 201", 1},
};

static void check_rows(const char *uri, int version)
{
    for (size_t i = 0; i < NP_COUNT_OF(expectations); i++) {
        const expectation *one = &expectations[i];
        if (one->since <= version && store_ask(uri, one->query) != one->answer) {
            fail_msg("from version %d: %s is %ld", version, one->query, store_ask(uri, one->query));
        }
    }
}

/* It is not only there, it works: what was unique is so, and the list of changes goes on. */
static void check_use(np_store *store, bool has_rows)
{
    np_error err;
    np_changes_report report;
    const np_actor actor = {.name = "test", .now = NOW};
    const np_device device = {.org = np_bytes_text("acme"), .identifier = np_bytes_text("N1")};
    const np_device other = {.org = np_bytes_text("acme"), .identifier = np_bytes_text("N2")};
    assert_code(np_device_add(store, &device, &actor, &err), has_rows ? NP_EPOLICY : NP_OK);
    assert_ok(np_device_add(store, &other, &actor, &err), &err);
    assert_ok(np_changes_verify(store, NULL, NULL, &report, &err), &err);
    assert_false(report.is_bad);
    assert_int_equal(report.count, has_rows ? 4 : 2);
}

static void every_older_registry_is_brought_to_this_version(void **state)
{
    (void)state;
    for (int version = 1; version < STORE_SCHEMA_VERSION; version++) {
        char uri[STORE_URI_SIZE];
        make_old(version, uri);
        np_store *store = store_open(uri);
        check_rows(uri, version);
        check_use(store, version >= 2);
        np_store_free(store);
        np_store_free(store_open(uri)); /* once more: nothing is left to do */
        check_rows(uri, version);
        assert_int_equal(store_ask(uri, "SELECT count(*) FROM nameplate_schema"),
                         STORE_SCHEMA_VERSION);
        if (!store_is_on_server()) {
            assert_int_equal(store_ask(uri, "SELECT count(*) FROM pragma_foreign_key_check"), 0);
        }
    }
}

/* What this program makes is what it makes of an old one: the same tables, columns and indexes. */
static void an_upgraded_registry_has_the_tables_of_a_new_one(void **state)
{
    (void)state;
    static const char *const query[] = {
        "SELECT count(*) FROM sqlite_schema s JOIN pragma_table_info(s.name)",
        "SELECT count(*) FROM information_schema.columns WHERE table_schema = current_schema()"};
    char old[STORE_URI_SIZE];
    char new[STORE_URI_SIZE];
    make_old(1, old);
    np_store_free(store_open(old));
    store_new_uri(new);
    np_store_free(store_open(new));
    long count = store_ask(new, query[store_is_on_server() ? 1 : 0]);
    assert_true(count > 50);
    assert_int_equal(store_ask(old, query[store_is_on_server() ? 1 : 0]), count);
}

/* The vectors end where the program of today begins. */
static void there_is_a_vector_for_every_older_version(void **state)
{
    (void)state;
    size_t len;
    char path[64];
    snprintf(path, sizeof(path), "registry/%d.sqlite.sql", STORE_SCHEMA_VERSION - 1);
    free(vector_load(path, &len)); /* ends the test when it is missing */
    assert_true(len > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_older_registry_is_brought_to_this_version),
        cmocka_unit_test(an_upgraded_registry_has_the_tables_of_a_new_one),
        cmocka_unit_test(there_is_a_vector_for_every_older_version),
    };
    return cmocka_run_group_tests(tests, NULL, store_remove_all);
}
