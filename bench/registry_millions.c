/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Ten million devices in a registry on SQLite: imported by the whole program into an empty file,
 * opened, looked up by their certificates as at the door, and a million more imported. Is the
 * memory flat? Takes ten minutes and 25 GB of disk: `make soak`. Its arguments are the program, a
 * folder for files that are deleted afterwards, a certificate that all are copies of but for their
 * keys, and, for a shorter run, the number of devices.
 */
#include "base/bytes.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "measure.h"
#include "registry/devices.h"
#include "registry/gate.h"
#include "x509/certificate.h"
#include "x509/pem.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    DEVICES = 10000000,
    MORE = 10, /* this part of them once more, of other names and keys */
    LOOKUPS = 20001,
    COLD_LOOKUPS = 501,
    POINT_SIZE = 64,
    TEXT_MAX = 4096,
    MEMORY_LIMIT_KB = 256 * 1024,
};

typedef struct template
{
    uint8_t der[NP_CERTIFICATE_MAX];
    size_t len;
    size_t point; /* where the key stands */
}
template;

static void require(bool is_good, const char *what)
{
    if (!is_good) {
        fprintf(stderr, "bench: %s failed\n", what);
        exit(1);
    }
}

static void load(const char *path, template *ret)
{
    static uint8_t text[TEXT_MAX];
    np_certificate certificate;
    np_writer writer = np_writer_of(ret->der, sizeof(ret->der));
    FILE *file = fopen(path, "re");
    require(file != NULL, path);
    size_t len = fread(text, 1, sizeof(text), file);
    fclose(file);
    require(np_pem_decode(np_bytes_of(text, len), "CERTIFICATE", &writer, NULL) == NP_OK, path);
    ret->len = writer.len;
    require(np_certificate_parse(np_bytes_of(ret->der, ret->len), &certificate, NULL) == NP_OK &&
                certificate.point.len == POINT_SIZE,
            "a certificate with a key of P-256");
    ret->point = (size_t)(certificate.point.data - ret->der);
}

/* Keys come in no order, as real ones. Nobody here needs them to be on the curve. */
static void take_key(template *of, uint64_t number)
{
    uint8_t seed[sizeof(number)];
    memcpy(seed, &number, sizeof(seed));
    np_sha256(NP_BYTES(seed), of->der + of->point);
    np_sha256(np_bytes_of(of->der + of->point, NP_SHA256_SIZE),
              of->der + of->point + NP_SHA256_SIZE);
}

static void write_units(const char *path, template *of, uint64_t from, uint64_t count)
{
    FILE *file = fopen(path, "we");
    require(file != NULL && fputs("identifier,product,certificate\n", file) >= 0, path);
    for (uint64_t i = from; i < from + count; i++) {
        uint8_t text[TEXT_MAX];
        np_writer writer = np_writer_of(text, sizeof(text));
        take_key(of, i);
        np_write_base64(&writer, np_bytes_of(of->der, of->len), 0);
        require(fprintf(file, "T2-%010llu,tracker,%.*s\n", (unsigned long long)i, (int)writer.len,
                        (const char *)text) > 0,
                path);
    }
    require(fclose(file) == 0, path);
}

typedef struct outcome {
    double wall;
    double cpu;
    long peak_kb;
} outcome;

static outcome run(const char *command)
{
    struct rusage usage;
    int status = 0;
    double start = bench_wall_seconds();
    pid_t process = fork();
    require(process >= 0, "fork");
    if (process == 0) {
        execl("/bin/sh", "sh", "-c", command, (char *)NULL);
        _exit(127);
    }
    require(wait4(process, &status, 0, &usage) == process && WIFEXITED(status) &&
                WEXITSTATUS(status) == 0,
            command);
    return (outcome){
        .wall = bench_wall_seconds() - start,
        .cpu = (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
               (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6,
        .peak_kb = usage.ru_maxrss,
    };
}

static void import(const char *program, const char *what, uint64_t rows)
{
    char command[1024];
    snprintf(command, sizeof(command),
             "%s registry import units.csv --org acme --registry millions.db --quiet >/dev/null",
             program);
    outcome ended = run(command);
    printf("%-28s %9.0f rows/s  %9.0f rows per CPU second, peak %ld KB\n", what,
           (double)rows / ended.wall, (double)rows / ended.cpu, ended.peak_kb);
    require(ended.peak_kb <= MEMORY_LIMIT_KB, "flat memory");
}

/* Out of the page cache, as after a restart. */
static void forget_file(void)
{
    int file = open("millions.db", O_RDONLY | O_CLOEXEC);
    require(file >= 0 && fsync(file) == 0 && posix_fadvise(file, 0, 0, POSIX_FADV_DONTNEED) == 0,
            "millions.db");
    close(file);
}

static double look_up(np_store *store, template *of, uint64_t devices, size_t count)
{
    static double samples[LOOKUPS];
    const np_admission_store ask = np_gate_ask(store);
    uint64_t state = 1;
    for (size_t i = 0; i < count; i++) {
        uint8_t digest[NP_SHA256_SIZE];
        np_known_credential found;
        bool is_found = false;
        state = state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        take_key(of, 1 + (state >> 20) % devices);
        np_sha256(np_bytes_of(of->der, of->len), digest);
        double start = bench_wall_seconds();
        require(ask.find_certificate(ask.self, digest, &found, &is_found, NULL) == NP_OK &&
                    is_found,
                "a lookup");
        samples[i] = bench_wall_seconds() - start;
    }
    return bench_median(samples, count);
}

static void open_and_look(template *of, uint64_t devices)
{
    np_store *store = NULL;
    forget_file();
    double start = bench_wall_seconds();
    require(np_store_open("millions.db", NP_STORE_WAIT_MS, &store, NULL) == NP_OK, "opening");
    printf("%-28s %9.3f s\n", "opened, cold", bench_wall_seconds() - start);
    printf("%-28s %9.1f us\n", "lookup p50, cold", 1e6 * look_up(store, of, devices, COLD_LOOKUPS));
    (void)look_up(store, of, devices, LOOKUPS);
    (void)look_up(store, of, devices, LOOKUPS);
    printf("%-28s %9.1f us\n", "lookup p50, warm", 1e6 * look_up(store, of, devices, LOOKUPS));
    np_store_free(store);
}

static np_code count_one(void *self, const np_device *device, np_error *err)
{
    (void)device;
    (void)err;
    (*(uint64_t *)self)++;
    return NP_OK;
}

/* Pages of a hundred, as people ask for them: of the five runs the median. */
static void list_pages(np_store *store)
{
    enum { PAGE = 100, RUNS = 5 };
    static const np_device_state blocked = NP_DEVICE_BLOCKED;
    static const struct {
        const char *what;
        const char *prefix;
        const char *after;
        const np_device_state *state;
    } rows[] = {{"page, the first", "", "", NULL},
                {"page, in the middle", "", "T2-0005000000", NULL},
                {"page, prefix of nobody", "nobody", "", NULL},
                {"page, blocked devices", "", "", &blocked}};
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        double samples[RUNS];
        uint64_t count = 0;
        const np_device_query query = {.org = np_bytes_text("acme"),
                                       .prefix = np_bytes_text(rows[i].prefix),
                                       .after_org = np_bytes_text("acme"),
                                       .after = np_bytes_text(rows[i].after),
                                       .state = rows[i].state,
                                       .limit = PAGE};
        for (size_t run_number = 0; run_number < RUNS; run_number++) {
            double start = bench_wall_seconds();
            require(np_device_each(store, &query, count_one, &count, NULL) == NP_OK, "a page");
            samples[run_number] = bench_wall_seconds() - start;
        }
        printf("%-28s %9.2f ms, %lu devices\n", rows[i].what, 1e3 * bench_median(samples, RUNS),
               (unsigned long)(count / RUNS));
    }
}

/* Reads the file once, as a server does that has run for a while. */
static void warm_file(void)
{
    (void)run("cat millions.db >/dev/null");
}

static void remove_files(void)
{
    (void)run("rm -f millions.db millions.db-wal millions.db-shm millions.db-journal units.csv");
}

int main(int argc, char **argv)
{
    static template of;
    np_store *store = NULL;
    require(argc >= 4, "usage");
    char *program = realpath(argv[1], NULL);
    require(program != NULL, argv[1]);
    load(argv[3], &of);
    require(chdir(argv[2]) == 0, argv[2]);
    uint64_t devices = argc > 4 ? strtoull(argv[4], NULL, 10) : DEVICES;
    remove_files();
    write_units("units.csv", &of, 1, devices);
    import(program, "imported, from empty", devices);
    open_and_look(&of, devices);
    warm_file();
    require(np_store_open("millions.db", NP_STORE_WAIT_MS, &store, NULL) == NP_OK, "opening");
    (void)look_up(store, &of, devices, LOOKUPS);
    printf("%-28s %9.1f us\n", "lookup p50, file in memory",
           1e6 * look_up(store, &of, devices, LOOKUPS));
    list_pages(store);
    np_store_free(store);
    write_units("units.csv", &of, devices + 1, devices / MORE);
    import(program, "imported, a tenth more", devices / MORE);
    remove_files();
    free(program);
    return 0;
}
