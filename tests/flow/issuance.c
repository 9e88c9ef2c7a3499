/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stations as processes that share one authorization through one registry, and are killed at any
 * point: never is more counted than is allowed, and in the end just that. With NP_SOAK more kills.
 */
#include "registry/issuance.h"

#include "support/stores.h"
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    STATIONS = 3,
    LIMIT = 400,
    OWN_UNITS = 200, /* of each station: 600 in all want one of 400 places */
    GROUP = 8,
    KILLS = 40,
    SOAK_KILLS = 2000,
    SERIAL_SIZE = 32,
    NOW = 1800000000,
};

static const np_issuance_terms terms = {
    .id = {(const uint8_t *)"b42", 3}, .batch = {(const uint8_t *)"b42", 3}, .count = LIMIT};

/* One byte a step goes to the parent, which kills after as many as it likes. */
static void step(int progress)
{
    if (write(progress, ".", 1) != 1) {
        _exit(3);
    }
}

static size_t fill_group(np_issuance_unit *units, char serials[][SERIAL_SIZE], int station,
                         int from)
{
    for (int i = 0; i < GROUP; i++) {
        snprintf(serials[i], sizeof(serials[i]), "S%d-%04d", station, from + i);
        units[i] = (np_issuance_unit){.serial = np_bytes_text(serials[i]),
                                      .common_name = np_bytes_text(serials[i]),
                                      .certificate_serial = np_bytes_text(serials[i])};
        memcpy(units[i].key_sha256, serials[i], strlen(serials[i]));
    }
    return GROUP;
}

/* What was granted, one behind the other. */
static size_t keep_granted(np_issuance_unit *units, size_t count)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        if (!units[i].is_refused) {
            units[kept++] = units[i];
        }
    }
    return kept;
}

/* A run over all units of the station. What an earlier run has confirmed is refused as issued,
 * because no record is kept here. */
static np_code issue_all(np_store *store, int station, int progress, np_error *err)
{
    np_issuance run;
    np_issuance_found found;
    np_issuance_unit units[GROUP];
    char serials[GROUP][SERIAL_SIZE];
    const np_issuance_record record = {.units = 1};
    np_issuance_terms own = terms;
    memset(own.station, station, sizeof(own.station));
    NP_TRY(np_issuance_open(store, &own, NOW, &run, &found, err));
    for (int from = 0; from < OWN_UNITS; from += GROUP) {
        size_t count = fill_group(units, serials, station, from);
        NP_TRY(np_issuance_reserve(&run, units, count, NOW, err));
        step(progress);
        count = keep_granted(units, count);
        NP_TRY(np_issuance_confirm(&run, units, count, &record, NOW, err));
        step(progress);
    }
    return NP_OK;
}

static void __attribute__((noreturn)) be_station(const char *uri, int station, int progress)
{
    np_error err;
    np_store *store = NULL;
    np_code code = np_store_open(uri, NP_STORE_WAIT_MS, &store, &err);
    code = code == NP_OK ? issue_all(store, station, progress, &err) : code;
    if (code != NP_OK) {
        fprintf(stderr, "station %d: %s\n", station, err.message);
    }
    np_store_free(store);
    _exit(code == NP_OK ? 0 : 1);
}

typedef struct station {
    pid_t process;
    int progress;
} station;

static station start(const char *uri, int number)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t process = fork();
    assert_true(process >= 0);
    if (process == 0) {
        close(ends[0]);
        be_station(uri, number, ends[1]);
    }
    close(ends[1]);
    return (station){process, ends[0]};
}

/* Reads so many steps, or to the end. */
static bool follow(const station *of, unsigned steps)
{
    char byte;
    ssize_t got = 1;
    for (unsigned i = 0; i < steps && got == 1; i++) {
        got = read(of->progress, &byte, 1);
    }
    return got == 1;
}

static int end(station *of)
{
    int status = 0;
    close(of->progress);
    assert_int_equal(waitpid(of->process, &status, 0), of->process);
    return status;
}

/* Also in the middle: a row is counted when and only when it is there. */
static void count_is_exact(const char *uri)
{
    /* in one query: others are at work */
    assert_int_equal(store_ask(uri, "SELECT (SELECT issued FROM authorizations) -"
                                    " (SELECT count(*) FROM units)"),
                     0);
    assert_true(store_ask(uri, "SELECT count(*) FROM units") <= LIMIT);
}

static void kill_one_after_the_other(const char *uri, unsigned kills)
{
    station others[STATIONS];
    uint32_t random = 1; /* any seed; the moments are the system's as well */
    for (int i = 1; i < STATIONS; i++) {
        others[i] = start(uri, i + 1);
    }
    for (unsigned i = 0; i < kills; i++) {
        station victim = start(uri, 1);
        random = random * 1664525 + 1013904223;
        follow(&victim, random >> 28);
        kill(victim.process, SIGKILL);
        end(&victim);
        count_is_exact(uri);
    }
    for (int i = 1; i < STATIONS; i++) {
        while (follow(&others[i], 1)) {
        }
        assert_int_equal(end(&others[i]), 0);
    }
}

static void run_to_the_end(const char *uri, int number)
{
    station last = start(uri, number);
    while (follow(&last, 1)) {
    }
    assert_int_equal(end(&last), 0);
}

static void stations_that_are_killed_never_exceed_the_count(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    store_new_uri(uri);
    kill_one_after_the_other(uri, getenv("NP_SOAK") == NULL ? KILLS : SOAK_KILLS);
    for (int i = 1; i <= STATIONS; i++) {
        run_to_the_end(uri, i);
    }
    count_is_exact(uri);
    assert_int_equal(store_ask(uri, "SELECT issued FROM authorizations"), LIMIT);
    assert_int_equal(store_ask(uri, "SELECT count(*) FROM units WHERE state = 1"), LIMIT);
}

static void registries_made_at_the_same_moment_are_one(void **state)
{
    (void)state;
    char uri[STORE_URI_SIZE];
    station all[STATIONS];
    store_new_uri(uri);
    for (int i = 0; i < STATIONS; i++) {
        all[i] = start(uri, i + 1);
    }
    for (int i = 0; i < STATIONS; i++) {
        while (follow(&all[i], 1)) {
        }
        assert_int_equal(end(&all[i]), 0);
    }
    count_is_exact(uri);
    assert_int_equal(store_ask(uri, "SELECT count(*) FROM units WHERE state = 1"), LIMIT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(registries_made_at_the_same_moment_are_one),
        cmocka_unit_test(stations_that_are_killed_never_exceed_the_count),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, store_remove_all);
}
