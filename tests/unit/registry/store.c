/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/store.h"

#include "registry/exports.h"
#include "support/stores.h"
#include <errno.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

static np_code mark_one(np_store *store, np_error *err)
{
    const np_export_mark one = {.serial = np_bytes_text("T1"), .state = NP_EXPORT_SENT};
    return np_exports_mark(store, "aws", &one, 1, 1, err);
}

static void says(const np_error *err, const char *text)
{
    if (strstr(err->message, text) == NULL) {
        fail_msg("'%s' lacks '%s'", err->message, text);
    }
}

static void refuses_to_open(const char *uri, np_code code, const char *text)
{
    np_error err;
    np_store *store = NULL;
    assert_code(np_store_open(uri, 0, &store, &err), code);
    assert_null(store);
    says(&err, text);
}

static void another_scheme_is_refused(void **state)
{
    (void)state;
    refuses_to_open("mysql://host/db", NP_EUSAGE, "no registry has this scheme");
    refuses_to_open("sqlite:", NP_EUSAGE, "no name");
    refuses_to_open("", NP_EUSAGE, "no name");
}

static void a_password_in_a_uri_is_refused(void **state)
{
    (void)state;
    refuses_to_open("postgresql://me:secret@localhost/db", NP_EUSAGE, "list of processes");
    refuses_to_open("postgresql://me@localhost/db?password=secret", NP_EUSAGE, "list of processes");
    refuses_to_open("postgresql://[", NP_EUSAGE, "cannot be read");
}

static void a_server_that_is_not_there_is_named(void **state)
{
    (void)state;
    refuses_to_open("postgresql:///np?host=/nowhere", NP_ESTATION_DATABASE,
                    "database np at /nowhere: the registry's server cannot be reached");
}

static void tables_of_a_newer_version_are_refused_and_left(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    store_new_uri(uri);
    np_store_free(store_open(uri));
    store_tamper(uri, "INSERT INTO nameplate_schema VALUES (99)");
    refuses_to_open(uri, NP_ESTATION_DATABASE, "tables of version 99, made by a newer nameplate");
    store_tamper(uri, "DELETE FROM nameplate_schema WHERE version = 99");
    np_store_free(store_open(uri));
}

static void tables_of_another_program_are_refused_and_left(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    store_new_uri(uri);
    store_tamper(uri, "CREATE TABLE units (a TEXT); INSERT INTO units VALUES ('theirs')");
    refuses_to_open(uri, NP_ESTATION_DATABASE, "this database belongs to another program");
    store_tamper(uri, "UPDATE units SET a = 'still there'");
    if (store_is_on_server()) {
        store_tamper(uri, "DROP TABLE units");
        np_store_free(store_open(uri)); /* nothing of ours was left of the attempt */
    }
}

static void a_lost_table_is_damage(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_error err;
    store_new_uri(uri);
    np_store_free(store_open(uri));
    store_tamper(uri, "DROP TABLE exports");
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    assert_code(mark_one(store, &err), NP_ESTATION_DATABASE);
}

static void a_registry_that_another_process_holds_is_locked(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_error err;
    np_store *store = NULL;
    store_new_uri(uri);
    np_store_free(store_open(uri));
    assert_ok(np_store_open(uri, 0, &store, &err), &err);
    store_hold(uri);
    assert_code(mark_one(store, &err), NP_ESTATION_BUSY);
    says(&err, "another process holds the registry");
    store_let_go();
    assert_ok(mark_one(store, &err), &err);
    np_store_free(store);
}

static void a_server_that_goes_away_is_gone_and_comes_back(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_error err;
    if (!store_is_on_server()) {
        skip();
    }
    store_new_uri(uri);
    np_store *store = store_open(uri);
    assert_ok(mark_one(store, &err), &err);
    store_tamper(uri, "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
                      " WHERE application_name = 'nameplate'");
    assert_code(mark_one(store, &err), NP_ESTATION_DATABASE);
    says(&err, "the registry's server cannot be reached");
    assert_code(mark_one(store, &err), NP_ESTATION_DATABASE);
    np_store_free(store);
    store = store_open(uri);
    assert_ok(mark_one(store, &err), &err);
    np_store_free(store);
}

/* The rest is about files. */

static const char *path_of(const char *uri)
{
    return uri + strlen("sqlite:");
}

static void the_files_are_for_their_owner_alone(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    char beside[STORE_URI_SIZE];
    struct stat facts;
    np_error err;
    mode_t mask = umask(0);
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(path_of(uri));
    assert_ok(mark_one(store, &err), &err);
    umask(mask);
    assert_int_equal(stat(path_of(uri), &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
    snprintf(beside, sizeof(beside), "%s-wal", path_of(uri));
    assert_int_equal(stat(beside, &facts), 0);
    assert_int_equal(facts.st_mode & 0777, 0600);
}

static void a_file_that_is_no_database_is_refused_and_left(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    char read_back[64] = {0};
    static const char text[] = "serial,public_key\nT1,04deadbeef and so on for a while\n";
    store_new_uri(uri);
    FILE *file = fopen(path_of(uri), "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
    refuses_to_open(uri, NP_ESTATION_DATABASE, "this is no registry, or a damaged one");
    file = fopen(path_of(uri), "r");
    assert_non_null(file);
    assert_int_equal(fread(read_back, 1, sizeof(read_back), file), sizeof(text) - 1);
    fclose(file);
    assert_string_equal(read_back, text);
}

static void a_folder_that_is_not_there_is_named(void **state)
{
    (void)state;
    refuses_to_open("/nowhere/registry.db", NP_ESTATION_IO, "/nowhere/registry.db: cannot be made");
}

/* The disk of SQLite's own interface to the system, which is full when asked for. */
static int disk_errno;

static ssize_t write_to_disk(int file, const void *data, size_t size, off_t offset)
{
    if (disk_errno != 0) {
        errno = disk_errno;
        return -1;
    }
    return pwrite(file, data, size, offset);
}

static void set_disk(int number)
{
    sqlite3_vfs *system = sqlite3_vfs_find(NULL);
    disk_errno = number;
    system->xSetSystemCall(system, "pwrite", (sqlite3_syscall_ptr)write_to_disk);
    system->xSetSystemCall(system, "pwrite64", (sqlite3_syscall_ptr)write_to_disk);
}

static void a_full_disk_loses_nothing(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    np_error err;
    bool is_missing;
    store_new_uri(uri);
    NP_CLEANUP(np_store_free_at) np_store *store = store_open(uri);
    const np_export_mark before = {.serial = np_bytes_text("T0"), .state = NP_EXPORT_REGISTERED};
    assert_ok(np_exports_mark(store, "aws", &before, 1, 1, &err), &err);
    set_disk(ENOSPC);
    assert_code(mark_one(store, &err), NP_ESTATION_DATABASE);
    says(&err, "the disk of the registry is full");
    set_disk(EIO);
    assert_code(mark_one(store, &err), NP_ESTATION_IO);
    set_disk(0);
    assert_ok(mark_one(store, &err), &err);
    assert_ok(np_exports_is_missing(store, "aws", np_bytes_text("T0"), &is_missing, &err), &err);
    assert_false(is_missing);
}

/* SQLite's own access() to the file: permissions do not bind a superuser who runs the tests. */
static int open_read_only(const char *path, int flags, int mode)
{
    bool is_registry = strstr(path, ".db") != NULL && (flags & O_ACCMODE) == O_RDWR;
    if (is_registry) {
        errno = EACCES;
        return -1;
    }
    return open(path, flags, mode);
}

static void a_read_only_file_is_called_that(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    sqlite3_vfs *system = sqlite3_vfs_find(NULL);
    store_new_uri(uri);
    np_store_free(store_open(uri));
    sqlite3_syscall_ptr before = system->xGetSystemCall(system, "open");
    system->xSetSystemCall(system, "open", (sqlite3_syscall_ptr)open_read_only);
    refuses_to_open(uri, NP_ESTATION_DATABASE, "the registry is read-only");
    system->xSetSystemCall(system, "open", before);
}

/* Of one group, so that the program has one plan; on a server the last five have nothing to do. */
int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(another_scheme_is_refused),
        cmocka_unit_test(a_password_in_a_uri_is_refused),
        cmocka_unit_test(a_server_that_is_not_there_is_named),
        cmocka_unit_test(tables_of_a_newer_version_are_refused_and_left),
        cmocka_unit_test(tables_of_another_program_are_refused_and_left),
        cmocka_unit_test(a_lost_table_is_damage),
        cmocka_unit_test(a_registry_that_another_process_holds_is_locked),
        cmocka_unit_test(a_server_that_goes_away_is_gone_and_comes_back),
    };
    const struct CMUnitTest with_files[] = {
        tests[0],
        tests[1],
        tests[2],
        tests[3],
        tests[4],
        tests[5],
        tests[6],
        cmocka_unit_test(the_files_are_for_their_owner_alone),
        cmocka_unit_test(a_file_that_is_no_database_is_refused_and_left),
        cmocka_unit_test(a_folder_that_is_not_there_is_named),
        cmocka_unit_test(a_full_disk_loses_nothing),
        cmocka_unit_test(a_read_only_file_is_called_that),
    };
    return store_is_on_server() ? cmocka_run_group_tests(tests, NULL, store_remove_all)
                                : cmocka_run_group_tests(with_files, NULL, store_remove_all);
}
