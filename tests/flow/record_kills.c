/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Real processes, really killed. A child appends units to a record on disk and tells each number
 * on a pipe when it is durable; its parent kills it after it has read a random number of them.
 * Everything told must be in the file: once, and in order.
 */
#include "crypto/random.h"
#include "record/file.h"
#include "support/effort.h"
#include "support/program.h"
#include "support/test.h"
#include "support/unit_lines.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLS = 200, SOAK_FACTOR = 10, REPORTS_MAX = 40 };

typedef struct kill_count {
    unsigned units;
    unsigned last;
} kill_count;

static np_code count_unit(void *self, const np_record_line *line, const np_record_trailer *trailer,
                          np_error *err)
{
    kill_count *count = self;
    (void)trailer;
    (void)err;
    if (line->kind == NP_RECORD_UNIT) {
        count->units++;
        count->last = unit_number(line);
        assert_int_equal(count->last, count->units);
    }
    return NP_OK;
}

static np_record *open_file(const char *path, np_record_file *file, np_record_storage *storage,
                            const np_signing *station, kill_count *count)
{
    np_record *record = NULL;
    np_record_found found;
    np_error err;
    *storage = np_record_file_storage(file, path);
    np_record_options options = {
        .storage = storage,
        .station = station,
        .header = {.station = np_bytes_text("st07"), .created = UNIT_NOW},
        .visit = count_unit,
        .self = count,
    };
    assert_ok(np_record_open(&options, &record, &found, &err), &err);
    return record;
}

static bool tell(int pipe, unsigned number)
{
    return write(pipe, &number, sizeof(number)) == sizeof(number);
}

/* Appends for ever: one to three at a time, sealed now and then. */
static void be_child(const char *path, int pipe)
{
    np_record_file file;
    np_record_storage storage;
    kill_count count = {0};
    np_error err;
    np_p256_key *key = unit_station_key(1);
    np_signing station = np_signing_by_key(key);
    np_record *record = open_file(path, &file, &storage, &station, &count);
    unsigned number = count.units;
    for (unsigned group = 0; tell(pipe, number); group++) {
        for (unsigned i = 0; i <= group % 3; i++) {
            unit_sample sample;
            unit_make(++number, &sample);
            assert_ok(np_record_append(record, &sample.unit, &err), &err);
        }
        assert_ok(group % 5 == 4 ? np_record_seal(record, np_bytes_text("b42"), UNIT_NOW, &err)
                                 : np_record_commit(record, &err),
                  &err);
    }
}

/* Returns the last number that the child has told. */
static unsigned run_and_kill(const char *path, unsigned reports)
{
    int ends[2];
    unsigned told = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        be_child(path, ends[1]);
        _exit(1);
    }
    close(ends[1]);
    for (unsigned i = 0; i < reports; i++) {
        assert_int_equal(read(ends[0], &told, sizeof(told)), sizeof(told));
    }
    assert_int_equal(kill(child, SIGKILL), 0);
    /* what it told before it died counts too */
    while (read(ends[0], &told, sizeof(told)) == sizeof(told)) {
    }
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    return told;
}

static void what_was_told_survives_every_kill(void **state)
{
    const program_room *room = *state;
    char path[PROGRAM_PATH_SIZE + 16];
    np_random_seeded seed = {.seed = 7};
    np_random random = np_random_by_seed(&seed);
    np_p256_key *key = unit_station_key(1);
    np_signing station = np_signing_by_key(key);
    np_record_file file;
    np_record_storage storage;
    np_error err;
    snprintf(path, sizeof(path), "%s/units.npj", room->path);
    unsigned kills = effort(KILLS, KILLS * SOAK_FACTOR);
    for (unsigned i = 0; i < kills; i++) {
        uint8_t lot;
        kill_count count = {0};
        assert_ok(random.fill(random.self, &lot, 1, &err), &err);
        unsigned told = run_and_kill(path, 1U + lot % REPORTS_MAX);
        np_record *record = open_file(path, &file, &storage, &station, &count);
        if (count.units < told) {
            fail_msg("%u units were told, %u are there", told, count.units);
        }
        np_record_free(record);
        np_record_file_close(&file);
        if (i % 50 == 49) {
            unlink(path); /* a short file is opened more often than a long one */
        }
    }
    np_p256_free(key);
}

static void a_second_writer_is_told_that_there_is_one(void **state)
{
    const program_room *room = *state;
    char path[PROGRAM_PATH_SIZE + 16];
    np_record_file files[2];
    np_record_storage storages[2];
    kill_count count = {0};
    np_record_found found;
    np_record *second = NULL;
    np_p256_key *key = unit_station_key(1);
    np_signing station = np_signing_by_key(key);
    snprintf(path, sizeof(path), "%s/held.npj", room->path);
    np_record *first = open_file(path, &files[0], &storages[0], &station, &count);
    storages[1] = np_record_file_storage(&files[1], path);
    np_record_options options = {.storage = &storages[1], .station = &station};
    assert_code(np_record_open(&options, &second, &found, NULL), NP_ESTATION_BUSY);
    np_record_file_close(&files[1]);
    np_record_free(first);
    np_record_file_close(&files[0]);
    first = open_file(path, &files[0], &storages[0], &station, &count);
    np_record_free(first);
    np_record_file_close(&files[0]);
    np_p256_free(key);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_told_survives_every_kill),
        cmocka_unit_test(a_second_writer_is_told_that_there_is_one),
    };
    return cmocka_run_group_tests(tests, program_room_set_up, program_room_tear_down);
}
