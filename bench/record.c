/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a unit's line costs beside the signature of its certificate: formatting, hashing and group
 * commit, with a certificate of NervesKey's template in every line. CPU time, medians of five
 * alternating runs. "to memory" has a storage that keeps nothing; "to a file" has a real one in the
 * folder given first, deleted afterwards, and is wall time as well. JSON goes to the file given
 * second.
 */
#include "record/record.h"
#include "measure.h"
#include "record/file.h"
#include "signer/signer.h"
#include "signer/software_device.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum { RUNS = 5, UNITS = 20000, SIGNATURES = 5000, NOW = 1795165200 /* 2026-11-20T09:00:00Z */ };

typedef enum bench_subject {
    SIGN,
    TO_MEMORY,
    TO_FILE,
    TO_FILE_WALL,
    VERIFY,
    SUBJECT_COUNT
} subject;

static const char *const names[SUBJECT_COUNT] = {"sign", "append to memory", "append to a file",
                                                 "append to a file, wall time", "verify"};

typedef struct bench {
    np_signer *signer;
    np_software_device device;
    np_p256_key *station_key;
    np_signing station;
    char path[PATH_MAX];
    double samples[SUBJECT_COUNT][RUNS];
} bench;

static void require(np_code code, const np_error *err)
{
    if (code != NP_OK) {
        fprintf(stderr, "bench: %s\n", err->message);
        exit(1);
    }
}

static np_code keep_name(void *self, np_error *err)
{
    (void)self;
    (void)err;
    return NP_OK;
}

static np_code find_nothing(void *self, bool *ret_exists, np_error *err)
{
    *ret_exists = false;
    return keep_name(self, err);
}

static np_code keep_nothing(void *self, uint64_t offset, np_bytes bytes, np_error *err)
{
    (void)offset;
    (void)bytes;
    return keep_name(self, err);
}

static const np_record_storage nowhere = {
    .open = find_nothing,
    .create = keep_name,
    .publish = keep_name,
    .write = keep_nothing,
    .sync = keep_name,
    .sync_folder = keep_name,
};

static void append_one(const bench *on, np_record *record, unsigned number)
{
    char serial[16];
    np_record_facts facts;
    np_error err;
    np_record_unit unit = {
        .serial = np_bytes_of(serial, (size_t)snprintf(serial, sizeof(serial), "T2-%07u", number)),
        .origin = np_bytes_text("host"),
        .batch = np_bytes_text("b42"),
        .station = np_bytes_text("st07"),
        .finished = np_bytes_text("2026-11-20T09:00:00Z"),
        .result = np_bytes_text("pass"),
    };
    np_bytes der = np_bytes_of(on->device.certificate.der, on->device.certificate.der_len);
    require(np_record_unit_take_certificate(&unit, der, &facts, &err), &err);
    require(np_record_append(record, &unit, &err), &err);
}

static void append_all(const bench *on, const np_record_storage *storage)
{
    np_record *record = NULL;
    np_record_found found;
    np_error err;
    np_record_options options = {
        .storage = storage, .station = &on->station, .header = {.created = NOW}};
    require(np_record_open(&options, &record, &found, &err), &err);
    for (unsigned i = 0; i < UNITS; i++) {
        append_one(on, record, i);
    }
    require(np_record_seal(record, np_bytes_text("b42"), NOW, &err), &err);
    np_record_free(record);
}

static void sign_all(const bench *on)
{
    uint8_t digest[32] = {1};
    uint8_t signature[NP_P256_SIGNATURE_SIZE];
    np_error err;
    for (unsigned i = 0; i < SIGNATURES; i++) {
        require(np_p256_sign(on->station_key, digest, signature, &err), &err);
    }
}

static void verify_all(const bench *on, const np_record_storage *storage)
{
    np_record_report report = {0};
    np_error err;
    np_record_reading reading = {.storage = storage, .station_key = on->station.public_key};
    require(np_record_read(&reading, &report, &err), &err);
}

static void run(bench *on, unsigned run)
{
    np_record_file file;
    np_record_storage storage = np_record_file_storage(&file, on->path);
    double from = bench_cpu_seconds();
    sign_all(on);
    double signed_at = bench_cpu_seconds();
    append_all(on, &nowhere);
    double kept_at = bench_cpu_seconds();
    double wall_from = bench_wall_seconds();
    append_all(on, &storage);
    double wall_to = bench_wall_seconds();
    double stored_at = bench_cpu_seconds();
    verify_all(on, &storage);
    double verified_at = bench_cpu_seconds();
    np_record_file_close(&file);
    unlink(on->path);
    on->samples[SIGN][run] = SIGNATURES / (signed_at - from);
    on->samples[TO_MEMORY][run] = UNITS / (kept_at - signed_at);
    on->samples[TO_FILE][run] = UNITS / (stored_at - kept_at);
    on->samples[TO_FILE_WALL][run] = UNITS / (wall_to - wall_from);
    on->samples[VERIFY][run] = UNITS / (verified_at - stored_at);
}

static void write_json(const char *path, const double *rates, double ratio)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    fprintf(file, "{\n  \"rates_per_second\": {\n");
    for (unsigned i = 0; i < SUBJECT_COUNT; i++) {
        fprintf(file, "    \"%s\": %.0f%s\n", names[i], rates[i], i + 1 < SUBJECT_COUNT ? "," : "");
    }
    fprintf(file, "  },\n  \"ratio\": %.3f\n}\n", ratio);
    fclose(file);
}

int main(int argc, char **argv)
{
    bench on = {.path = ""};
    double rates[SUBJECT_COUNT];
    np_error err;
    snprintf(on.path, sizeof(on.path), "%s/bench-record.npj", argc > 1 ? argv[1] : ".");
    require(np_signer_create(NOW, 10, &on.signer, &err), &err);
    require(np_software_device_create(on.signer, np_bytes_text("T2-0000001"), NOW,
                                      np_random_system(), &on.device, &err),
            &err);
    require(np_p256_generate(&on.station_key, &err), &err);
    on.station = np_signing_by_key(on.station_key);
    for (unsigned i = 0; i < RUNS; i++) {
        run(&on, i);
    }
    for (unsigned i = 0; i < SUBJECT_COUNT; i++) {
        rates[i] = bench_median(on.samples[i], RUNS);
        printf("%-28s %10.0f /s\n", names[i], rates[i]);
    }
    double ratio = 1 / (1 + rates[SIGN] / rates[TO_FILE]);
    printf("\nsign and append to a file, to signing alone %.3f   goal: at least 0.45\n", ratio);
    if (argc > 2) {
        write_json(argv[2], rates, ratio);
    }
    np_p256_free(on.station_key);
    np_software_device_clear(&on.device);
    np_signer_free(on.signer);
    return 0;
}
