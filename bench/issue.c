/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How much our own code costs beside the cryptography when many certificates are issued: from
 * points to DER in memory, without the index of duplicates, against libcrypto signing alone, and
 * proof of possession of ever other keys against libcrypto verifying with one known key, in the
 * same run. Medians of five alternating runs, in CPU time of all threads, so that what else the
 * machine does counts little. A table on stdout; with a file name as argument, JSON there.
 */
#include "crypto/hash.h"
#include "issue_load.h"
#include "measure.h"
#include "signer/signer.h"
#include "x509/der.h"
#include "x509/verify.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    RUNS = 5,
    RUN_MS = 400, /* not tuned: long enough for two digits */
    BATCH = 16,   /* calls between looks at the clock */
    DER_SIGNATURE_MAX = 72,
    REQUESTS = 64, /* of as many keys */
    REQUEST_MAX = 256,
    REQUESTS_GOAL = 16000, /* a core and second */
    UNITS = 16384,         /* certificates of one run; each has a key of its own */
    WORKERS = 2,
    THREAD_SIGNATURES = 8192,
};

typedef enum bench_subject {
    RAW_SIGN,
    RAW_SIGN_2,
    RAW_VERIFY,
    POSSESSION,
    ISSUE_1,
    ISSUE_2,
    SUBJECT_COUNT
} bench_subject;

static const char *const names[SUBJECT_COUNT] = {"libcrypto sign",
                                                 "libcrypto sign, two threads",
                                                 "libcrypto verify, one key",
                                                 "request checked, ever other keys",
                                                 "issue, one worker",
                                                 "issue, two workers"};

typedef struct request {
    uint8_t der[REQUEST_MAX];
    size_t len;
} request;

typedef struct bench {
    EVP_PKEY *key;
    EVP_PKEY_CTX *sign;
    EVP_PKEY_CTX *verify;
    uint8_t signature[DER_SIGNATURE_MAX];
    size_t signature_len;
    np_p256_verifier *verifier;
    request requests[REQUESTS];
    size_t next;
    np_signer *signer;
    np_p256_key *keys[WORKERS];
    np_signing signing[WORKERS];
    bench_load *load;
} bench;

static const uint8_t digest[32] = {1, 2, 3};

static void require(bool is_good)
{
    if (!is_good) {
        fprintf(stderr, "bench: something failed\n");
        exit(1);
    }
}

static void raw_sign(bench *on)
{
    on->signature_len = sizeof(on->signature);
    require(EVP_PKEY_sign(on->sign, on->signature, &on->signature_len, digest, sizeof(digest)) ==
            1);
}

/* With a context of its own. */
static void *sign_in_thread(void *self)
{
    uint8_t signature[DER_SIGNATURE_MAX];
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_dup(self);
    require(context != NULL);
    for (unsigned i = 0; i < THREAD_SIGNATURES; i++) {
        size_t len = sizeof(signature);
        require(EVP_PKEY_sign(context, signature, &len, digest, sizeof(digest)) == 1);
    }
    EVP_PKEY_CTX_free(context);
    return NULL;
}

static void raw_sign_by_two(bench *on)
{
    pthread_t second;
    require(pthread_create(&second, NULL, sign_in_thread, on->sign) == 0);
    sign_in_thread(on->sign);
    require(pthread_join(second, NULL) == 0);
}

static void raw_verify(bench *on)
{
    require(EVP_PKEY_verify(on->verify, on->signature, on->signature_len, digest, sizeof(digest)) ==
            1);
}

static void check_request(bench *on)
{
    const request *one = &on->requests[on->next++ % REQUESTS];
    np_csr csr;
    bool is_possessed = false;
    require(np_csr_parse(np_bytes_of(one->der, one->len), &csr, NULL) == NP_OK &&
            np_csr_judge(&csr, np_judge_by_verifier(on->verifier), &is_possessed, NULL) == NP_OK &&
            is_possessed);
}

static void issue_all(bench *on, unsigned workers)
{
    require(bench_issue(on->load, on->signing, workers));
}

/* What is done in small steps. */
static void (*const actions[])(bench *) = {raw_sign, NULL, raw_verify, check_request};

/* As a modem's: a common name, the key, NULL parameters; no attributes. */
static void make_request(request *ret)
{
    static const uint8_t name[] = {0x30, 0x10, 0x31, 0x0e, 0x30, 0x0c, 0x06, 0x03, 0x55,
                                   0x04, 0x03, 0x0c, 0x05, 'u',  'n',  'i',  't',  '1'};
    static const uint8_t key_start[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                        0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                        0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};
    static const uint8_t algorithm[] = {0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                        0xce, 0x3d, 0x04, 0x03, 0x02, 0x05, 0x00};
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    uint8_t point[64], signature[64], hash[32];
    np_writer writer = np_writer_of(ret->der, sizeof(ret->der));
    require(np_p256_generate(&key, NULL) == NP_OK);
    np_p256_public(key, point);
    size_t outer = np_der_open(&writer, NP_DER_SEQUENCE);
    size_t start = writer.len;
    size_t info = np_der_open(&writer, NP_DER_SEQUENCE);
    np_der_write_unsigned(&writer, (np_bytes){NULL, 0});
    np_write_bytes(&writer, NP_BYTES(name));
    np_write_bytes(&writer, NP_BYTES(key_start));
    np_write_bytes(&writer, NP_BYTES(point));
    np_der_close(&writer, info);
    np_sha256(np_bytes_of(ret->der + start, writer.len - start), hash);
    require(np_p256_sign(key, hash, signature, NULL) == NP_OK);
    np_write_bytes(&writer, NP_BYTES(algorithm));
    size_t bits = np_der_open(&writer, NP_DER_BIT_STRING);
    np_write_u8(&writer, 0);
    np_der_write_signature(&writer, signature);
    np_der_close(&writer, bits);
    np_der_close(&writer, outer);
    ret->len = np_writer_bytes(&writer).len;
}

static double run(bench *on, bench_subject subject)
{
    double start = bench_cpu_seconds();
    if (subject == RAW_SIGN_2) {
        raw_sign_by_two(on);
        return 2.0 * THREAD_SIGNATURES / (bench_cpu_seconds() - start);
    }
    if (subject >= ISSUE_1) {
        issue_all(on, subject == ISSUE_1 ? 1 : WORKERS);
        return UNITS / (bench_cpu_seconds() - start);
    }
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

static void open_issuing(bench *on)
{
    require(np_signer_create(1795165200 /* 2026-11-20 */, 31, &on->signer, NULL) == NP_OK);
    for (size_t i = 0; i < WORKERS; i++) {
        require(np_signer_copy_key(on->signer, &on->keys[i], NULL) == NP_OK);
        on->signing[i] = np_signing_by_key(on->keys[i]);
    }
    on->load = bench_load_create(on->signer, UNITS);
    require(on->load != NULL);
}

static void open_bench(bench *on)
{
    *on = (bench){.key = EVP_EC_gen("P-256")};
    require(on->key != NULL);
    on->sign = EVP_PKEY_CTX_new(on->key, NULL);
    on->verify = EVP_PKEY_CTX_new(on->key, NULL);
    require(EVP_PKEY_sign_init(on->sign) == 1 && EVP_PKEY_verify_init(on->verify) == 1);
    raw_sign(on);
    require(np_p256_verifier_create(&on->verifier, NULL) == NP_OK);
    for (size_t i = 0; i < REQUESTS; i++) {
        make_request(&on->requests[i]);
    }
    open_issuing(on);
}

static void close_bench(bench *on)
{
    for (size_t i = 0; i < WORKERS; i++) {
        np_p256_free(on->keys[i]);
    }
    bench_load_free(on->load);
    np_signer_free(on->signer);
    np_p256_verifier_free(on->verifier);
    EVP_PKEY_CTX_free(on->sign);
    EVP_PKEY_CTX_free(on->verify);
    EVP_PKEY_free(on->key);
}

static void write_json(const char *path, const double *rates)
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
    fprintf(file, "  },\n  \"request_ratio\": %.4f,\n", rates[POSSESSION] / rates[RAW_VERIFY]);
    fprintf(file, "  \"issue_ratio_one_worker\": %.4f,\n  \"issue_ratio_two_workers\": %.4f\n}\n",
            rates[ISSUE_1] / rates[RAW_SIGN], rates[ISSUE_2] / rates[RAW_SIGN_2]);
    fclose(file);
}

int main(int argc, char **argv)
{
    static bench on;
    double samples[SUBJECT_COUNT][RUNS];
    double rates[SUBJECT_COUNT];
    open_bench(&on);
    for (unsigned i = 0; i < RUNS; i++) {
        for (unsigned subject = 0; subject < SUBJECT_COUNT; subject++) {
            samples[subject][i] = run(&on, (bench_subject)subject);
        }
    }
    close_bench(&on);
    for (unsigned subject = 0; subject < SUBJECT_COUNT; subject++) {
        rates[subject] = bench_median(samples[subject], RUNS);
        printf("%-34s %10.0f /s\n", names[subject], rates[subject]);
    }
    printf("\nrequests checked a second                  %.0f   goal: at least %d\n",
           rates[POSSESSION], REQUESTS_GOAL);
    printf("request checked to raw verifying           %.3f\n",
           rates[POSSESSION] / rates[RAW_VERIFY]);
    printf("issuing to raw signing, one worker         %.3f   goal: at least 0.90\n",
           rates[ISSUE_1] / rates[RAW_SIGN]);
    printf("issuing to raw signing, two of each        %.3f   goal: at least 0.90\n",
           rates[ISSUE_2] / rates[RAW_SIGN_2]);
    if (argc > 1) {
        write_json(argv[1], rates);
    }
    return 0;
}
