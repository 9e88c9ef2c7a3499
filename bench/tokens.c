/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many KEYGEN replies one core checks in a second: text to parts, digest, the request's
 * signature and the attestation's, each with its own key, against libcrypto verifying two
 * signatures with one known key, in the same run. Medians of five alternating runs in CPU time. The
 * token is a published one whose identity key is known. A table on stdout; with a file name as
 * argument, JSON there.
 */
#include "base/text.h"
#include "crypto/hash.h"
#include "measure.h"
#include "nordic/token_checks.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>

enum { RUNS = 5, RUN_MS = 300 /* not tuned */, BATCH = 16, GOAL = 10000, DER_MAX = 72 };

static const char text[] =
    "MIH4MIGeAgEAMB4xHDAaBgNVBAMME25yZi0zNTUwMjU5MzAwMDAwMDAwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC"
    "AATYRrWI0v6LJWciuTlscw8E1TcOBJoygkALKecquhe-fr_QT_tcjC2DgmDyX1cjTubp7n_mUaf5ZJ1s-Ke-ABBu"
    "oB4wHAYJKoZIhvcNAQkOMQ8wDTALBgNVHQ8EBAMCA-gwDAYIKoZIzj0EAwIFAANHADBEAiBDTS-I_ye8nJpB7vtO"
    "6FQWvnUhJnG6QsjRPo56nBFh2gIgPB5NW16dANAMmn0VLMBXGeRPTtoxOs5Ld1Z7JW46_8s.0oRDoQEmoQRBIVhM"
    "2dn3hQlQUDQ5VjA3RziADR8p4KD3v0IYNFggl3ygk__l-pZ9jtlsf0AyuFJlRaaEouhzYgau2zOcHwBQp2eEbVMi"
    "HVcHrE9R2670dlhA1a7jaKq3ALRx2h-h2TIkxxh82oyr4c4LqzraUecL8SFek-IbvEBfv30695FKOt3FXEk7y5G_"
    "JW3yaRQGczL3TQ";
static const char identity_hex[] =
    "f13c701e2c6b2202931dc5f3548fd999d5a19400135228531c76219fa58c3547"
    "47cb714fa51ded34b8a1ef9ed764bc0b347a218a0def9a6d769edefd8f218761";

typedef struct bench {
    np_p256_verifier *verifier;
    uint8_t identity[NP_P256_POINT_SIZE];
    EVP_PKEY_CTX *raw;
    uint8_t digest[NP_SHA256_SIZE];
    uint8_t signature[DER_MAX];
    size_t signature_len;
} bench;

static void require(bool condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "bench: %s\n", what);
        exit(1);
    }
}

static void check_token(bench *at)
{
    np_token token;
    np_token_report report;
    require(np_token_parse(np_bytes_text(text), &token, NULL) == NP_OK &&
                np_token_judge(&token, at->identity, at->verifier, &report, NULL) == NP_OK &&
                report.findings[NP_TOKEN_CHECK_REQUEST].verdict == NP_TOKEN_OK &&
                report.findings[NP_TOKEN_CHECK_IDENTITY].verdict == NP_TOKEN_OK &&
                report.findings[NP_TOKEN_CHECK_DIGEST].verdict == NP_TOKEN_OK,
            "the token does not verify");
}

static void verify_twice(bench *at)
{
    for (int i = 0; i < 2; i++) {
        require(EVP_PKEY_verify(at->raw, at->signature, at->signature_len, at->digest,
                                sizeof(at->digest)) == 1,
                "libcrypto does not verify");
    }
}

/* The request of the token, verified by libcrypto alone. */
static void prepare_raw(bench *at)
{
    np_token token;
    np_csr csr;
    require(np_token_parse(np_bytes_text(text), &token, NULL) == NP_OK &&
                np_csr_parse(token.body, &csr, NULL) == NP_OK,
            "the token is damaged");
    const uint8_t *spki = csr.spki.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &spki, (long)csr.spki.len);
    at->raw = key == NULL ? NULL : EVP_PKEY_CTX_new(key, NULL);
    require(at->raw != NULL && EVP_PKEY_verify_init(at->raw) == 1, "libcrypto fails");
    np_sha256(csr.info, at->digest);
    memcpy(at->signature, csr.signature.data, csr.signature.len);
    at->signature_len = csr.signature.len;
    EVP_PKEY_free(key);
}

static double measure(bench *at, void (*run)(bench *at))
{
    double start = bench_cpu_seconds(), now = start;
    unsigned count = 0;
    while (now - start < RUN_MS / 1000.0) {
        for (int i = 0; i < BATCH; i++) {
            run(at);
        }
        count += BATCH;
        now = bench_cpu_seconds();
    }
    return count / (now - start);
}

int main(int argc, char **argv)
{
    bench at = {0};
    double raw[RUNS], checked[RUNS];
    require(np_parse_hex(identity_hex, at.identity, sizeof(at.identity), NULL) == NP_OK &&
                np_p256_verifier_create(&at.verifier, NULL) == NP_OK,
            "no verifier");
    prepare_raw(&at);
    for (int i = 0; i < RUNS; i++) {
        raw[i] = measure(&at, verify_twice);
        checked[i] = measure(&at, check_token);
    }
    double limit = bench_median(raw, RUNS), rate = bench_median(checked, RUNS);
    printf("%-44s %8.0f/s\n", "libcrypto verifies two signatures", limit);
    printf("%-44s %8.0f/s  %.2f of it; goal %d/s: %s\n", "KEYGEN reply parsed, both verified", rate,
           rate / limit, GOAL, rate >= GOAL ? "met" : "missed");
    FILE *json = argc > 1 ? fopen(argv[1], "w") : NULL;
    if (json != NULL) {
        fprintf(json, "{\"two_verified\":%.0f,\"tokens\":%.0f,\"ratio\":%.3f}\n", limit, rate,
                rate / limit);
        fclose(json);
    }
    EVP_PKEY_CTX_free(at.raw);
    np_p256_verifier_free(at.verifier);
    return 0;
}
