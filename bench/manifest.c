/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast manifests are imported: a real Trust&GO element, five keys and two certificates, again
 * and again, against libcrypto verifying one signature with one known key, in the same run.
 * (Every element but the first is refused at the very end, for its identifier: all of them are
 * verified.) Medians of five alternating runs, in CPU time of all threads, so that what else the
 * machine does counts little. bench_manifest MANIFEST SIGNER [JSON]: a table on stdout, JSON there.
 */
#include "cloud/manifest_import.h"
#include "measure.h"
#include "x509/pem.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    RUNS = 5,
    RAW_MS = 400, /* not tuned: long enough for two digits */
    BATCH = 16,   /* calls between looks at the clock */
    ELEMENTS = 4096,
    FILE_MAX = 65536,
    PROCESSORS = 2,
    GOAL = 12000, /* elements a second on these */
};

typedef enum bench_subject { RAW_VERIFY, IMPORT_1, IMPORT_2, SUBJECT_COUNT } bench_subject;

static const char *const names[SUBJECT_COUNT] = {"libcrypto verify, one key", "import, one worker",
                                                 "import, two workers"};

typedef struct bench {
    EVP_PKEY *key;
    EVP_PKEY_CTX *verify;
    uint8_t signature[72];
    size_t signature_len;
    char *manifest; /* heap */
    size_t len;
    np_manifest_signers signers;
    size_t verified;
} bench;

static const uint8_t digest[32] = {1, 2, 3};

static void require(bool is_good)
{
    if (!is_good) {
        fprintf(stderr, "bench: something failed\n");
        exit(1);
    }
}

static np_code take(void *self, const np_manifest_entry *entry, np_error *err)
{
    (void)err;
    require(!entry->is_refused || strstr(entry->reason, "same uniqueId") != NULL);
    ((bench *)self)->verified++;
    return NP_OK;
}

static void import_all(bench *on, unsigned workers)
{
    FILE *file = fmemopen(on->manifest, on->len, "r");
    require(file != NULL);
    const np_manifest_import import = {.file = file,
                                       .path = "manifest",
                                       .signers = &on->signers,
                                       .workers = workers,
                                       .take = take,
                                       .self = on};
    on->verified = 0;
    require(np_manifest_import_run(&import, NULL) == NP_OK && on->verified == ELEMENTS);
    fclose(file);
}

static double run(bench *on, bench_subject subject)
{
    double start = bench_cpu_seconds();
    if (subject != RAW_VERIFY) {
        import_all(on, subject == IMPORT_1 ? 1 : PROCESSORS);
        return ELEMENTS / (bench_cpu_seconds() - start);
    }
    double now = start;
    unsigned long count = 0;
    while (now - start < RAW_MS / 1000.0) {
        for (unsigned i = 0; i < BATCH; i++) {
            require(EVP_PKEY_verify(on->verify, on->signature, on->signature_len, digest,
                                    sizeof(digest)) == 1);
        }
        count += BATCH;
        now = bench_cpu_seconds();
    }
    return (double)count / (now - start);
}

static size_t load(const char *path, char *ret_text)
{
    FILE *file = fopen(path, "r");
    require(file != NULL);
    size_t len = fread(ret_text, 1, FILE_MAX - 1, file);
    fclose(file);
    ret_text[len] = '\0';
    return len;
}

/* The first element of the file, as often as wanted. */
static void fill_manifest(bench *on, const char *path)
{
    static char text[FILE_MAX];
    (void)load(path, text);
    const char *start = strchr(text, '{');
    const char *end = start == NULL ? NULL : strstr(start, "\n  },");
    require(end != NULL);
    size_t len = (size_t)(end - start) + strlen("\n  }");
    on->manifest = malloc(ELEMENTS * (len + 1) + 1);
    require(on->manifest != NULL);
    for (size_t i = 0; i < ELEMENTS; i++) {
        on->manifest[i * (len + 1)] = i == 0 ? '[' : ',';
        memcpy(on->manifest + i * (len + 1) + 1, start, len);
    }
    on->len = ELEMENTS * (len + 1) + 1;
    on->manifest[on->len - 1] = ']';
}

static void load_signer(bench *on, const char *path)
{
    static char text[FILE_MAX];
    uint8_t der[FILE_MAX];
    np_writer writer = np_writer_of(der, sizeof(der));
    size_t len = load(path, text);
    require(np_pem_decode(np_bytes_of(text, len), "CERTIFICATE", &writer, NULL) == NP_OK);
    require(np_manifest_signer_read(np_writer_bytes(&writer), &on->signers.at[0], NULL) == NP_OK);
    on->signers.count = 1;
}

static void open_raw(bench *on)
{
    on->key = EVP_EC_gen("P-256");
    require(on->key != NULL);
    EVP_PKEY_CTX *sign = EVP_PKEY_CTX_new(on->key, NULL);
    on->verify = EVP_PKEY_CTX_new(on->key, NULL);
    on->signature_len = sizeof(on->signature);
    require(EVP_PKEY_sign_init(sign) == 1 && EVP_PKEY_verify_init(on->verify) == 1 &&
            EVP_PKEY_sign(sign, on->signature, &on->signature_len, digest, sizeof(digest)) == 1);
    EVP_PKEY_CTX_free(sign);
}

static void write_json(const char *path, const double *rates)
{
    FILE *file = fopen(path, "w");
    require(file != NULL);
    fprintf(file, "{\n  \"rates_per_cpu_second\": {\n");
    for (unsigned i = 0; i < SUBJECT_COUNT; i++) {
        fprintf(file, "    \"%s\": %.1f%s\n", names[i], rates[i], i + 1 < SUBJECT_COUNT ? "," : "");
    }
    fprintf(file, "  },\n  \"import_ratio\": %.4f\n}\n", rates[IMPORT_2] / rates[RAW_VERIFY]);
    fclose(file);
}

int main(int argc, char **argv)
{
    static bench on;
    double samples[SUBJECT_COUNT][RUNS];
    double rates[SUBJECT_COUNT];
    require(argc >= 3);
    fill_manifest(&on, argv[1]);
    load_signer(&on, argv[2]);
    open_raw(&on);
    for (unsigned i = 0; i < RUNS; i++) {
        for (unsigned subject = 0; subject < SUBJECT_COUNT; subject++) {
            samples[subject][i] = run(&on, (bench_subject)subject);
        }
    }
    EVP_PKEY_CTX_free(on.verify);
    EVP_PKEY_free(on.key);
    free(on.manifest);
    for (unsigned subject = 0; subject < SUBJECT_COUNT; subject++) {
        rates[subject] = bench_median(samples[subject], RUNS);
        printf("%-34s %10.0f /s\n", names[subject], rates[subject]);
    }
    printf("\nelements a second on two processors        %.0f   goal: at least %d\n",
           PROCESSORS * rates[IMPORT_2], GOAL);
    printf("import to raw verifying                    %.3f\n",
           rates[IMPORT_2] / rates[RAW_VERIFY]);
    if (argc > 3) {
        write_json(argv[3], rates);
    }
    return 0;
}
