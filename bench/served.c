/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What our client of a served chip costs: signatures (Nonce and Sign in a session of their own,
 * with the bus held) by the driver over unix:, against a bare client that replays the very same
 * messages and does nothing else, on the same server in the same run. At zero chip time; medians of
 * five alternating runs, in wall-clock time, because most of it is spent in the server. A table on
 * stdout; with a file name as argument, JSON there.
 */
#include "atecc/device.h"
#include "line.h"
#include "link/server.h"
#include "link/socket_client.h"
#include "measure.h"
#include "virtual/image.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    RUNS = 5,
    RUN_MS = 500, /* not tuned: long enough for two digits */
    BATCH = 16,   /* calls between looks at the clock */
    STEPS_MAX = 32,
    WRITE_MAX = 160,
};

/* A transaction as the driver made it, and how long it had waited before. */
typedef struct recorded_step {
    uint64_t wait_ns;
    socket_step step;
    uint8_t data[WRITE_MAX];
} recorded_step;

typedef struct recorder {
    np_bus inner;
    bool is_on;
    uint64_t wait_ns;
    size_t count;
    recorded_step steps[STEPS_MAX];
} recorder;

typedef struct bench {
    char folder[64];
    char file[80];
    char socket[80];
    char uri[96];
    pid_t server;
    np_link *link;
    recorder recorder;
    np_atecc device;
    socket_client bare;
} bench;

static const uint8_t digest[32] = {1, 2, 3};

static void require(bool is_good, const char *what)
{
    if (!is_good) {
        fprintf(stderr, "bench: %s\n", what);
        exit(1);
    }
}

static void record(recorder *on, const socket_step *step)
{
    if (!on->is_on) {
        return;
    }
    require(on->count < STEPS_MAX && step->data.len <= WRITE_MAX, "too much to record");
    recorded_step *kept = &on->steps[on->count++];
    *kept = (recorded_step){.wait_ns = on->wait_ns, .step = *step};
    if (step->data.len > 0) {
        memcpy(kept->data, step->data.data, step->data.len);
    }
    kept->step.data.data = kept->data;
    on->wait_ns = 0;
}

static np_code bus_write(void *self, uint8_t address, np_bytes data, bool *ret_acked, np_error *err)
{
    recorder *on = self;
    record(on, &(socket_step){.kind = SOCKET_WRITE, .address = address, .data = data});
    return on->inner.ops->write(on->inner.self, address, data, ret_acked, err);
}

static np_code bus_read(void *self, uint8_t address, uint8_t *ret_data, size_t size,
                        bool *ret_acked, np_error *err)
{
    recorder *on = self;
    record(on, &(socket_step){.kind = SOCKET_READ, .address = address, .size = size});
    return on->inner.ops->read(on->inner.self, address, ret_data, size, ret_acked, err);
}

static uint64_t bus_now_ns(void *self)
{
    const recorder *on = self;
    return on->inner.ops->now_ns(on->inner.self);
}

static void bus_wait_until_ns(void *self, uint64_t deadline_ns)
{
    recorder *on = self;
    uint64_t now_ns = bus_now_ns(on);
    on->wait_ns += deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    on->inner.ops->wait_until_ns(on->inner.self, deadline_ns);
}

static np_code bus_hold(void *self, np_error *err)
{
    recorder *on = self;
    return np_bus_hold(&on->inner, err);
}

static void bus_release(void *self)
{
    recorder *on = self;
    np_bus_release(&on->inner);
}

/* Write-through is not there: the bus of this benchmark runs at 100 kHz. */
static const np_bus_ops recording_bus = {.write = bus_write,
                                         .read = bus_read,
                                         .now_ns = bus_now_ns,
                                         .wait_until_ns = bus_wait_until_ns,
                                         .hold = bus_hold,
                                         .release = bus_release};

static void sign_by_driver(bench *on)
{
    np_error err;
    uint8_t signature[64];
    bench_check(np_atecc_sign(&on->device, 0, digest, signature, &err), &err);
    bench_check(np_atecc_sleep(&on->device, &err), &err);
}

static void send(bench *on, const np_writer *writer, np_reader *ret)
{
    np_error err;
    bench_check(socket_client_send(&on->bare, writer, ret, &err), &err);
}

/* The message that asks for the clock when the bus is taken, then one for each transaction. */
static void sign_by_replay(bench *on)
{
    np_reader results = {0};
    np_writer writer = socket_client_begin(&on->bare);
    send(on, &writer, &results);
    for (size_t i = 0; i < on->recorder.count; i++) {
        const recorded_step *kept = &on->recorder.steps[i];
        writer = socket_client_begin(&on->bare);
        if (kept->wait_ns > 0) {
            socket_step wait = {.kind = SOCKET_WAIT, .time_ns = kept->wait_ns};
            socket_encode_step(&wait, &writer);
        }
        socket_encode_step(&kept->step, &writer);
        send(on, &writer, &results);
        bool is_signature = kept->step.size == NP_SIGNATURE_SIZE + 3;
        require(!is_signature || results.rest.len == 1 + kept->step.size, "no signature");
    }
}

static void record_one(bench *on)
{
    on->recorder.is_on = true;
    sign_by_driver(on);
    on->recorder.is_on = false;
}

static void tell_ready(void *self, const socket_greeting *greeting)
{
    (void)greeting;
    require(write(*(const int *)self, "r", 1) == 1, "nobody waits for the server");
}

static void serve(const bench *on, int ready_fd)
{
    np_error err;
    np_server_options options = {.file = on->file,
                                 .socket = on->socket,
                                 .time = SOCKET_TIME_ZERO,
                                 .clock_hz = 100000,
                                 .ready = tell_ready,
                                 .ready_self = &ready_fd};
    bench_check(np_server_run(&options, &err), &err);
    _exit(0);
}

static void store_provisioned_chip(const bench *on)
{
    bench_line line;
    uint8_t image[NP_CHIP_IMAGE_SIZE];
    bench_line_open(&line, NP_ATECC608B, NP_PACE_ZERO, 100000);
    bench_line_provision(&line, NULL);
    np_chip_image_encode(NP_ATECC608B, np_virtual_chip_eeprom(line.chip), image);
    bench_line_close(&line);
    FILE *file = fopen(on->file, "wb");
    require(file != NULL && fwrite(image, 1, sizeof(image), file) == sizeof(image), "no file");
    fclose(file);
}

static void open_bench(bench *on)
{
    int ends[2];
    char ready;
    np_error err;
    np_link_options options = {.lock_wait_ms = 1000};
    snprintf(on->folder, sizeof(on->folder), "/tmp/nameplate-bench-XXXXXX");
    require(mkdtemp(on->folder) != NULL && pipe(ends) == 0, "no folder");
    snprintf(on->file, sizeof(on->file), "%s/kit.chip", on->folder);
    snprintf(on->socket, sizeof(on->socket), "%s/socket", on->folder);
    snprintf(on->uri, sizeof(on->uri), "unix:%s", on->socket);
    store_provisioned_chip(on);
    on->server = fork();
    if (on->server == 0) {
        serve(on, ends[1]);
    }
    require(read(ends[0], &ready, 1) == 1, "the server did not start");
    bench_check(np_link_open(on->uri, &options, &on->link, &err), &err);
    on->recorder.inner = np_link_bus(on->link);
    np_bus bus = {&recording_bus, &on->recorder, on->recorder.inner.clock_hz};
    np_atecc_init(&on->device, bus, np_link_address(on->link));
    record_one(on);
    on->device.bus = on->recorder.inner; /* from here on nothing stands between */
    bench_check(socket_client_open(on->socket, &on->bare, &err), &err);
}

static void close_bench(bench *on)
{
    np_error err;
    bench_check(np_link_close(on->link, &err), &err);
    socket_client_close(&on->bare);
    kill(on->server, SIGTERM);
    waitpid(on->server, NULL, 0);
    unlink(on->file);
    rmdir(on->folder);
}

static double run(bench *on, void (*action)(bench *on))
{
    double start = bench_wall_seconds();
    double now = start;
    unsigned long count = 0;
    while (now - start < RUN_MS / 1000.0) {
        for (unsigned i = 0; i < BATCH; i++) {
            action(on);
        }
        count += BATCH;
        now = bench_wall_seconds();
    }
    return (double)count / (now - start);
}

static void write_json(const char *path, double driver, double bare)
{
    FILE *file = fopen(path, "w");
    require(file != NULL, "the JSON cannot be written");
    fprintf(file, "{\n  \"driver_per_second\": %.1f,\n  \"bare_per_second\": %.1f,\n", driver,
            bare);
    fprintf(file, "  \"ratio\": %.4f\n}\n", driver / bare);
    fclose(file);
}

int main(int argc, char **argv)
{
    bench *on = calloc(1, sizeof(*on));
    double driver[RUNS];
    double bare[RUNS];
    require(on != NULL, "no memory");
    open_bench(on);
    for (unsigned i = 0; i < RUNS; i++) {
        driver[i] = run(on, sign_by_driver);
        bare[i] = run(on, sign_by_replay);
    }
    close_bench(on);
    free(on);
    double driver_rate = bench_median(driver, RUNS);
    double bare_rate = bench_median(bare, RUNS);
    printf("%-40s %8.0f /s\n%-40s %8.0f /s\n\n", "sign on a served chip, driver", driver_rate,
           "the same messages, bare client", bare_rate);
    printf("driver to bare client                       %.3f   goal: at least 0.90\n",
           driver_rate / bare_rate);
    if (argc > 1) {
        write_json(argv[1], driver_rate, bare_rate);
    }
    return 0;
}
