/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast the units of a record become files for a cloud: a table, and a signed manifest, each as
 * the command makes it: the record is read once to check it and once more to export it. Beside
 * them, in the same run, the checking alone and raw signing with the manifest's key. CPU time,
 * medians of five alternating runs. bench_export FOLDER [JSON [UNITS]]: record and exports are made
 * in the folder and deleted; a table on stdout, JSON there.
 */
#include "cloud/export.h"
#include "measure.h"
#include "record/file.h"
#include "record/record.h"
#include "signer/signer.h"
#include "signer/software_device.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    RUNS = 5,
    UNITS = 100000,
    SIGNATURES = 5000,
    NOW = 1795165200, /* 2026-11-20T09:00:00Z */
    MILLION = 1000000,
    GOAL = 60, /* seconds for a million */
};

typedef enum bench_subject {
    SIGN,
    CHECK,
    TO_CSV,
    TO_MANIFEST,
    TO_MANIFEST_WALL,
    SUBJECT_COUNT
} bench_subject;

static const char *const names[SUBJECT_COUNT] = {"sign", "check the record", "export to csv",
                                                 "export to manifest",
                                                 "export to manifest, wall time"};

typedef struct bench {
    np_signer *signer;
    np_software_device device;
    np_p256_key *key; /* of the device: the record's station, and the manifest's signer */
    np_signing signing;
    unsigned units;
    char record[PATH_MAX];
    char folder[PATH_MAX];
    double samples[SUBJECT_COUNT][RUNS];
} bench;

static void require(np_code code, const np_error *err)
{
    if (code != NP_OK) {
        fprintf(stderr, "bench: %s\n", err->message);
        exit(1);
    }
}

static void append_one(const bench *on, np_record *record, unsigned number)
{
    char serial[16], uid[24];
    np_record_facts facts;
    np_error err;
    const np_record_pair board = {np_bytes_text("board"), np_bytes_text("tracker")};
    np_record_unit unit = {
        .serial = np_bytes_of(serial, (size_t)snprintf(serial, sizeof(serial), "T2-%07u", number)),
        .uid = np_bytes_of(uid, (size_t)snprintf(uid, sizeof(uid), "0123%012xee", number)),
        .model = np_bytes_text("atecc608b"),
        .origin = np_bytes_text("chip"),
        .batch = np_bytes_text("b42"),
        .station = np_bytes_text("st07"),
        .finished = np_bytes_text("2026-11-20T09:00:00Z"),
        .result = np_bytes_text("pass"),
        .attributes = &board,
        .attribute_count = 1,
    };
    np_bytes der = np_bytes_of(on->device.certificate.der, on->device.certificate.der_len);
    require(np_record_unit_take_certificate(&unit, der, &facts, &err), &err);
    require(np_record_append(record, &unit, &err), &err);
}

static void make_record(const bench *on)
{
    np_record_file file;
    np_record_storage storage = np_record_file_storage(&file, on->record);
    np_record *record = NULL;
    np_record_found found;
    np_error err;
    np_bytes issuer = np_signer_certificate(on->signer)->der;
    np_record_options options = {.storage = &storage,
                                 .station = &on->signing,
                                 .header = {.issuers = {issuer}, .created = NOW}};
    unlink(on->record);
    require(np_record_open(&options, &record, &found, &err), &err);
    for (unsigned i = 0; i < on->units; i++) {
        append_one(on, record, i);
    }
    require(np_record_seal(record, np_bytes_text("b42"), NOW, &err), &err);
    np_record_free(record);
    np_record_file_close(&file);
}

static void sign_all(const bench *on)
{
    uint8_t digest[32] = {1};
    uint8_t signature[NP_P256_SIGNATURE_SIZE];
    np_error err;
    for (unsigned i = 0; i < SIGNATURES; i++) {
        require(on->signing.sign(on->signing.self, digest, signature, &err), &err);
    }
}

static np_code add_line(void *self, const np_record_line *line, const np_record_trailer *trailer,
                        np_error *err)
{
    (void)trailer;
    return np_cloud_export_add(self, line, err);
}

/* To nowhere: it is only checked. */
static void read_record(const bench *on, np_cloud_export *export)
{
    np_record_file file;
    np_record_storage storage;
    np_record_report report = {0};
    np_error err;
    require(np_record_file_open(&file, on->record, &storage, &err), &err);
    const np_record_reading reading = {.storage = &storage,
                                       .station_key = on->signing.public_key,
                                       .visit = export == NULL ? NULL : add_line,
                                       .self = export};
    require(np_record_read(&reading, &report, &err), &err);
    np_record_file_close(&file);
}

static void remove_export(const bench *on)
{
    char path[2 * PATH_MAX];
    DIR *folder = opendir(on->folder);
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        snprintf(path, sizeof(path), "%s/%s", on->folder, entry->d_name);
        unlink(path); /* not . and ..: they are folders */
    }
    if (folder != NULL) {
        closedir(folder);
    }
    rmdir(on->folder);
}

static void export_all(const bench *on, const char *target)
{
    const np_cloud_export_options options = {
        .target = target,
        .folder = on->folder,
        .manifest_signing = target[0] == 'm' ? &on->signing : NULL,
        .manifest_certificate =
            np_bytes_of(on->device.certificate.der, on->device.certificate.der_len)};
    np_cloud_export *export = NULL;
    np_cloud_summary summary;
    np_error err;
    read_record(on, NULL);
    require(np_cloud_export_open(&options, &export, &err), &err);
    read_record(on, export);
    require(np_cloud_export_finish(export, &summary, &err), &err);
    np_cloud_export_free(export);
    if (summary.exported != on->units) {
        fprintf(stderr, "bench: only %zu units were exported\n", summary.exported);
        exit(1);
    }
}

static void run_all(bench *on, unsigned run)
{
    double from = bench_cpu_seconds();
    sign_all(on);
    double signed_at = bench_cpu_seconds();
    read_record(on, NULL);
    double checked_at = bench_cpu_seconds();
    export_all(on, "csv");
    double table_at = bench_cpu_seconds();
    remove_export(on);
    double manifest_from = bench_cpu_seconds();
    double wall_from = bench_wall_seconds();
    export_all(on, "manifest");
    double wall_to = bench_wall_seconds();
    double manifest_at = bench_cpu_seconds();
    remove_export(on);
    on->samples[SIGN][run] = SIGNATURES / (signed_at - from);
    on->samples[CHECK][run] = on->units / (checked_at - signed_at);
    on->samples[TO_CSV][run] = on->units / (table_at - checked_at);
    on->samples[TO_MANIFEST][run] = on->units / (manifest_at - manifest_from);
    on->samples[TO_MANIFEST_WALL][run] = on->units / (wall_to - wall_from);
}

static void write_json(const char *path, const double *rates)
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
    fprintf(file, "  },\n  \"manifest_to_sign\": %.3f\n}\n", rates[TO_MANIFEST] / rates[SIGN]);
    fclose(file);
}

static void report(bench *on, const char *json)
{
    double rates[SUBJECT_COUNT];
    for (unsigned i = 0; i < SUBJECT_COUNT; i++) {
        rates[i] = bench_median(on->samples[i], RUNS);
        printf("%-30s %10.0f /s %8.1f us\n", names[i], rates[i], 1e6 / rates[i]);
    }
    printf("\na million devices to manifest     %6.1f s of CPU   goal: below %d\n",
           MILLION / rates[TO_MANIFEST], GOAL);
    printf("exporting to signing              %.3f\n", rates[TO_MANIFEST] / rates[SIGN]);
    if (json != NULL) {
        write_json(json, rates);
    }
}

int main(int argc, char **argv)
{
    static bench on;
    np_error err;
    const char *folder = argc > 1 ? argv[1] : ".";
    on.units = argc > 3 ? (unsigned)strtoul(argv[3], NULL, 10) : UNITS;
    snprintf(on.record, sizeof(on.record), "%s/bench-export.npj", folder);
    snprintf(on.folder, sizeof(on.folder), "%s/bench-export", folder);
    require(np_signer_create(NOW, 10, &on.signer, &err), &err);
    require(np_software_device_create(on.signer, np_bytes_text("T2-0000001"), NOW,
                                      np_random_system(), &on.device, &err),
            &err);
    on.signing = np_signing_by_key(on.device.key);
    remove_export(&on);
    make_record(&on);
    for (unsigned i = 0; i < RUNS; i++) {
        run_all(&on, i);
    }
    report(&on, argc > 2 ? argv[2] : NULL);
    unlink(on.record);
    np_software_device_clear(&on.device);
    np_signer_free(on.signer);
    return 0;
}
