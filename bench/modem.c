/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a dialogue with a modem costs besides the modem's own time: enrolments (radio off, delete
 * the key, make one, write root and certificate, both compared) over a pseudo terminal with a
 * virtual modem in a process of its own. At zero modem time with its state on tmpfs and on disk
 * (medians of five alternating runs, wall-clock time), and once with typical times. A table on
 * stdout; the first argument is a folder on disk, with a second one JSON goes there.
 */
#include "base/error.h"
#include "link/modem_file.h"
#include "link/modem_link.h"
#include "link/modem_server.h"
#include "measure.h"
#include "virtual/modem_models.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    RUNS = 5,
    RUN_MS = 500, /* not tuned: long enough for two digits */
    TAG = 16842753,
    COMMANDS = 7, /* of an enrolment */
    STORES = 4,   /* of the state: key gone, key made, root, certificate */
    SYNCS_PER_STORE = 2,
    GOAL_RATE = 800,
    GOAL_COMMAND_MS = 5,
};

typedef struct bench {
    char folder[128];
    char file[160];
    char terminal[160];
    pid_t server;
    np_modem_link *link;
    np_modem modem;
} bench;

static const char root[] = "-----BEGIN CERTIFICATE-----\n"
                           "a root that the firmware of an nRF9160 does not look into\n"
                           "-----END CERTIFICATE-----\n";

static void require(bool is_good, const char *what)
{
    if (!is_good) {
        fprintf(stderr, "bench: %s\n", what);
        exit(1);
    }
}

static void check(np_code code, const np_error *err)
{
    require(code == NP_OK, err->message);
}

static void tell_ready(void *self, const np_modem_server_ready *ready)
{
    (void)ready;
    require(write(*(const int *)self, "r", 1) == 1, "nobody waits for the server");
}

static void serve(const bench *on, np_modem_pace pace, int ready_fd)
{
    np_error err;
    const np_modem_server_options options = {.file = on->file,
                                             .path = on->terminal,
                                             .pace = pace,
                                             .ready = tell_ready,
                                             .ready_self = &ready_fd};
    check(np_modem_server_run(&options, &err), &err);
    _exit(0);
}

static void store_new_modem(const bench *on)
{
    np_error err;
    np_modem_state *state = calloc(1, sizeof(*state));
    require(state != NULL, "no memory");
    check(np_modem_state_draw(NP_NRF9160, np_random_system(), state, &err), &err);
    check(modem_file_create(on->file, state, &err), &err);
    free(state);
}

static void open_bench(bench *on, const char *where, np_modem_pace pace)
{
    int ends[2];
    char ready;
    np_error err;
    const np_modem_link_options options = {.lock_wait_ms = 1000};
    snprintf(on->folder, sizeof(on->folder), "%s/nameplate-bench-XXXXXX", where);
    require(mkdtemp(on->folder) != NULL && pipe(ends) == 0, "no folder");
    snprintf(on->file, sizeof(on->file), "%s/modem.np", on->folder);
    snprintf(on->terminal, sizeof(on->terminal), "%s/terminal", on->folder);
    store_new_modem(on);
    on->server = fork();
    if (on->server == 0) {
        serve(on, pace, ends[1]);
    }
    require(read(ends[0], &ready, 1) == 1, "the server did not start");
    check(np_modem_link_open(on->terminal, &options, &on->link, &err), &err);
    const np_modem_options other_end = np_modem_link_other_end(on->link);
    check(np_modem_open(&on->modem, np_modem_link_port(on->link), &other_end, &err), &err);
}

static void close_bench(bench *on)
{
    np_error err;
    check(np_modem_link_close(on->link, &err), &err);
    kill(on->server, SIGTERM);
    waitpid(on->server, NULL, 0);
    unlink(on->file);
    rmdir(on->folder);
}

static void enrol(bench *on)
{
    static np_modem_token token;
    const np_keygen keygen = {.tag = TAG};
    np_text_form form;
    np_error err;
    bool was_there = false;
    bool exists = true;
    check(np_modem_set_mode(&on->modem, NP_CFUN_FLIGHT, &err), &err);
    check(np_modem_delete(&on->modem, TAG, NP_CREDENTIAL_KEY, &was_there, &err), &err);
    check(np_modem_keygen(&on->modem, &keygen, &exists, &token, &err), &err);
    require(!exists, "the key was not deleted");
    check(np_modem_write(&on->modem, TAG, NP_CREDENTIAL_ROOT_CA, np_bytes_text(root), &form, &err),
          &err);
    check(np_modem_write(&on->modem, TAG, NP_CREDENTIAL_CERTIFICATE, np_bytes_text(root), &form,
                         &err),
          &err);
}

static double run(bench *on)
{
    double start = bench_wall_seconds();
    double now = start;
    unsigned long count = 0;
    while (now - start < RUN_MS / 1000.0) {
        enrol(on);
        count++;
        now = bench_wall_seconds();
    }
    return (double)count / (now - start);
}

/* Milliseconds a command takes longer than the modem, at its typical times. */
static double measure_typical(bench *on)
{
    const double own_us =
        VMODEM_STATE_US + 3 * VMODEM_STORE_US + VMODEM_KEYGEN_US + 2 * VMODEM_LIST_US;
    open_bench(on, "/dev/shm", NP_MODEM_PACE_TYPICAL);
    double start = bench_wall_seconds();
    enrol(on);
    double took_us = (bench_wall_seconds() - start) * 1e6;
    close_bench(on);
    return (took_us - own_us) / 1000 / COMMANDS;
}

static void write_json(const char *path, double memory, double disk, double typical_ms)
{
    FILE *file = fopen(path, "w");
    require(file != NULL, "the JSON cannot be written");
    fprintf(file, "{\n  \"tmpfs_per_second\": %.1f,\n  \"disk_per_second\": %.1f,\n", memory, disk);
    fprintf(file, "  \"syncs\": %d,\n  \"command_ms_besides_modem\": %.3f\n}\n",
            STORES * SYNCS_PER_STORE, typical_ms);
    fclose(file);
}

int main(int argc, char **argv)
{
    static bench memory;
    static bench disk;
    static bench typical;
    double memory_rates[RUNS];
    double disk_rates[RUNS];
    open_bench(&memory, "/dev/shm", NP_MODEM_PACE_ZERO);
    open_bench(&disk, argc > 1 ? argv[1] : ".", NP_MODEM_PACE_ZERO);
    for (unsigned i = 0; i < RUNS; i++) {
        memory_rates[i] = run(&memory);
        disk_rates[i] = run(&disk);
    }
    close_bench(&memory);
    close_bench(&disk);
    double typical_ms = measure_typical(&typical);
    double memory_rate = bench_median(memory_rates, RUNS);
    double disk_rate = bench_median(disk_rates, RUNS);
    printf("enrolments over a terminal, %d commands each\n\n", (int)COMMANDS);
    printf("%-44s %8.0f /s   goal: at least %d\n", "no modem time, state on tmpfs", memory_rate,
           (int)GOAL_RATE);
    printf("%-44s %8.0f /s   %d syncs each\n", "no modem time, state on disk", disk_rate,
           STORES * SYNCS_PER_STORE);
    printf("%-44s %8.2f ms   goal: less than %d\n", "a command besides the modem's typical time",
           typical_ms, (int)GOAL_COMMAND_MS);
    if (argc > 2) {
        write_json(argv[2], memory_rate, disk_rate, typical_ms);
    }
    return 0;
}
