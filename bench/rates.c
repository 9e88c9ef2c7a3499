/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much our own code costs: whole provisionings and chip signatures in process, at zero chip
 * time and with the state in memory, against libcrypto doing the same cryptography alone in the
 * same run. Medians of five alternating runs, in CPU time. `openssl speed` is run beside it, for
 * the raw rate to agree with. A table on stdout; with a file name as argument, JSON there.
 */
#include "line.h"
#include "measure.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    RUNS = 5,
    RUN_MS = 400, /* not tuned: long enough for two digits */
    BATCH = 16,   /* calls between looks at the clock */
    DER_SIGNATURE_MAX = 72,
};

/* What one provisioning does: certificate and challenge; issue, read back, challenge; slot 0. */
enum { SIGNATURES = 2, VERIFICATIONS = 3, KEYS = 1 };

typedef enum bench_subject {
    RAW_SIGN,
    RAW_VERIFY,
    RAW_KEYGEN,
    CHIP_SIGN,
    PROVISION,
    SUBJECT_COUNT
} bench_subject;

static const char *const names[SUBJECT_COUNT] = {"libcrypto sign", "libcrypto verify",
                                                 "libcrypto key generation",
                                                 "chip sign (Nonce and Sign)", "provision"};

typedef struct bench {
    EVP_PKEY *key;
    EVP_PKEY_CTX *sign;
    EVP_PKEY_CTX *verify;
    uint8_t signature[DER_SIGNATURE_MAX];
    size_t signature_len;
    bench_line signing_line;
    bench_line provisioning_line;
} bench;

static const uint8_t digest[32] = {1, 2, 3};

static void require(bool is_good)
{
    if (!is_good) {
        fprintf(stderr, "bench: libcrypto failed\n");
        exit(1);
    }
}

static void raw_sign(bench *on)
{
    on->signature_len = sizeof(on->signature);
    require(EVP_PKEY_sign(on->sign, on->signature, &on->signature_len, digest, sizeof(digest)) ==
            1);
}

static void raw_verify(bench *on)
{
    require(EVP_PKEY_verify(on->verify, on->signature, on->signature_len, digest, sizeof(digest)) ==
            1);
}

static void raw_keygen(bench *on)
{
    (void)on;
    EVP_PKEY *key = EVP_EC_gen("P-256");
    require(key != NULL);
    EVP_PKEY_free(key);
}

static void chip_sign(bench *on)
{
    uint8_t signature[64];
    np_error err;
    bench_check(np_atecc_sign(&on->signing_line.device, 0, digest, signature, &err), &err);
}

static void provision(bench *on)
{
    bench_line_next_chip(&on->provisioning_line);
    bench_line_provision(&on->provisioning_line, NULL);
}

static void (*const actions[SUBJECT_COUNT])(bench *) = {raw_sign, raw_verify, raw_keygen, chip_sign,
                                                        provision};

static double run(bench *on, bench_subject subject)
{
    double start = bench_cpu_seconds();
    double now = start;
    unsigned long count = 0;
    while (now - start < RUN_MS / 1000.0) {
        for (unsigned i = 0; i < BATCH; i++) {
            actions[subject](on);
        }
        count += BATCH;
        now = bench_cpu_seconds();
    }
    return (double)count / (now - start);
}

static void open_bench(bench *on)
{
    *on = (bench){.key = EVP_EC_gen("P-256")};
    require(on->key != NULL);
    on->sign = EVP_PKEY_CTX_new(on->key, NULL);
    on->verify = EVP_PKEY_CTX_new(on->key, NULL);
    require(EVP_PKEY_sign_init(on->sign) == 1 && EVP_PKEY_verify_init(on->verify) == 1);
    raw_sign(on);
    bench_line_open(&on->signing_line, NP_ATECC608B, NP_PACE_ZERO, 100000);
    bench_line_provision(&on->signing_line, NULL);
    bench_line_open(&on->provisioning_line, NP_ATECC608B, NP_PACE_ZERO, 100000);
}

static void close_bench(bench *on)
{
    bench_line_close(&on->signing_line);
    bench_line_close(&on->provisioning_line);
    EVP_PKEY_CTX_free(on->sign);
    EVP_PKEY_CTX_free(on->verify);
    EVP_PKEY_free(on->key);
}

/* What openssl says of the same machine: 0 when the program is not there. */
static void ask_openssl(double *ret_sign, double *ret_verify)
{
    char line[256];
    *ret_sign = *ret_verify = 0;
    FILE *pipe = popen("openssl speed -seconds 1 ecdsap256 2>/dev/null", "r");
    while (pipe != NULL && fgets(line, sizeof(line), pipe) != NULL) {
        if (strstr(line, "nistp256") != NULL) {
            (void)sscanf(strstr(line, "nistp256"), "nistp256) %*s %*s %lf %lf", ret_sign,
                         ret_verify);
        }
    }
    if (pipe != NULL) {
        pclose(pipe);
    }
}

static void write_json(const char *path, const double *rates, double sign_ratio,
                       double provision_ratio)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        perror(path);
        exit(1);
    }
    fprintf(file, "{\n  \"rates_per_cpu_second\": {\n");
    for (unsigned i = 0; i < SUBJECT_COUNT; i++) {
        fprintf(file, "    \"%s\": %.1f%s\n", names[i], rates[i], i + 1 < SUBJECT_COUNT ? "," : "");
    }
    fprintf(file, "  },\n  \"sign_ratio\": %.4f,\n  \"provision_ratio\": %.4f\n}\n", sign_ratio,
            provision_ratio);
    fclose(file);
}

int main(int argc, char **argv)
{
    bench on;
    double samples[SUBJECT_COUNT][RUNS];
    double rates[SUBJECT_COUNT];
    double openssl_sign;
    double openssl_verify;
    open_bench(&on);
    for (unsigned i = 0; i < RUNS; i++) {
        for (unsigned subject = 0; subject < SUBJECT_COUNT; subject++) {
            samples[subject][i] = run(&on, (bench_subject)subject);
        }
    }
    close_bench(&on);
    for (unsigned subject = 0; subject < SUBJECT_COUNT; subject++) {
        rates[subject] = bench_median(samples[subject], RUNS);
        printf("%-28s %10.0f /s\n", names[subject], rates[subject]);
    }
    ask_openssl(&openssl_sign, &openssl_verify);
    printf("%-28s %10.0f /s\n%-28s %10.0f /s\n\n", "openssl speed, sign", openssl_sign,
           "openssl speed, verify", openssl_verify);
    double alone =
        SIGNATURES / rates[RAW_SIGN] + VERIFICATIONS / rates[RAW_VERIFY] + KEYS / rates[RAW_KEYGEN];
    double sign_ratio = rates[CHIP_SIGN] / rates[RAW_SIGN];
    double provision_ratio = rates[PROVISION] * alone;
    printf("chip sign to raw signing                    %.3f   goal: at least 0.75\n", sign_ratio);
    printf("provision to its own cryptography alone     %.3f   goal: at least 0.60\n",
           provision_ratio);
    if (argc > 1) {
        write_json(argv[1], rates, sign_ratio, provision_ratio);
    }
    return 0;
}
