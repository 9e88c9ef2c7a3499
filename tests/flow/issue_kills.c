/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The real program, really killed. `issue` runs with a record in a folder that is watched; after a
 * random number of changes in it the process is killed. The same command runs again until it has
 * ended by itself: then every unit is there once, with the certificate that it had from the first
 * time on, and no number was used twice.
 */
#include "crypto/random.h"
#include "record/file.h"
#include "record/read.h"
#include "support/effort.h"
#include "support/program.h"
#include "support/test.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    KILLS = 200,
    SOAK_FACTOR = 10,
    LONGEST = 4,      /* times as many, when chance will have it so */
    CHANGES_MAX = 15, /* a run has about as many */
    UNITS = 300,      /* two groups */
    CERTIFICATE_MAX = 1024,
};

typedef struct kill_world {
    const program_room *room;
    char folder[PROGRAM_PATH_SIZE + 16];
    np_random_seeded seed;
    char certificates[UNITS][CERTIFICATE_MAX]; /* Base64, as first seen; empty: not yet */
    char numbers[UNITS][2 * 20 + 1];
    bool is_in_record[UNITS];
    unsigned kills;
    unsigned resumed;
} kill_world;

static unsigned lot(kill_world *world, unsigned limit)
{
    uint32_t value = 0;
    np_random random = np_random_by_seed(&world->seed);
    assert_int_equal(random.fill(random.self, (uint8_t *)&value, sizeof(value), NULL), NP_OK);
    return value % limit;
}

static void copy_text(char *ret, size_t size, np_bytes text)
{
    assert_true(text.len < size);
    memcpy(ret, text.data, text.len);
    ret[text.len] = '\0';
}

static np_code check_line(void *self, const np_record_line *line, const np_record_trailer *trailer,
                          np_error *err)
{
    kill_world *world = self;
    char serial[16];
    unsigned number = 0;
    np_bytes certificate = np_record_line_text(line, "cert");
    (void)trailer;
    (void)err;
    if (line->kind != NP_RECORD_UNIT) {
        return NP_OK;
    }
    copy_text(serial, sizeof(serial), np_record_line_text(line, "serial"));
    assert_int_equal(sscanf(serial, "T-%u", &number), 1);
    assert_true(number < UNITS && !world->is_in_record[number]);
    world->is_in_record[number] = true;
    if (world->certificates[number][0] == '\0') {
        copy_text(world->certificates[number], CERTIFICATE_MAX, certificate);
        copy_text(world->numbers[number], sizeof(world->numbers[number]),
                  np_record_line_text(line, "cert_serial"));
    }
    assert_true(np_bytes_equal(certificate, np_bytes_text(world->certificates[number])));
    return NP_OK;
}

/* A killed process leaves what the system has: what was there once stays. */
static void check_record(kill_world *world)
{
    char path[PROGRAM_PATH_SIZE + 32];
    np_record_file file;
    np_record_storage storage;
    np_record_report report = {0};
    np_record_reading reading = {.storage = &storage, .visit = check_line, .self = world};
    snprintf(path, sizeof(path), "%s/units.npj", world->folder);
    memset(world->is_in_record, 0, sizeof(world->is_in_record));
    if (np_record_file_open(&file, path, &storage, NULL) == NP_OK) {
        assert_int_equal(np_record_read(&reading, &report, NULL), NP_OK);
    }
    np_record_file_close(&file);
    for (unsigned i = 0; i < UNITS; i++) {
        assert_true(world->is_in_record[i] || world->certificates[i][0] == '\0');
    }
    world->resumed += report.chain.units > 0 && report.chain.units < UNITS;
}

/* The pipe is held open by the child alone, so that its end is seen. */
static void be_program(const kill_world *world, int held)
{
    char record[PROGRAM_PATH_SIZE + 32];
    char out[PROGRAM_PATH_SIZE + 32];
    const char *program = getenv("NAMEPLATE_PROGRAM");
    snprintf(record, sizeof(record), "%s/units.npj", world->folder);
    snprintf(out, sizeof(out), "%s/out", world->folder);
    if (program == NULL || held < 0 || chdir(world->room->path) != 0 ||
        freopen("/dev/null", "w", stdout) == NULL || freopen("errors", "w", stderr) == NULL) {
        _exit(126);
    }
    execl(program, program, "issue", "units.csv", "--signer-cert", "acme.cert", "--signer-key",
          "acme.key", "--profile", "device", "--workers", "2", "--record", record, "--station-key",
          "st07.key", "--out", out, (char *)NULL);
    _exit(127);
}

/* False when the program has ended before. */
static bool wait_for_changes(int watch, int end, unsigned count)
{
    char events[4096];
    while (count > 0) {
        struct pollfd both[] = {{.fd = watch, .events = POLLIN}, {.fd = end, .events = POLLIN}};
        assert_true(poll(both, 2, -1) > 0);
        if (both[1].revents != 0) {
            return false;
        }
        ssize_t len = read(watch, events, sizeof(struct inotify_event) + NAME_MAX + 1);
        assert_true(len > 0);
        count--;
    }
    return true;
}

/* Returns the exit status, or -1 when it was killed. */
static int run_and_kill(kill_world *world)
{
    int ends[2];
    int status = 0;
    int watch = inotify_init1(IN_CLOEXEC);
    assert_true(watch >= 0 && inotify_add_watch(watch, world->folder,
                                                IN_CREATE | IN_MODIFY | IN_MOVE | IN_DELETE) >= 0);
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        be_program(world, ends[1]);
    }
    close(ends[1]);
    if (wait_for_changes(watch, ends[0], 1 + lot(world, CHANGES_MAX))) {
        assert_int_equal(kill(child, SIGKILL), 0);
    }
    close(ends[0]);
    close(watch);
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL ? -1 : WEXITSTATUS(status);
}

static void check_complete(const kill_world *world)
{
    char *text = program_output(world->room, "jq -r .cert %s/out", world->folder);
    char *at = text;
    for (unsigned i = 0; i < UNITS; i++) {
        char *end = strchr(at, '\n');
        assert_non_null(end);
        *end = '\0';
        assert_string_equal(at, world->certificates[i]);
        at = end + 1;
        for (unsigned j = 0; j < i; j++) {
            assert_string_not_equal(world->numbers[i], world->numbers[j]);
        }
    }
    assert_string_equal(at, "");
    free(text);
    assert_int_equal(program_run(world->room,
                                 "\"$NAMEPLATE_PROGRAM\" record verify %s/units.npj "
                                 "--key st07.pub",
                                 world->folder),
                     0);
}

static void begin_anew(kill_world *world)
{
    assert_int_equal(
        program_run(world->room, "rm -rf %s && mkdir %s", world->folder, world->folder), 0);
    memset(world->certificates, 0, sizeof(world->certificates));
}

static void make_inputs(const kill_world *world)
{
    assert_int_equal(program_run(world->room, "\"$NAMEPLATE_PROGRAM\" signer create acme && "
                                              "\"$NAMEPLATE_PROGRAM\" station key create st07"),
                     0);
    /* multiples of the base point, which are keys of nobody */
    static const char script[] =
        "import sys\n"
        "p = 2**256 - 2**224 + 2**192 + 2**96 - 1\n"
        "g = (0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296,\n"
        "     0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5)\n"
        "def add(a, b):\n"
        "    k = (3*a[0]*a[0] - 3) * pow(2*a[1], -1, p) if a == b else \\\n"
        "        (b[1] - a[1]) * pow(b[0] - a[0], -1, p)\n"
        "    x = (k*k - a[0] - b[0]) % p\n"
        "    return x, (k * (a[0] - x) - a[1]) % p\n"
        "print('serial,public_key')\n"
        "at = g\n"
        "for i in range(int(sys.argv[1])):\n"
        "    print('T-%d,04%064x%064x' % (i, at[0], at[1]))\n"
        "    at = add(at, g)\n";
    program_store(world->room, "points.py", np_bytes_text(script));
    assert_int_equal(program_run(world->room, "python3 points.py %d > units.csv", UNITS), 0);
}

/* A test that never meets what it is about is none; kills are at what moment they are. */
static bool has_met_all(const kill_world *world, unsigned completed, unsigned wanted)
{
    return world->resumed > wanted / 20 && completed > wanted / 20;
}

static void the_program_survives_every_kill(void **state)
{
    static kill_world world;
    world = (kill_world){.room = *state, .seed = {.seed = 11}};
    unsigned wanted = effort(KILLS, KILLS * SOAK_FACTOR);
    unsigned completed = 0;
    snprintf(world.folder, sizeof(world.folder), "%s/made", world.room->path);
    make_inputs(&world);
    begin_anew(&world);
    while (world.kills < wanted ||
           (world.kills < LONGEST * wanted && !has_met_all(&world, completed, wanted))) {
        int status = run_and_kill(&world);
        check_record(&world);
        world.kills += status < 0;
        if (status >= 0) {
            assert_int_equal(status, 0);
            check_complete(&world);
            begin_anew(&world);
            completed++;
        }
    }
    print_message("# %u kills, %u of them in the middle of the units, %u runs completed\n",
                  world.kills, world.resumed, completed);
    assert_true(has_met_all(&world, completed, wanted));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_program_survives_every_kill),
    };
    return cmocka_run_group_tests(tests, program_room_set_up, program_room_tear_down);
}
