/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the PKCS #11 module costs: C_SignInit and C_Sign on a served chip, against a bare client
 * that replays the very same messages (taking the bus, wake, Nonce, Sign, sleep) and does nothing
 * else, in alternating blocks on the same server. At zero chip time the ratio of rates; at typical
 * time what is between the chip's own clock and the sum of what data sheet and wire ask for. With a
 * file name as argument, JSON there. (The messages are seen because socket_client_send is wrapped.)
 */
#include "line.h"
#include "link/server.h"
#include "link/socket_client.h"
#include "measure.h"
#include "pkcs11/cryptoki.h"
#include "virtual/image.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    RUNS = 7,
    RUN_MS = 300, /* not tuned: long enough for two digits */
    BATCH = 16,   /* calls between looks at the clock */
    MESSAGES_MAX = 48,
    BUS_HZ = 100000,
};

/* Milliseconds of a 608B (specs of the chip 5) and its wake token and delay (1.2). */
static const double typical_ms = 0.1 + 42.0;
static const double wake_ms = 1.5;

typedef struct message {
    uint64_t wait_ns; /* before it, on the chip's clock */
    uint8_t body[SOCKET_BODY_MAX];
    size_t len;
    size_t result_len;
    bool is_acked; /* its transaction */
} message;

/* What the wrapped function sees. */
static struct {
    bool is_on;
    size_t count;
    message messages[MESSAGES_MAX];
    uint64_t first_ns; /* on the chip's clock, before the first message and after the last */
    uint64_t last_ns;
} recorder;

typedef struct bench {
    char folder[64];
    char file[80];
    char socket[80];
    pid_t server;
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
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

np_code __real_socket_client_send(socket_client *client, const np_writer *request,
                                  np_reader *ret_results, np_error *err);
np_code __wrap_socket_client_send(socket_client *client, const np_writer *request,
                                  np_reader *ret_results, np_error *err);

/* A wait that stands first in a message is until a time that will be over: it becomes a span. */
static void keep(const socket_client *client, const np_writer *request)
{
    require(recorder.count < MESSAGES_MAX, "too much to record");
    message *kept = &recorder.messages[recorder.count++];
    np_reader reader = np_reader_of(np_bytes_of(request->data, request->len));
    np_reader all = reader;
    socket_step step;
    kept->wait_ns = 0;
    if (socket_decode_step(&reader, &step) && step.kind == SOCKET_WAIT_UNTIL) {
        kept->wait_ns = step.time_ns > client->now_ns ? step.time_ns - client->now_ns : 0;
        all = reader;
    }
    kept->len = all.rest.len;
    if (all.rest.len > 0) {
        memcpy(kept->body, all.rest.data, all.rest.len);
    }
}

np_code __wrap_socket_client_send(socket_client *client, const np_writer *request,
                                  np_reader *ret_results, np_error *err)
{
    if (recorder.is_on) {
        recorder.first_ns = recorder.count == 0 ? client->now_ns : recorder.first_ns;
        keep(client, request);
    }
    np_code code = __real_socket_client_send(client, request, ret_results, err);
    if (recorder.is_on && code == NP_OK) {
        message *kept = &recorder.messages[recorder.count - 1];
        kept->result_len = ret_results->rest.len;
        kept->is_acked = ret_results->rest.len > 0 && ret_results->rest.data[0] != 0;
        recorder.last_ns = client->now_ns;
    }
    return code;
}

static void sign_by_module(bench *on)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    uint8_t data[32];
    uint8_t signature[64];
    CK_ULONG len = sizeof(signature);
    memcpy(data, digest, sizeof(data));
    require(C_SignInit(on->session, &mechanism, on->key) == CKR_OK, "C_SignInit failed");
    require(C_Sign(on->session, data, sizeof(data), signature, &len) == CKR_OK, "C_Sign failed");
}

static void sign_by_replay(bench *on)
{
    np_error err;
    for (size_t i = 0; i < recorder.count; i++) {
        const message *kept = &recorder.messages[i];
        np_reader results = {0};
        np_writer writer = socket_client_begin(&on->bare);
        if (kept->wait_ns > 0) {
            socket_step wait = {.kind = SOCKET_WAIT, .time_ns = kept->wait_ns};
            socket_encode_step(&wait, &writer);
        }
        np_write_bytes(&writer, np_bytes_of(kept->body, kept->len));
        bench_check(__real_socket_client_send(&on->bare, &writer, &results, &err), &err);
        require(results.rest.len == kept->result_len, "the chip answers the replay otherwise");
    }
}

static void tell_ready(void *self, const socket_greeting *greeting)
{
    (void)greeting;
    require(write(*(const int *)self, "r", 1) == 1, "nobody waits for the server");
}

static void serve(const bench *on, socket_time time, int ready_fd)
{
    np_error err;
    np_server_options options = {.file = on->file,
                                 .socket = on->socket,
                                 .time = time,
                                 .clock_hz = BUS_HZ,
                                 .ready = tell_ready,
                                 .ready_self = &ready_fd};
    bench_check(np_server_run(&options, &err), &err);
    _exit(0);
}

static void store_provisioned_chip(const bench *on)
{
    bench_line line;
    uint8_t image[NP_CHIP_IMAGE_SIZE];
    bench_line_open(&line, NP_ATECC608B, NP_PACE_ZERO, BUS_HZ);
    bench_line_provision(&line, NULL);
    np_chip_image_encode(NP_ATECC608B, np_virtual_chip_eeprom(line.chip), image);
    bench_line_close(&line);
    FILE *file = fopen(on->file, "wb");
    require(file != NULL && fwrite(image, 1, sizeof(image), file) == sizeof(image), "no file");
    fclose(file);
}

static void start_server(bench *on, socket_time time)
{
    int ends[2];
    char ready;
    require(pipe(ends) == 0, "no pipe");
    on->server = fork();
    if (on->server == 0) {
        serve(on, time, ends[1]);
    }
    require(read(ends[0], &ready, 1) == 1, "the server did not start");
    close(ends[0]);
    close(ends[1]);
}

/* A warm signature is recorded, so that no reading of certificates is in it. */
static void open_bench(bench *on, socket_time time)
{
    np_error err;
    CK_ULONG count = 0;
    CK_OBJECT_CLASS class = CKO_PRIVATE_KEY;
    CK_ATTRIBUTE template = {CKA_CLASS, &class, sizeof(class)};
    start_server(on, time);
    require(C_Initialize(NULL) == CKR_OK, "C_Initialize failed");
    require(C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &on->session) == CKR_OK, "no session");
    require(C_FindObjectsInit(on->session, &template, 1) == CKR_OK, "no search");
    require(C_FindObjects(on->session, &on->key, 1, &count) == CKR_OK && count == 1, "no key");
    require(C_FindObjectsFinal(on->session) == CKR_OK, "no end");
    sign_by_module(on);
    recorder.count = 0;
    recorder.is_on = true;
    sign_by_module(on);
    recorder.is_on = false;
    bench_check(socket_client_open(on->socket, &on->bare, &err), &err);
}

static void close_bench(bench *on)
{
    require(C_Finalize(NULL) == CKR_OK, "C_Finalize failed");
    socket_client_close(&on->bare);
    kill(on->server, SIGTERM);
    waitpid(on->server, NULL, 0);
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

/*
 * Nine bit times a byte, address bytes too, a start and a stop a transaction (specs of timing 7).
 * Of what nobody acknowledges, such as a wake token, the address byte is on the wire alone; reads
 * that are refused while the chip works are what a driver may save.
 */
static double wire_ms(void)
{
    double bits = 0;
    for (size_t i = 0; i < recorder.count; i++) {
        const message *sent = &recorder.messages[i];
        np_reader reader = np_reader_of(np_bytes_of(sent->body, sent->len));
        socket_step step;
        while (reader.rest.len > 0 && socket_decode_step(&reader, &step)) {
            bool is_needed =
                step.kind == SOCKET_WRITE || (step.kind == SOCKET_READ && sent->is_acked);
            size_t bytes = 1 + (sent->is_acked ? step.data.len + step.size : 0);
            bits += is_needed ? 9.0 * (double)bytes + 2 : 0;
        }
    }
    return bits * 1000 / BUS_HZ;
}

typedef struct bench_result {
    double module_rate;
    double bare_rate;
    double chip_ms; /* of one signature, on the chip's clock */
    double needed_ms;
} bench_result;

static bench_result measure(bench *on)
{
    bench_result result;
    double module[RUNS];
    double bare[RUNS];
    open_bench(on, SOCKET_TIME_ZERO);
    for (unsigned i = 0; i < RUNS; i++) {
        module[i] = run(on, sign_by_module);
        bare[i] = run(on, sign_by_replay);
    }
    close_bench(on);
    result.module_rate = bench_median(module, RUNS);
    result.bare_rate = bench_median(bare, RUNS);
    open_bench(on, SOCKET_TIME_TYPICAL);
    result.chip_ms = (double)(recorder.last_ns - recorder.first_ns) / 1e6;
    result.needed_ms = typical_ms + wake_ms + wire_ms();
    close_bench(on);
    return result;
}

static void write_json(const char *path, const bench_result *result)
{
    FILE *file = fopen(path, "w");
    require(file != NULL, "the JSON cannot be written");
    fprintf(file, "{\n  \"module_per_second\": %.1f,\n  \"bare_per_second\": %.1f,\n",
            result->module_rate, result->bare_rate);
    fprintf(file, "  \"ratio\": %.4f,\n  \"typical_ms\": %.3f,\n  \"added_ms\": %.3f\n}\n",
            result->module_rate / result->bare_rate, result->chip_ms,
            result->chip_ms - result->needed_ms);
    fclose(file);
}

static void make_folder(bench *on)
{
    char uri[96];
    snprintf(on->folder, sizeof(on->folder), "/tmp/nameplate-bench-XXXXXX");
    require(mkdtemp(on->folder) != NULL, "no folder");
    snprintf(on->file, sizeof(on->file), "%s/kit.chip", on->folder);
    snprintf(on->socket, sizeof(on->socket), "%s/socket", on->folder);
    snprintf(uri, sizeof(uri), "unix:%s", on->socket);
    setenv("NAMEPLATE_PKCS11_CONF", "/dev/null", 1);
    setenv("NAMEPLATE_CHIP", uri, 1);
    setenv("NAMEPLATE_CACHE", "", 1);
    unsetenv("NAMEPLATE_PKCS11_LOG");
    store_provisioned_chip(on);
}

static void remove_folder(const bench *on)
{
    char lock[96];
    snprintf(lock, sizeof(lock), "%s.lock", on->file);
    unlink(lock);
    unlink(on->file);
    rmdir(on->folder);
}

int main(int argc, char **argv)
{
    bench *on = calloc(1, sizeof(*on));
    require(on != NULL, "no memory");
    make_folder(on);
    bench_result result = measure(on);
    remove_folder(on);
    free(on);
    printf("%-43s %8.0f /s\n%-43s %8.0f /s\n\n", "C_SignInit and C_Sign on a served chip",
           result.module_rate, "the same messages, bare client", result.bare_rate);
    printf("module to bare client                       %.3f   goal: at least 0.85\n",
           result.module_rate / result.bare_rate);
    printf("added to wake, Nonce, Sign and wire         %.3f ms of %.1f   goal: below 1 ms\n",
           result.chip_ms - result.needed_ms, result.chip_ms);
    if (argc > 1) {
        write_json(argv[1], &result);
    }
    return 0;
}
