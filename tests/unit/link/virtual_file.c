/* SPDX-License-Identifier: Apache-2.0 */
/* The file behind a virtual chip: held by one, replaced whole, never written when it is foreign. */
#include "link/link.h"

#include "atecc/device.h"
#include "support/test.h"
#include "virtual/image.h"
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const np_chip_serial some_serial = {{0x01, 0x23, 1, 2, 3, 4, 5, 6, 0xee}};
static const np_link_options at_once = {0};

/* Configuration byte 20: writable in words as long as the configuration is open. */
enum { SOME_OFFSET = 20 };
static const uint8_t some_word[] = {0xde, 0xad, 0xbe, 0xef};

typedef struct folder {
    char path[64];
    char file[80];
    char uri[96];
    char lock[96];
} folder;

static int make_folder(void **state)
{
    folder *made = calloc(1, sizeof(*made));
    snprintf(made->path, sizeof(made->path), "/tmp/nameplate-link-XXXXXX");
    if (made == NULL || mkdtemp(made->path) == NULL) {
        free(made);
        return -1;
    }
    snprintf(made->file, sizeof(made->file), "%s/kit.chip", made->path);
    snprintf(made->uri, sizeof(made->uri), "virtual:%s", made->file);
    snprintf(made->lock, sizeof(made->lock), "%s.lock", made->file);
    *state = made;
    return 0;
}

static int remove_folder(void **state)
{
    folder *made = *state;
    unlink(made->file);
    unlink(made->lock);
    int result = rmdir(made->path); /* fails when anything else was left behind */
    free(made);
    return result;
}

static void create_chip(const folder *in)
{
    np_error err;
    np_link_new_chip chip = {.model = NP_ATECC608B, .serial = &some_serial};
    assert_ok(np_link_create_virtual(in->file, &chip, &err), &err);
}

static np_link *open_link(const folder *in)
{
    np_error err;
    np_link *link = NULL;
    assert_ok(np_link_open(in->uri, &at_once, &link, &err), &err);
    return link;
}

static np_code write_word(np_link *link, np_error *err)
{
    np_atecc chip;
    np_atecc_init(&chip, np_link_bus(link), np_link_address(link));
    return np_atecc_write(&chip, NP_ATECC_ZONE_CONFIG, np_atecc_zone_address(SOME_OFFSET),
                          NP_BYTES(some_word), err);
}

typedef struct stored_file {
    uint8_t bytes[4096];
    size_t len;
} stored_file;

static stored_file load(const char *path)
{
    stored_file file = {0};
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    file.len = fread(file.bytes, 1, sizeof(file.bytes), stream);
    fclose(stream);
    return file;
}

static void store(const char *path, const uint8_t *bytes, size_t len)
{
    FILE *stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(bytes, 1, len, stream), len);
    fclose(stream);
}

static bool file_has_word(const folder *in)
{
    np_error err;
    np_atecc_model model;
    uint8_t eeprom[NP_EEPROM_SIZE];
    stored_file file = load(in->file);
    assert_ok(np_chip_image_decode(np_bytes_of(file.bytes, file.len), &model, eeprom, &err), &err);
    return memcmp(eeprom + NP_EEPROM_CONFIG + SOME_OFFSET, some_word, sizeof(some_word)) == 0;
}

static void a_new_chip_has_its_model_and_serial_and_a_secret_file(void **state)
{
    folder *in = *state;
    np_error err;
    struct stat status;
    np_atecc_model model;
    uint8_t eeprom[NP_EEPROM_SIZE];
    create_chip(in);
    stored_file file = load(in->file);
    assert_ok(np_chip_image_decode(np_bytes_of(file.bytes, file.len), &model, eeprom, &err), &err);
    assert_int_equal(model, NP_ATECC608B);
    np_chip_serial serial = np_config_serial(eeprom + NP_EEPROM_CONFIG);
    assert_memory_equal(serial.bytes, some_serial.bytes, sizeof(serial.bytes));
    assert_int_equal(stat(in->file, &status), 0);
    assert_int_equal(status.st_mode & 0777, 0600);
}

static void a_new_chip_never_replaces_a_file(void **state)
{
    folder *in = *state;
    np_error err;
    np_link_new_chip chip = {.model = NP_ATECC608B, .serial = &some_serial};
    store(in->file, (const uint8_t *)"mine", 4);
    assert_code(np_link_create_virtual(in->file, &chip, &err), NP_EINPUT_EXISTS);
    assert_int_equal(load(in->file).len, 4);
}

static void a_configuration_of_another_model_or_size_is_refused(void **state)
{
    folder *in = *state;
    np_error err;
    np_link_new_chip chip = {
        .model = NP_ATECC608B,
        .config = {np_atecc_factory_config(NP_ATECC508A), NP_ATECC_CONFIG_SIZE},
    };
    assert_code(np_link_create_virtual(in->file, &chip, &err), NP_EINPUT_FORMAT);
    chip.model = NP_ATECC508A;
    chip.config.len--;
    assert_code(np_link_create_virtual(in->file, &chip, &err), NP_EINPUT_FORMAT);
    assert_int_not_equal(access(in->file, F_OK), 0);
}

static void the_uri_says_kind_file_and_address(void **state)
{
    folder *in = *state;
    np_error err;
    char uri[128];
    np_link *link = NULL;
    create_chip(in);
    link = open_link(in);
    assert_true(np_link_is_virtual(link));
    assert_int_equal(np_link_address(link), 0x60);
    assert_ok(np_link_close(link, &err), &err);
    snprintf(uri, sizeof(uri), "%s?addr=0x35", in->uri);
    assert_ok(np_link_open(uri, &at_once, &link, &err), &err);
    assert_int_equal(np_link_address(link), 0x35);
    assert_ok(np_link_close(link, &err), &err);
}

static void uris_of_no_known_kind_are_wrong_usage(void **state)
{
    (void)state;
    const char *wrong[] = {"",
                           "kit.chip",
                           "i2c:",
                           "virtual:x?khz=100",
                           "unix:x?wake=zero",
                           "unix:",
                           "virtual:x?adr=0x60",
                           "virtual:x?addr=0x60&",
                           "virtual:",
                           "virtual:?addr=96",
                           "usb:1",
                           "virtual:x?addr=",
                           "virtual:x?addr=0x80",
                           "virtual:x?addr=0x60x"};
    for (size_t i = 0; i < NP_COUNT_OF(wrong); i++) {
        np_error err;
        np_link *link = NULL;
        assert_code(np_link_open(wrong[i], &at_once, &link, &err), NP_EUSAGE);
        assert_null(link);
    }
}

static void a_missing_file_is_reported_and_leaves_no_lock(void **state)
{
    folder *in = *state;
    np_error err;
    np_link *link = NULL;
    assert_code(np_link_open(in->uri, &at_once, &link, &err), NP_EINPUT_MISSING);
    assert_non_null(strstr(err.hint, "virtual create"));
    assert_int_not_equal(access(in->lock, F_OK), 0);
}

static void assert_refused_untouched(const folder *in, const uint8_t *bytes, size_t len)
{
    np_error err;
    np_link *link = NULL;
    store(in->file, bytes, len);
    assert_code(np_link_open(in->uri, &at_once, &link, &err), NP_EINPUT_FORMAT);
    stored_file after = load(in->file);
    assert_int_equal(after.len, len);
    assert_memory_equal(after.bytes, bytes, len);
}

static void a_file_that_is_not_a_whole_chip_is_refused_and_never_written(void **state)
{
    folder *in = *state;
    create_chip(in);
    stored_file good = load(in->file);
    assert_refused_untouched(in, good.bytes, good.len - 1);
    assert_refused_untouched(in, good.bytes, good.len + 1);
    assert_refused_untouched(in, good.bytes, 0);
    for (size_t i = 0; i < good.len; i += 97) {
        stored_file damaged = good;
        damaged.bytes[i] ^= 0x10;
        assert_refused_untouched(in, damaged.bytes, damaged.len);
    }
}

static void a_folder_is_no_chip(void **state)
{
    folder *in = *state;
    np_error err;
    char uri[96];
    np_link *link = NULL;
    snprintf(uri, sizeof(uri), "virtual:%s", in->path);
    assert_code(np_link_open(uri, &at_once, &link, &err), NP_EINPUT_FORMAT);
}

static void what_a_command_changed_is_in_the_file_before_its_answer_is_known(void **state)
{
    folder *in = *state;
    np_error err;
    create_chip(in);
    np_link *link = open_link(in);
    assert_ok(write_word(link, &err), &err);
    assert_true(file_has_word(in));
    assert_ok(np_link_close(link, &err), &err);
    assert_true(file_has_word(in));
    assert_int_not_equal(access(in->lock, F_OK), 0);
}

static void a_link_to_the_file_stays_a_link(void **state)
{
    folder *in = *state;
    np_error err;
    char name[96];
    char uri[112];
    struct stat status;
    np_link *link = NULL;
    snprintf(name, sizeof(name), "%s/other.chip", in->path);
    snprintf(uri, sizeof(uri), "virtual:%s", name);
    create_chip(in);
    assert_int_equal(symlink("kit.chip", name), 0);
    assert_ok(np_link_open(uri, &at_once, &link, &err), &err);
    assert_ok(write_word(link, &err), &err);
    assert_ok(np_link_close(link, &err), &err);
    assert_int_equal(lstat(name, &status), 0);
    assert_true(S_ISLNK(status.st_mode));
    assert_true(file_has_word(in));
    unlink(name);
}

static void a_second_holder_is_told_who_holds_the_chip(void **state)
{
    folder *in = *state;
    np_error err;
    char holder[32];
    np_link *second = NULL;
    create_chip(in);
    np_link *link = open_link(in);
    assert_code(np_link_open(in->uri, &at_once, &second, &err), NP_ESTATION_BUSY);
    snprintf(holder, sizeof(holder), "process %ld", (long)getpid());
    assert_non_null(strstr(err.message, holder));
    np_link_options patient = {.lock_wait_ms = 50};
    assert_code(np_link_open(in->uri, &patient, &second, &err), NP_ESTATION_BUSY);
    assert_ok(np_link_close(link, &err), &err);
    assert_ok(np_link_close(open_link(in), &err), &err);
}

/* Runs in a child process; its status is the answer. */
static int run_in_child(int (*run)(const folder *in), const folder *in)
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        _exit(run(in));
    }
    assert_true(child > 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static int write_and_die(const folder *in)
{
    np_error err;
    np_link *link = NULL;
    bool is_good =
        np_link_open(in->uri, &at_once, &link, &err) == NP_OK && write_word(link, &err) == NP_OK;
    return is_good ? 0 : 1; /* without closing: as if killed */
}

static void a_dead_holder_loses_nothing_and_locks_nobody_out(void **state)
{
    folder *in = *state;
    np_error err;
    create_chip(in);
    assert_int_equal(run_in_child(write_and_die, in), 0);
    assert_int_equal(access(in->lock, F_OK), 0);
    assert_true(file_has_word(in));
    assert_ok(np_link_close(open_link(in), &err), &err);
}

/* A limit on the size of files stands in for a full disk: writing fails, the same way. */
static int write_on_full_disk(const folder *in)
{
    np_error err;
    np_link *link = NULL;
    struct rlimit nothing = {.rlim_cur = 100, .rlim_max = RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    if (np_link_open(in->uri, &at_once, &link, &err) != NP_OK ||
        setrlimit(RLIMIT_FSIZE, &nothing) != 0 || write_word(link, &err) != NP_ESTATION_IO) {
        return 1;
    }
    return np_link_close(link, &err) == NP_ESTATION_IO ? 0 : 2;
}

static void a_full_disk_is_reported_and_the_old_state_stays(void **state)
{
    folder *in = *state;
    create_chip(in);
    stored_file before = load(in->file);
    assert_int_equal(run_in_child(write_on_full_disk, in), 0);
    stored_file after = load(in->file);
    assert_int_equal(after.len, before.len);
    assert_memory_equal(after.bytes, before.bytes, before.len);
}

#define in_a_folder(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        in_a_folder(a_new_chip_has_its_model_and_serial_and_a_secret_file),
        in_a_folder(a_new_chip_never_replaces_a_file),
        in_a_folder(a_configuration_of_another_model_or_size_is_refused),
        in_a_folder(the_uri_says_kind_file_and_address),
        cmocka_unit_test(uris_of_no_known_kind_are_wrong_usage),
        in_a_folder(a_missing_file_is_reported_and_leaves_no_lock),
        in_a_folder(a_file_that_is_not_a_whole_chip_is_refused_and_never_written),
        in_a_folder(a_folder_is_no_chip),
        in_a_folder(what_a_command_changed_is_in_the_file_before_its_answer_is_known),
        in_a_folder(a_link_to_the_file_stays_a_link),
        in_a_folder(a_second_holder_is_told_who_holds_the_chip),
        in_a_folder(a_dead_holder_loses_nothing_and_locks_nobody_out),
        in_a_folder(a_full_disk_is_reported_and_the_old_state_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
