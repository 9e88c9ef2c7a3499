/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a line of bays costs beside the chips: virtual chips at typical times on virtual buses at
 * 100 kHz, each of whose transactions and waits takes its time on the wall as well. One bay and 32
 * bays make a unit each, on a file whose syncs take what they take, and on one where each takes
 * 5 ms more; beside them the same chip by plan and apply alone. Medians of five alternating runs.
 * Without the wall's time, on virtual clocks alone: CPU time of all threads, which is what the
 * station itself takes for a unit; a busy machine does not change it. Idle: 32 bays with units that
 * have their results, looked at every 500 ms; CPU time of all threads. The folder for files is
 * given first, the file for JSON second.
 */
#include "line.h"
#include "measure.h"
#include "nerveskey/layout.h"
#include "record/file.h"
#include "station/line.h"

#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    RUNS = 5,
    BAYS = 32,
    SLOW_SYNC_MS = 5,
    IDLE_MS = 4000,
    CLOCK_HZ = 100000,
    NS_PER_S = 1000000000,
};

typedef enum subject {
    ALONE,
    ONE,
    MANY,
    ONE_SLOW,
    MANY_SLOW,
    ALONE_CPU,
    UNIT_CPU,
    SUBJECT_COUNT
} subject;

static const char *const names[SUBJECT_COUNT] = {
    [ALONE] = "plan and apply alone",
    [ONE] = "1 bay",
    [MANY] = "32 bays",
    [ONE_SLOW] = "1 bay, syncs of 5 ms",
    [MANY_SLOW] = "32 bays, syncs of 5 ms",
    [ALONE_CPU] = "CPU, plan and apply alone",
    [UNIT_CPU] = "CPU, a unit of 32",
};

/* A chip whose time is the wall's. */
typedef struct paced_chip {
    np_virtual_chip *chip;
    np_virtual_bus wires;
    np_bus inner;
    np_random_seeded seeded;
    uint64_t began_ns; /* on the wall, when the wires' clock was 0 */
} paced_chip;

typedef struct slow_file {
    np_record_file file;
    np_record_storage inner;
    unsigned sync_ms;
    char path[PATH_MAX];
} slow_file;

typedef struct bench {
    const char *folder;
    bench_line line; /* the signer, and the chip alone */
    uint8_t compressed[NP_COMPRESSED_SIZE];
    uint8_t key[64];
    uint8_t fingerprint[32];
    np_signer *station_signer; /* its key signs the record */
    np_station_config config;
    np_station_chip_product product;
    np_station_hooks hooks;
    np_station_parts parts;
    paced_chip chips[BAYS];
    slow_file record;
    slow_file intents;
    bool is_virtual; /* time is the wires' alone */
    double samples[SUBJECT_COUNT][RUNS];
    double idle;
} bench;

static uint64_t wall_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * NS_PER_S + (uint64_t)now.tv_nsec;
}

/* The wall catches up with the wires. */
static void pace(const paced_chip *chip)
{
    uint64_t until = chip->began_ns + chip->wires.now_ns;
    const struct timespec time = {.tv_sec = (time_t)(until / NS_PER_S),
                                  .tv_nsec = (long)(until % NS_PER_S)};
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) != 0) {
    }
}

static np_code bus_write(void *self, uint8_t address, np_bytes data, bool *ret_acked, np_error *err)
{
    paced_chip *chip = self;
    np_code code = chip->inner.ops->write(chip->inner.self, address, data, ret_acked, err);
    pace(chip);
    return code;
}

static np_code bus_write_through(void *self, uint8_t address, np_bytes data, np_error *err)
{
    paced_chip *chip = self;
    np_code code = chip->inner.ops->write_through(chip->inner.self, address, data, err);
    pace(chip);
    return code;
}

static np_code bus_read(void *self, uint8_t address, uint8_t *ret_data, size_t size,
                        bool *ret_acked, np_error *err)
{
    paced_chip *chip = self;
    np_code code = chip->inner.ops->read(chip->inner.self, address, ret_data, size, ret_acked, err);
    pace(chip);
    return code;
}

/* What the station takes between two transactions is chip time as well: a real clock goes on. */
static uint64_t bus_now_ns(void *self)
{
    paced_chip *chip = self;
    uint64_t now = wall_ns() - chip->began_ns;
    if (now > chip->wires.now_ns) {
        chip->inner.ops->wait_until_ns(chip->inner.self, now);
    }
    return chip->wires.now_ns;
}

static void bus_wait_until_ns(void *self, uint64_t deadline_ns)
{
    paced_chip *chip = self;
    chip->inner.ops->wait_until_ns(chip->inner.self, deadline_ns);
    pace(chip);
}

static const np_bus_ops paced_bus = {.write = bus_write,
                                     .write_through = bus_write_through,
                                     .read = bus_read,
                                     .now_ns = bus_now_ns,
                                     .wait_until_ns = bus_wait_until_ns};

static np_bus open_bus(paced_chip *chip, bool is_virtual)
{
    np_virtual_bus_init(&chip->wires, CLOCK_HZ, chip->chip);
    chip->inner = np_virtual_bus_table(&chip->wires);
    chip->began_ns = wall_ns();
    return is_virtual ? chip->inner
                      : (np_bus){.ops = &paced_bus, .self = chip, .clock_hz = CLOCK_HZ};
}

static void next_chip(paced_chip *chip, unsigned number)
{
    np_chip_serial serial = {{0, 0, 1, 2, 3, 4, 5, (uint8_t)number, 0}};
    const np_virtual_chip_options options = {
        .model = NP_ATECC508A, .pace = NP_PACE_TYPICAL, .random = np_random_by_seed(&chip->seeded)};
    chip->seeded.seed = number + 1;
    np_virtual_chip_free(chip->chip);
    chip->chip = np_virtual_chip_new(&options, &serial);
}

/* Files */

static np_code slow_sync(void *self, np_error *err)
{
    slow_file *file = self;
    np_code code = file->inner.sync(file->inner.self, err);
    (void)poll(NULL, 0, (int)file->sync_ms);
    return code;
}

/* The other functions of the table are the file's own, whose self is the first member. */
_Static_assert(offsetof(slow_file, file) == 0, "a slow file is a file");

static np_record_storage open_file(slow_file *file, const char *folder, const char *name,
                                   unsigned sync_ms)
{
    (void)snprintf(file->path, sizeof(file->path), "%s/station-bench.%s", folder, name);
    unlink(file->path);
    file->sync_ms = sync_ms;
    file->inner = np_record_file_storage(&file->file, file->path);
    np_record_storage storage = file->inner;
    storage.self = file;
    storage.sync = slow_sync;
    return storage;
}

/* Bays */

static np_code open_chip(void *self, const np_station_bay *bay, np_station_chip *ret, np_error *err)
{
    bench *on = self;
    paced_chip *chip = &on->chips[bay - on->config.bays];
    (void)err;
    *ret = (np_station_chip){.bus = open_bus(chip, on->is_virtual),
                             .address = NP_ATECC_DEFAULT_ADDRESS};
    return NP_OK;
}

static np_code close_chip(void *self, np_station_chip *chip, np_error *err)
{
    (void)self;
    (void)chip;
    (void)err;
    return NP_OK;
}

static int64_t now_ms(void *self)
{
    (void)self;
    return (int64_t)BENCH_NOW * 1000;
}

/* Events until that many units have their results. */
static void await_results(np_line *line, unsigned count)
{
    np_station_event event;
    while (count > 0) {
        struct pollfd fd = {.fd = np_line_fd(line), .events = POLLIN};
        (void)poll(&fd, 1, -1);
        while (np_line_next(line, &event)) {
            bool is_result = event.kind == NP_STATION_RESULT;
            if (is_result && event.result != NP_RESULT_PASS) {
                fprintf(stderr, "bench: %s\n", event.message);
                exit(1);
            }
            count -= is_result ? 1 : 0;
        }
    }
}

static void measure_idle(bench *on)
{
    double cpu = bench_cpu_seconds();
    double wall = bench_wall_seconds();
    (void)poll(NULL, 0, IDLE_MS);
    on->idle = 100 * (bench_cpu_seconds() - cpu) / (bench_wall_seconds() - wall);
}

/* One unit in each bay: milliseconds from the start to the last result. */
static double run_bays(bench *on, unsigned bays, unsigned sync_ms, bool then_idle)
{
    np_error err;
    np_ledger *ledger = NULL;
    np_ledger_found found;
    np_line *line = NULL;
    np_record_storage record = open_file(&on->record, on->folder, "npj", sync_ms);
    np_record_storage intents = open_file(&on->intents, on->folder, "npj.intents", sync_ms);
    const np_ledger_options ledger_options = {
        .record = &record,
        .intents = &intents,
        .station = np_signer_signing(on->station_signer),
        .station_name = np_bytes_text("bench"),
        .issuer = np_signer_certificate(on->line.signer)->der,
        .serials = &on->config.product.serials,
        .first = 1,
    };
    on->config.bay_count = bays;
    for (unsigned i = 0; i < bays; i++) {
        next_chip(&on->chips[i], i);
    }
    bench_check(np_ledger_open(&ledger_options, BENCH_NOW, &ledger, &found, &err), &err);
    const np_line_options options = {.config = &on->config,
                                     .ledger = ledger,
                                     .parts = &on->parts,
                                     .hooks = &on->hooks,
                                     .chip = &on->product,
                                     .issuer = np_signer_certificate(on->line.signer)->der,
                                     .signing = np_signer_signing(on->line.signer),
                                     .random = np_random_system()};
    double began = bench_wall_seconds();
    bench_check(np_line_start(&options, &line, &err), &err);
    await_results(line, bays);
    double took = bench_wall_seconds() - began;
    if (then_idle) {
        measure_idle(on);
    }
    bench_check(np_line_finish(line, &err), &err);
    np_ledger_free(ledger);
    np_record_file_close(&on->record.file);
    np_record_file_close(&on->intents.file);
    unlink(on->record.path);
    unlink(on->intents.path);
    return 1000 * took;
}

static double run_alone(bench *on)
{
    next_chip(&on->chips[0], 0);
    double began = bench_wall_seconds();
    np_atecc_init(&on->line.device, open_bus(&on->chips[0], on->is_virtual),
                  NP_ATECC_DEFAULT_ADDRESS);
    bench_line_provision(&on->line, NULL);
    return 1000 * (bench_wall_seconds() - began);
}

static void set_up(bench *on)
{
    np_error err;
    bench_line_open(&on->line, NP_ATECC508A, NP_PACE_TYPICAL, CLOCK_HZ);
    on->line.options.random = np_random_system();
    bench_check(np_signer_create(BENCH_NOW, 10, &on->station_signer, &err), &err);
    np_signer_compressed(on->line.signer, on->compressed);
    np_signer_public_key(on->line.signer, on->key);
    np_signer_fingerprint(on->line.signer, on->fingerprint);
    on->product = (np_station_chip_product){
        .layout = &np_layouts[NP_LAYOUT_NERVESKEY],
        .signer = {.certificate = np_signer_certificate(on->line.signer),
                   .compressed = on->compressed,
                   .public_key = on->key,
                   .fingerprint = on->fingerprint},
    };
    on->hooks = (np_station_hooks){.now_ms = now_ms, .self = on};
    on->parts = (np_station_parts){.open_chip = open_chip, .close_chip = close_chip, .self = on};
    bench_check(np_serials_parse("T-{6}", &on->config.product.serials, &err), &err);
    on->config.policy.poll_ms = 500;
    for (unsigned i = 0; i < BAYS; i++) {
        (void)snprintf(on->config.bays[i].name, sizeof(on->config.bays[i].name), "%u", i + 1);
        (void)snprintf(on->config.bays[i].chip, sizeof(on->config.bays[i].chip), "bay %u", i + 1);
    }
}

static double alone_cpu_ms(bench *on)
{
    double cpu = bench_cpu_seconds();
    for (unsigned i = 0; i < BAYS; i++) {
        (void)run_alone(on);
    }
    return 1000 * (bench_cpu_seconds() - cpu) / BAYS;
}

static double unit_cpu_ms(bench *on)
{
    double cpu = bench_cpu_seconds();
    (void)run_bays(on, BAYS, 0, false);
    return 1000 * (bench_cpu_seconds() - cpu) / BAYS;
}

static void measure_cpu(bench *on, unsigned run)
{
    on->is_virtual = true;
    on->samples[ALONE_CPU][run] = alone_cpu_ms(on);
    on->samples[UNIT_CPU][run] = unit_cpu_ms(on);
    on->is_virtual = false;
}

static void measure(bench *on)
{
    for (unsigned run = 0; run < RUNS; run++) {
        on->samples[ALONE][run] = run_alone(on);
        on->samples[ONE][run] = run_bays(on, 1, 0, false);
        on->samples[MANY][run] = run_bays(on, BAYS, 0, run == 0);
        on->samples[ONE_SLOW][run] = run_bays(on, 1, SLOW_SYNC_MS, false);
        on->samples[MANY_SLOW][run] = run_bays(on, BAYS, SLOW_SYNC_MS, false);
        measure_cpu(on, run);
    }
}

static void report(const bench *on, const double *ms, const char *path)
{
    double overhead = ms[UNIT_CPU] - ms[ALONE_CPU];
    for (unsigned i = 0; i < SUBJECT_COUNT; i++) {
        printf("%-26s %8.2f ms\n", names[i], ms[i]);
    }
    printf("%-26s %8.2f ms (at most 5)\n", "the station's own CPU", overhead);
    printf("%-26s %8.3f    (at most 1.1)\n", "32 bays to 1", ms[MANY] / ms[ONE]);
    printf("%-26s %8.3f    (at most 1.1)\n", "the same, slow syncs", ms[MANY_SLOW] / ms[ONE_SLOW]);
    printf("%-26s %8.2f %%  (at most 2)\n", "idle, of one core", on->idle);
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    fprintf(file,
            "{\"alone_ms\":%.1f,\"one_ms\":%.1f,\"many_ms\":%.1f,\"one_slow_ms\":%.1f,"
            "\"many_slow_ms\":%.1f,\"overhead_cpu_ms\":%.2f,\"ratio\":%.3f,\"ratio_slow\":%.3f,"
            "\"idle_percent\":%.2f,\"bays\":%d}\n",
            ms[ALONE], ms[ONE], ms[MANY], ms[ONE_SLOW], ms[MANY_SLOW], overhead, ms[MANY] / ms[ONE],
            ms[MANY_SLOW] / ms[ONE_SLOW], on->idle, BAYS);
    fclose(file);
}

int main(int argc, char **argv)
{
    double ms[SUBJECT_COUNT];
    if (argc != 3) {
        fprintf(stderr, "usage: %s FOLDER FILE.json\n", argv[0]);
        return 2;
    }
    bench *on = calloc(1, sizeof(*on));
    if (on == NULL) {
        return 1;
    }
    on->folder = argv[1];
    set_up(on);
    measure(on);
    for (unsigned i = 0; i < SUBJECT_COUNT; i++) {
        ms[i] = bench_median(on->samples[i], RUNS);
    }
    report(on, ms, argv[2]);
    for (unsigned i = 0; i < BAYS; i++) {
        np_virtual_chip_free(on->chips[i].chip);
    }
    np_signer_free(on->station_signer);
    bench_line_close(&on->line);
    free(on);
    return 0;
}
