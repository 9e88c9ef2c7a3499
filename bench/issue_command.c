/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole program: a CSV of public keys becomes certificates in a file, once as DER, once with a
 * durable record and NDJSON, with two workers; against libcrypto signing alone in the same run. CPU
 * time of all of the program's threads, medians of five alternating runs. Its arguments are the
 * program, a folder for files that are deleted afterwards, and a file for JSON.
 */
#include "crypto/p256.h"
#include "measure.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum { RUNS = 5, UNITS = 50000, SIGNATURES = 10000 };

typedef enum bench_subject { SIGN, TO_DER, RECORDED, SUBJECT_COUNT } bench_subject;

static const char *const names[SUBJECT_COUNT] = {"sign", "CSV to DER", "CSV to record and NDJSON"};

static void require(bool is_good)
{
    if (!is_good) {
        fprintf(stderr, "bench: something failed\n");
        exit(1);
    }
}

static void make_list(const char *path)
{
    FILE *file = fopen(path, "w");
    require(file != NULL);
    fprintf(file, "serial,public_key\n");
    for (unsigned i = 0; i < UNITS; i++) {
        np_p256_key *key = NULL;
        uint8_t point[NP_P256_POINT_SIZE];
        require(np_p256_generate(&key, NULL) == NP_OK);
        np_p256_public(key, point);
        np_p256_free(key);
        fprintf(file, "T2-%06u,04", i);
        for (size_t j = 0; j < sizeof(point); j++) {
            fprintf(file, "%02x", point[j]);
        }
        fputc('\n', file);
    }
    fclose(file);
}

static double sign_all(np_p256_key *key)
{
    uint8_t digest[32] = {1};
    uint8_t signature[NP_P256_SIGNATURE_SIZE];
    double from = bench_cpu_seconds();
    for (unsigned i = 0; i < SIGNATURES; i++) {
        require(np_p256_sign(key, digest, signature, NULL) == NP_OK);
    }
    return SIGNATURES / (bench_cpu_seconds() - from);
}

static double seconds_of_children(void)
{
    struct rusage usage;
    getrusage(RUSAGE_CHILDREN, &usage);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static double issue_all(const char *program, const char *options)
{
    char command[3 * PATH_MAX];
    double from = seconds_of_children();
    snprintf(command, sizeof(command),
             "rm -f bench.out bench.npj; exec '%s' issue bench.csv --signer-cert bench.cert "
             "--signer-key bench.key --profile device --workers 2 --out bench.out %s >/dev/null",
             program, options);
    require(system(command) == 0);
    return UNITS / (seconds_of_children() - from);
}

static void write_json(const char *path, const double *rates)
{
    FILE *file = fopen(path, "w");
    require(file != NULL);
    fprintf(file, "{\n  \"rates_per_cpu_second\": {\n");
    for (unsigned i = 0; i < SUBJECT_COUNT; i++) {
        fprintf(file, "    \"%s\": %.0f%s\n", names[i], rates[i], i + 1 < SUBJECT_COUNT ? "," : "");
    }
    fprintf(file, "  },\n  \"der_ratio\": %.3f,\n  \"recorded_ratio\": %.3f\n}\n",
            rates[TO_DER] / rates[SIGN], rates[RECORDED] / rates[SIGN]);
    fclose(file);
}

int main(int argc, char **argv)
{
    char program[PATH_MAX];
    char command[3 * PATH_MAX];
    double samples[SUBJECT_COUNT][RUNS];
    double rates[SUBJECT_COUNT];
    np_p256_key *key = NULL;
    require(argc > 3 && realpath(argv[1], program) != NULL && chdir(argv[2]) == 0);
    require(np_p256_generate(&key, NULL) == NP_OK);
    snprintf(command, sizeof(command),
             "rm -f bench.*; '%s' signer create bench --years 31 >/dev/null && mv bench.key s && "
             "'%s' station key create bench >/dev/null && mv bench.key bench.station && mv s "
             "bench.key",
             program, program);
    require(system(command) == 0);
    make_list("bench.csv");
    for (unsigned i = 0; i < RUNS; i++) {
        samples[SIGN][i] = sign_all(key);
        samples[TO_DER][i] = issue_all(program, "--out-format der");
        samples[RECORDED][i] = issue_all(program, "--record bench.npj --station-key bench.station");
    }
    np_p256_free(key);
    require(system("rm -f bench.*") == 0);
    for (unsigned i = 0; i < SUBJECT_COUNT; i++) {
        rates[i] = bench_median(samples[i], RUNS);
        printf("%-28s %10.0f /s\n", names[i], rates[i]);
    }
    printf("\nCSV to DER, to signing alone                %.3f   goal: at least 0.75\n",
           rates[TO_DER] / rates[SIGN]);
    printf("with record and NDJSON, to signing alone    %.3f   goal: at least 0.45\n",
           rates[RECORDED] / rates[SIGN]);
    write_json(argv[3], rates);
    return 0;
}
