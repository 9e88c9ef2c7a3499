/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signing run that is killed at every call that changes something on disk: before it, and in the
 * middle of a write. Under the archive's name there is then the old archive or the new one, all of
 * it, and the next run makes the new one. The linker puts our functions before the C library's.
 */
#include "base/wipe.h"
#include "firmware/sign_file.h"
#include "support/program.h"
#include "support/test.h"
#include "support/vectors.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static unsigned calls;
static unsigned kill_at; /* 0: never */
static bool is_half;     /* half of a write comes through */

ssize_t __real_write(int fd, const void *data, size_t len);
ssize_t __wrap_write(int fd, const void *data, size_t len);
int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __real_ftruncate64(int fd, off_t len);
int __wrap_ftruncate64(int fd, off_t len);
int __real_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags);
int __wrap_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);

static bool is_the_end(void)
{
    return ++calls == kill_at;
}

static void die_here(void)
{
    if (is_the_end()) {
        raise(SIGKILL);
    }
}

ssize_t __wrap_write(int fd, const void *data, size_t len)
{
    if (is_the_end()) {
        if (is_half) {
            (void)!__real_write(fd, data, len / 2);
        }
        raise(SIGKILL);
    }
    return __real_write(fd, data, len);
}

int __wrap_fsync(int fd)
{
    die_here();
    return __real_fsync(fd);
}

int __wrap_ftruncate64(int fd, off_t len)
{
    die_here();
    return __real_ftruncate64(fd, len);
}

int __wrap_renameat2(int from_fd, const char *from, int to_fd, const char *to, unsigned flags)
{
    die_here();
    return __real_renameat2(from_fd, from, to_fd, to, flags);
}

int __wrap_unlink(const char *path)
{
    die_here();
    return __real_unlink(path);
}

typedef struct scene {
    program_room room;
    char input[PROGRAM_PATH_SIZE + 16];
    char output[PROGRAM_PATH_SIZE + 16];
    np_firmware_private_key key;
    uint8_t *old; /* heap */
    size_t old_len;
    uint8_t *wanted; /* heap */
    size_t wanted_len;
} scene;

static np_code sign(scene *on)
{
    np_error err;
    np_firmware_outcome outcome;
    NP_CLEANUP(np_firmware_facts_free_at) np_firmware_facts *facts = np_firmware_facts_create();
    return np_firmware_sign_file(on->input, on->output, &on->key, facts, &outcome, &err);
}

/* True when the run got to its end before the call. */
static bool run_until(scene *on, unsigned at, bool half)
{
    int status;
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        calls = 0;
        kill_at = at;
        is_half = half;
        _exit(sign(on) == NP_OK ? 0 : 1);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFSIGNALED(status)) {
        assert_int_equal(WTERMSIG(status), SIGKILL);
        return false;
    }
    assert_int_equal(WEXITSTATUS(status), 0);
    return true;
}

static bool is_file(const char *path, const uint8_t *bytes, size_t len)
{
    uint8_t found[32768];
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return false;
    }
    size_t found_len = fread(found, 1, sizeof(found), file);
    fclose(file);
    return found_len == len && memcmp(found, bytes, len) == 0;
}

static void put(const scene *on, const char *name)
{
    program_store(&on->room, name, np_bytes_of(on->old, on->old_len));
}

static void assert_nothing_is_left(const scene *on, const char *files)
{
    char *listed = program_output(&on->room, "ls | tr '\\n' ' '");
    assert_string_equal(listed, files);
    free(listed);
}

static void kill_everywhere(scene *on, bool is_in_place, bool half)
{
    bool is_done = false;
    unsigned at = 0;
    snprintf(on->input, sizeof(on->input), "%s/app.fw", on->room.path);
    snprintf(on->output, sizeof(on->output), "%s/%s.fw", on->room.path,
             is_in_place ? "app" : "new");
    while (!is_done) {
        assert_int_equal(program_run(&on->room, "rm -f *"), 0);
        put(on, "app.fw");
        is_done = run_until(on, ++at, half);
        bool is_new = is_file(on->output, on->wanted, on->wanted_len);
        bool is_before =
            is_in_place ? is_file(on->output, on->old, on->old_len) : access(on->output, F_OK) != 0;
        assert_true(is_new || is_before);
        assert_true(is_new || !is_done);
        assert_int_equal(sign(on), NP_OK);
        assert_true(is_file(on->output, on->wanted, on->wanted_len));
        assert_nothing_is_left(on, is_in_place ? "app.fw " : "app.fw new.fw ");
    }
    print_message("# killed at %u calls\n", at - 1);
    assert_true(at > 20);
}

static void an_archive_that_is_replaced_is_the_old_or_the_new_one(void **state)
{
    kill_everywhere(*state, true, false);
    kill_everywhere(*state, true, true);
}

static void a_new_archive_is_there_or_is_not(void **state)
{
    kill_everywhere(*state, false, false);
    kill_everywhere(*state, false, true);
}

/* What another signer holds is not taken over, and what it leaves is. */
static void two_runs_do_not_write_to_one_file(void **state)
{
    scene *on = *state;
    char path[sizeof(on->output) + 8];
    assert_int_equal(program_run(&on->room, "rm -f *"), 0);
    put(on, "app.fw");
    snprintf(on->output, sizeof(on->output), "%s/new.fw", on->room.path);
    snprintf(path, sizeof(path), "%s.new", on->output);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    assert_int_equal(flock(fd, LOCK_EX), 0);
    assert_code(sign(on), NP_ESTATION_BUSY);
    close(fd);
    assert_int_equal(sign(on), NP_OK);
    assert_true(is_file(on->output, on->wanted, on->wanted_len));
}

static void put_u16(uint8_t *at, size_t value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

/*
 * The first entry has 30 + 17 + 64 bytes, its record 46 + 17. The archive is shorter than 64 KiB,
 * so that offsets have two bytes.
 */
static uint8_t *without_signature(const uint8_t *bytes, size_t len, size_t *ret_len)
{
    enum { ENTRY = 111, RECORD = 63 };
    const uint8_t *directory = memmem(bytes, len, "PK\1\2", 4);
    size_t entries_len = (size_t)(directory - bytes) - ENTRY;
    uint8_t *ret = malloc(len);
    assert_non_null(ret);
    *ret_len = len - ENTRY - RECORD;
    memcpy(ret, bytes + ENTRY, entries_len);
    memcpy(ret + entries_len, directory + RECORD, *ret_len - entries_len);
    uint8_t *at = ret + entries_len;
    for (; memcmp(at, "PK\1\2", 4) == 0; at += 46 + at[28] + at[30] + at[32]) {
        put_u16(at + 42, (size_t)(at[42] | at[43] << 8) - ENTRY);
    }
    put_u16(at + 8, at[8] - 1U);
    put_u16(at + 10, at[10] - 1U);
    put_u16(at + 12, (size_t)(at - ret) - entries_len);
    put_u16(at + 16, entries_len);
    return ret;
}

static int set_up(void **state)
{
    static scene on;
    size_t len;
    program_room_open(&on.room);
    uint8_t *text = vector_load("fwup/keys/k1.priv", &len);
    np_code code = np_firmware_private_key_decode(np_bytes_of(text, len), &on.key, NULL);
    free(text);
    /* packed by another writer and signed with k1: all of what is to be made is known */
    on.wanted = vector_load("fwup/fw/ok_zip_comment.fw", &on.wanted_len);
    on.old = without_signature(on.wanted, on.wanted_len, &on.old_len);
    *state = &on;
    return code != NP_OK;
}

static int tear_down(void **state)
{
    scene *on = *state;
    program_room_close(&on->room);
    free(on->old);
    free(on->wanted);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_archive_that_is_replaced_is_the_old_or_the_new_one),
        cmocka_unit_test(a_new_archive_is_there_or_is_not),
        cmocka_unit_test(two_runs_do_not_write_to_one_file),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
