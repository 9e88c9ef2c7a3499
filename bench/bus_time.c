/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What operations cost on the bus and in the chip, by the virtual bus's own clock and counters: the
 * same figures on every machine. A table on stdout; with a file name as argument, JSON there. The
 * exit status is 1 when a limit is exceeded.
 *
 * bytes: as specs of timing count them, address and data bytes of the commands alone. total: from
 * the first transaction to the last, wakes and sleeps included. ratio: total to chip execution,
 * wire without polls, and one wake and sleep a session.
 */
#include "line.h"
#include "nerveskey/aux_plan.h"
#include "nerveskey/settings.h"
#include "policies.h"

#include <stdio.h>
#include <stdlib.h>

enum { WAKE_READ_BYTES = 5, SLEEP_BYTES = 2, NACK_BITS = 11, ROWS_MAX = 192 };

#define WAKE_DELAY_NS UINT64_C(1500000)

typedef struct bench_mark {
    np_virtual_bus_counts bus;
    np_atecc_counts driver;
    uint64_t busy_ns;
    uint64_t now_ns;
    bool is_awake;
} bench_mark;

typedef struct bench_row {
    const char *operation;
    const char *model;
    const char *pace;
    uint32_t clock_hz;
    uint64_t commands;
    uint64_t bytes;
    uint64_t sessions;
    double chip_ms;
    double total_ms;
    double ratio;
    double limit_ms; /* 0: none is set */
    double limit_ratio;
} bench_row;

typedef struct bench_report {
    bench_row rows[ROWS_MAX];
    size_t count;
} bench_report;

typedef struct bench_scene {
    bench_line line;
    bench_mark verify_begins;
    bench_report *report;
} bench_scene;

static bench_mark take_mark(const bench_line *line)
{
    return (bench_mark){.bus = line->bus.counts,
                        .driver = line->device.counts,
                        .busy_ns = np_virtual_chip_busy_ns(line->chip),
                        .now_ns = line->bus.now_ns,
                        .is_awake = line->device.is_awake};
}

/* What a faster bus needs as wake token: 60 us of zero bits, the address byte included. */
static uint64_t token_bytes(uint32_t clock_hz)
{
    uint64_t bits = (60 * (uint64_t)clock_hz + 999999) / 1000000;
    return (bits + 7) / 8;
}

static bench_row *add_row(bench_report *report, const char *operation, const bench_line *line,
                          const bench_mark *from, const bench_mark *to)
{
    static const char *const paces[] = {"typical", "maximum", "zero"};
    uint64_t sessions = to->driver.sessions - from->driver.sessions;
    uint64_t nacks = to->bus.nacks - from->bus.nacks;
    uint64_t token_nacks = token_bytes(line->clock_hz) == 1 ? sessions : 0;
    uint64_t polls = nacks - (nacks < token_nacks ? nacks : token_nacks);
    uint64_t chip_ns = to->busy_ns - from->busy_ns;
    uint64_t wire_ns = to->bus.wire_ns - from->bus.wire_ns -
                       polls * NACK_BITS * UINT64_C(1000000000) / line->clock_hz;
    uint64_t total_ns = to->now_ns - from->now_ns;
    uint64_t sleeps = sessions + from->is_awake - to->is_awake;
    uint64_t overhead =
        sessions * (token_bytes(line->clock_hz) + WAKE_READ_BYTES) + sleeps * SLEEP_BYTES + polls;
    bench_row *added = &report->rows[report->count++];
    *added = (bench_row){.operation = operation,
                         .model = np_atecc_model_name(line->options.model),
                         .pace = paces[line->options.pace],
                         .clock_hz = line->clock_hz,
                         .commands = to->driver.commands - from->driver.commands,
                         .bytes = to->bus.bytes - from->bus.bytes - overhead,
                         .sessions = sessions,
                         .chip_ms = (double)chip_ns / 1e6,
                         .total_ms = (double)total_ns / 1e6};
    added->ratio = (double)total_ns / (double)(chip_ns + wire_ns + sessions * WAKE_DELAY_NS);
    return added;
}

static np_code note_verify(void *self, const np_plan *plan, size_t step_index, np_error *err)
{
    (void)err;
    bench_scene *scene = self; /* the line is its first member */
    if (plan->steps[step_index].kind == NP_STEP_VERIFY) {
        scene->verify_begins = take_mark(&scene->line);
    }
    return NP_OK;
}

/* The limits are set for a 508A at 100 kHz and typical times; ratios for every row of it. */
static void set_limits(bench_row *row, const bench_line *line, double limit_ms)
{
    if (line->options.model != NP_ATECC508A) {
        return;
    }
    bool is_typical = line->options.pace == NP_PACE_TYPICAL;
    row->limit_ratio = line->clock_hz == 100000 ? (is_typical ? 1.02 : 1.05) : 0;
    row->limit_ms = is_typical && line->clock_hz == 100000 ? limit_ms : 0;
}

static void measure_provisioning(bench_scene *scene)
{
    bench_line *line = &scene->line;
    bench_mark start = take_mark(line);
    bench_line_provision(line, note_verify);
    bench_mark end = take_mark(line);
    set_limits(add_row(scene->report, "provision", line, &start, &scene->verify_begins), line, 700);
    set_limits(add_row(scene->report, "verification after it", line, &scene->verify_begins, &end),
               line, 130);
}

static void measure_reading(bench_scene *scene, const char *operation, double limit_ms)
{
    bench_line *line = &scene->line;
    np_identity identity;
    np_error err;
    bench_mark start = take_mark(line);
    bench_check(np_identity_read(&line->device, &identity, &err), &err);
    bench_check(np_atecc_sleep(&line->device, &err), &err);
    bench_mark end = take_mark(line);
    set_limits(add_row(scene->report, operation, line, &start, &end), line, limit_ms);
}

static void measure_signing(bench_scene *scene)
{
    static const uint8_t digest[32] = {1};
    bench_line *line = &scene->line;
    uint8_t signature[64];
    np_error err;
    bench_mark start = take_mark(line);
    bench_check(np_atecc_sign(&line->device, 0, digest, signature, &err), &err);
    bench_check(np_atecc_sleep(&line->device, &err), &err);
    bench_mark end = take_mark(line);
    set_limits(add_row(scene->report, "sign", line, &start, &end), line, 57);
}

static np_code put_settings(bench_line *line, np_error *err)
{
    uint8_t area[NP_SETTINGS_SIZE];
    for (size_t i = 0; i < sizeof(area); i++) {
        area[i] = (uint8_t)(i / NP_ATECC_BLOCK_SIZE + 1);
    }
    size_t capacity = 0;
    return np_settings_write(&line->device, NP_BYTES(area), &capacity, err);
}

static np_code get_settings(bench_line *line, np_error *err)
{
    np_settings area;
    NP_TRY(np_settings_read(&line->device, &area, err));
    return np_atecc_sleep(&line->device, err);
}

static np_code provision_aux(bench_line *line, np_error *err)
{
    np_aux aux;
    np_aux_plan plan;
    NP_TRY(np_aux_read(&line->device, &aux, err));
    NP_TRY(np_aux_plan_compute(&aux, &line->request.signer, line->request.now, &plan, err));
    return np_aux_plan_apply(&plan, &line->device, np_signer_signing(line->signer), &aux, err);
}

static np_code read_aux(bench_line *line, np_error *err)
{
    np_aux aux;
    NP_TRY(np_aux_read(&line->device, &aux, err));
    return np_atecc_sleep(&line->device, err);
}

static np_code clear_aux(bench_line *line, np_error *err)
{
    return np_aux_clear(&line->device, err);
}

typedef struct bench_operation {
    const char *name;
    np_code (*run)(bench_line *line, np_error *err);
} bench_operation;

/* In this order: what is read was written before. */
static const bench_operation rewritable[] = {
    {"settings put", put_settings},         {"settings get", get_settings},
    {"auxiliary provision", provision_aux}, {"auxiliary certificates", read_aux},
    {"auxiliary clear", clear_aux},
};

/* At 100 kHz no more than a twentieth above what chip and wire need. */
static void measure_rewritable(bench_scene *scene)
{
    bench_line *line = &scene->line;
    uint8_t compressed[NP_COMPRESSED_SIZE];
    uint8_t key[64];
    uint8_t fingerprint[32];
    np_signer_compressed(line->signer, compressed);
    np_signer_public_key(line->signer, key);
    np_signer_fingerprint(line->signer, fingerprint);
    const np_plan_signer before = line->request.signer;
    line->request.signer = (np_plan_signer){.certificate = np_signer_certificate(line->signer),
                                            .compressed = compressed,
                                            .public_key = key,
                                            .fingerprint = fingerprint};
    for (size_t i = 0; i < NP_COUNT_OF(rewritable); i++) {
        np_error err;
        bench_mark start = take_mark(line);
        bench_check(rewritable[i].run(line, &err), &err);
        bench_mark end = take_mark(line);
        bench_row *row = add_row(scene->report, rewritable[i].name, line, &start, &end);
        bool is_limited = line->options.model == NP_ATECC508A && line->clock_hz == 100000;
        row->limit_ratio = is_limited ? 1.05 : 0;
    }
    line->request.signer = before;
}

static void measure(bench_report *report, np_atecc_model model, np_chip_pace pace,
                    uint32_t clock_hz)
{
    static const char long_serial[] = "12345678901234567890123456789012";
    bench_scene scene = {.report = report};
    bench_line_open(&scene.line, model, pace, clock_hz);
    measure_provisioning(&scene);
    measure_signing(&scene);
    measure_reading(&scene, "certificates, serial 15", 62);
    measure_rewritable(&scene);
    bench_line_next_chip(&scene.line);
    scene.line.request.serial = np_bytes_text(long_serial);
    bench_line_provision(&scene.line, NULL);
    measure_reading(&scene, "certificates, serial 32", 0);
    bench_line_close(&scene.line);
}

static bool is_over(const bench_row *row)
{
    return (row->limit_ms > 0 && row->total_ms > row->limit_ms) ||
           (row->limit_ratio > 0 && row->ratio > row->limit_ratio);
}

static void print_limit(double limit, int digits)
{
    if (limit > 0) {
        printf("%8.*f", digits, limit);
    } else {
        printf("%8s", "-");
    }
}

static unsigned print_table(const bench_report *report)
{
    unsigned over = 0;
    printf("%-24s %-9s %-7s %5s %4s %6s %5s %8s %8s %8s %7s %7s\n", "operation", "model", "pace",
           "kHz", "cmds", "bytes", "wakes", "chip ms", "total ms", "limit ms", "ratio", "limit");
    for (size_t i = 0; i < report->count; i++) {
        const bench_row *row = &report->rows[i];
        printf("%-24s %-9s %-7s %5u %4u %6u %5u %8.1f %8.1f ", row->operation, row->model,
               row->pace, (unsigned)(row->clock_hz / 1000), (unsigned)row->commands,
               (unsigned)row->bytes, (unsigned)row->sessions, row->chip_ms, row->total_ms);
        print_limit(row->limit_ms, 1);
        printf(" %7.4f", row->ratio);
        print_limit(row->limit_ratio, 2);
        printf("%s\n", is_over(row) ? "  OVER" : "");
        over += is_over(row);
    }
    return over;
}

static void print_policy(const char *name, const policy_cost *cost, double known_ms)
{
    printf("%-24s %-9s typical   100 %4u %6u %27.1f   known: about %.0f ms; refusals %u\n", name,
           "atecc508a", (unsigned)cost->commands, (unsigned)cost->bytes, cost->total_ms, known_ms,
           cost->refusals);
}

static void write_row(FILE *file, const bench_row *row)
{
    fprintf(file,
            "    {\"operation\": \"%s\", \"model\": \"%s\", \"pace\": \"%s\", \"clock_hz\": %u, "
            "\"commands\": %u, \"bytes\": %u, \"sessions\": %u, \"chip_ms\": %.3f, "
            "\"total_ms\": %.3f, \"ratio\": %.5f}",
            row->operation, row->model, row->pace, (unsigned)row->clock_hz, (unsigned)row->commands,
            (unsigned)row->bytes, (unsigned)row->sessions, row->chip_ms, row->total_ms, row->ratio);
}

static void write_json(const char *path, const bench_report *report, const policy_cost policies[2])
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    fprintf(file, "{\n  \"rows\": [\n");
    for (size_t i = 0; i < report->count; i++) {
        write_row(file, &report->rows[i]);
        fprintf(file, "%s\n", i + 1 < report->count ? "," : "");
    }
    fprintf(file, "  ],\n  \"calibration\": {\"nerveskey_ms\": %.3f, \"vendor_ms\": %.3f}\n}\n",
            policies[0].total_ms, policies[1].total_ms);
    fclose(file);
}

int main(int argc, char **argv)
{
    static const uint32_t clocks[] = {100000, 400000, 1000000};
    bench_report report = {.count = 0};
    for (unsigned model = 0; model < NP_ATECC_MODEL_COUNT; model += 2) {
        for (unsigned pace = NP_PACE_TYPICAL; pace <= NP_PACE_MAXIMUM; pace++) {
            for (size_t i = 0; i < NP_COUNT_OF(clocks); i++) {
                measure(&report, (np_atecc_model)model, (np_chip_pace)pace, clocks[i]);
            }
        }
    }
    unsigned over = print_table(&report);
    const policy_cost policies[2] = {policy_nerveskey(), policy_vendor()};
    printf("\ncalibration: the same model under the waiting of other software\n");
    print_policy("NervesKey, provision", &policies[0], 4040);
    print_policy("vendor, provision", &policies[1], 979);
    if (argc > 1) {
        write_json(argv[1], &report, policies);
    }
    return over > 0 ? 1 : 0;
}
