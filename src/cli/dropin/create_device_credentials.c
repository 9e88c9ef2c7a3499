/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"
#include "base/text.h"
#include "cli/dropin/dropin.h"
#include "cli/file.h"
#include "cli/signer_key.h"
#include "cloud/nrf_row.h"
#include "cloud/rows_file.h"
#include "crypto/hash.h"
#include "crypto/random.h"
#include "nordic/roots.h"
#include "x509/csr.h"
#include "x509/der.h"
#include "x509/leaf.h"
#include "x509/name.h"
#include "x509/pem.h"
#include "x509/public_key.h"
#include "x509/verify.h"
#include <stdio.h>
#include <time.h>

enum {
    PEM_SIZE = NP_LEAF_MAX * 3 / 2,
    SECONDS_PER_DAY = 24 * 60 * 60,
    NAME_MAX_SIZE = NP_COMMON_NAME_MAX + 1,
    ROWS_WAIT_MS = 10000,
    UUID_SIZE = 16,
};

static const char default_csv[] = "onboard.csv";

static const dropin_option options[] = {
    {"-ca", "--ca", NULL, false, DROPIN_MEMBER(ca)},
    {"-ca_key", "--ca-key", NULL, false, DROPIN_MEMBER(ca_key)},
    {"-csr", "--csr", NULL, false, DROPIN_MEMBER(csr)},
    {"-embed_save", "--embed-save", NULL, true, DROPIN_MEMBER(embed_save)},
    {NULL, "--csv", NULL, false, DROPIN_MEMBER(csv)},
    {NULL, "--coap", NULL, true, DROPIN_MEMBER(coap)},
    {"--log-level", "--log-level", NULL, false, DROPIN_MEMBER(log_level)},
    {"-P", "-P", "--plain", true, DROPIN_MEMBER(plain)},
    DROPIN_SUBJECT_OPTIONS,
};

typedef struct credentials {
    np_signer *signer;
    np_p256_key *key; /* made here; NULL: a request came */
    uint8_t request[NP_CSR_MAX];
    uint8_t subject[NP_LEAF_NAME_MAX]; /* Name, whole element */
    size_t subject_len;
    uint8_t public_key[NP_P256_POINT_SIZE];
    char name[NAME_MAX_SIZE]; /* the common name, or 0x and the serial number */
    uint8_t serial[NP_LEAF_SERIAL_MAX];
    uint8_t pem[PEM_SIZE];
    size_t pem_len;
} credentials;

static void credentials_clear(credentials *made)
{
    np_p256_free(made->key);
    np_signer_free(made->signer);
}

static np_code take_subject(credentials *made, np_bytes subject, np_error *err)
{
    if (subject.len > sizeof(made->subject)) {
        return np_error_set(err, NP_EINPUT_RANGE, "the subject is too long");
    }
    memcpy(made->subject, subject.data, subject.len);
    made->subject_len = subject.len;
    return NP_OK;
}

static np_code load_request(const char *path, credentials *made, np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    NP_CLEANUP(np_p256_verifier_free_at) np_p256_verifier *verifier = NULL;
    np_csr csr;
    bool is_possessed = false;
    np_writer writer = np_writer_of(made->request, sizeof(made->request));
    NP_TRY(cli_file_load(path, &file, err));
    NP_TRY(np_pem_decode(cli_file_bytes(&file), "CERTIFICATE REQUEST", &writer, err));
    NP_TRY(np_csr_parse(np_writer_bytes(&writer), &csr, err));
    NP_TRY(np_p256_verifier_create(&verifier, err));
    NP_TRY(np_csr_judge(&csr, np_judge_by_verifier(verifier), &is_possessed, err));
    if (!is_possessed) {
        return np_error_set(err, NP_EINPUT_KEY,
                            "the request is not signed by the key that it is for");
    }
    memcpy(made->public_key, csr.point.data, sizeof(made->public_key));
    return take_subject(made, csr.subject, err);
}

/* As today's script: a random UUID (version 4) when there is no common name. */
static np_code draw_name(char ret[static NAME_MAX_SIZE], np_error *err)
{
    uint8_t bytes[UUID_SIZE];
    char hex[2 * UUID_SIZE + 1];
    np_random random = np_random_system();
    NP_TRY(random.fill(random.self, bytes, sizeof(bytes), err));
    bytes[6] = (uint8_t)((bytes[6] & 0x0f) | 0x40);
    bytes[8] = (uint8_t)((bytes[8] & 0x3f) | 0x80);
    np_format_hex(NP_BYTES(bytes), hex);
    np_format(ret, NAME_MAX_SIZE, "%.*s-%.*s-%.*s-%.*s-%s", 8, hex, 4, hex + 8, 4, hex + 12, 4,
              hex + 16, hex + 20);
    return NP_OK;
}

static np_code make_key(const dropin_arguments *arguments, credentials *made, np_error *err)
{
    char text[DROPIN_SUBJECT_MAX];
    char name[NAME_MAX_SIZE];
    uint8_t subject[NP_LEAF_NAME_MAX];
    dropin_arguments filled = *arguments;
    np_writer writer = np_writer_of(subject, sizeof(subject));
    bool is_missing = arguments->country == NULL || arguments->common_name == NULL;
    if (arguments->is_of_2022 && is_missing) {
        return np_error_set(err, NP_EUSAGE, "without -csr, -c and -cn are required");
    }
    NP_TRY(draw_name(name, err));
    filled.country = filled.country == NULL ? "NO" : filled.country;
    filled.common_name = filled.common_name == NULL ? name : filled.common_name;
    NP_TRY(dropin_write_subject(&filled, text, err));
    size_t mark = np_der_open(&writer, NP_DER_SEQUENCE);
    NP_TRY(np_name_write_text(&writer, text, err));
    np_der_close(&writer, mark);
    NP_TRY(np_p256_generate(&made->key, err));
    np_p256_public(made->key, made->public_key);
    return take_subject(made, np_writer_bytes(&writer), err);
}

static np_code sign(const dropin_arguments *arguments, credentials *made, np_error *err)
{
    unsigned days = 0;
    int64_t now = (int64_t)time(NULL);
    uint8_t tbs[NP_LEAF_MAX], der[NP_LEAF_MAX];
    uint8_t digest[NP_SHA256_SIZE], signature[NP_P256_SIGNATURE_SIZE];
    np_leaf_template template;
    np_random random = np_random_system();
    const np_certificate *authority = np_signer_certificate(made->signer);
    const np_signing *signing = np_signer_signing(made->signer);
    np_writer tbs_writer = np_writer_of(tbs, sizeof(tbs));
    np_writer der_writer = np_writer_of(der, sizeof(der));
    np_writer pem_writer = np_writer_of(made->pem, sizeof(made->pem));
    NP_TRY(dropin_get_days(arguments, &days, err));
    NP_TRY(np_validity_check_signer(&authority->validity, now, err));
    np_validity validity = {np_civil_from_seconds(now),
                            np_civil_from_seconds(now + (int64_t)days * SECONDS_PER_DAY)};
    NP_TRY(np_leaf_prepare(np_leaf_profile_find(arguments->is_of_2022 ? "nrf-2022" : "nrf-2026"),
                           authority, &validity, &template, err));
    NP_TRY(random.fill(random.self, made->serial, sizeof(made->serial), err));
    np_leaf_shape_serial(made->serial);
    np_leaf_values values = {.serial = NP_BYTES(made->serial),
                             .subject = np_bytes_of(made->subject, made->subject_len),
                             .public_key = made->public_key};
    np_leaf_write_tbs(&template, &values, &tbs_writer);
    np_sha256(np_writer_bytes(&tbs_writer), digest);
    NP_TRY(signing->sign(signing->self, digest, signature, err));
    np_profile_assemble(np_writer_bytes(&tbs_writer), signature, &der_writer);
    np_pem_encode(&pem_writer, "CERTIFICATE", np_writer_bytes(&der_writer));
    made->pem_len = pem_writer.len;
    return NP_OK;
}

static np_code find_name(credentials *made, np_error *err)
{
    np_bytes name;
    char hex[2 * NP_LEAF_SERIAL_MAX + 1];
    if (!np_name_find(np_bytes_of(made->subject, made->subject_len), "CN", &name) ||
        name.len == 0) {
        np_format_hex(NP_BYTES(made->serial), hex);
        np_format(made->name, sizeof(made->name), "0x%s", hex);
        return NP_OK;
    }
    for (size_t i = 0; i < name.len; i++) {
        if (name.len > NP_COMMON_NAME_MAX || name.data[i] < 0x20 || name.data[i] == '/') {
            return np_error_set(err, NP_EINPUT_FORMAT,
                                "the common name cannot be the name of a file");
        }
    }
    memcpy(made->name, name.data, name.len);
    return NP_OK;
}

/* Each line as "line\n" in quotes: an array of char includes it. */
static void write_embedded(np_writer *writer, np_bytes pem)
{
    bool is_open = false;
    for (size_t i = 0; i < pem.len; i++) {
        np_write_text(writer, is_open ? "" : "\"");
        is_open = pem.data[i] != '\n';
        if (is_open) {
            np_write_u8(writer, pem.data[i]);
        } else {
            np_write_text(writer, "\\n\"\n");
        }
    }
}

typedef struct file_kind {
    const char *suffix;   /* behind the common name */
    const char *embedded; /* the name with --embed-save; NULL: not made then */
} file_kind;

static const file_kind certificate_file = {"crt", "client-cert.pem"};
static const file_kind key_file = {"prv", "private-key.pem"};
static const file_kind public_file = {"pub", NULL};

static np_code store_one(const dropin_arguments *arguments, const credentials *made,
                         const file_kind *kind, np_bytes pem, np_error *err)
{
    char name[NAME_MAX_SIZE + 16];
    uint8_t text[2 * PEM_SIZE];
    np_writer writer = np_writer_of(text, sizeof(text));
    bool is_secret = kind == &key_file;
    if (!arguments->embed_save) {
        np_format(name, sizeof(name), "%s_%s.pem", made->name, kind->suffix);
        return dropin_store(arguments, name, pem, is_secret, err);
    }
    if (kind->embedded == NULL) {
        return NP_OK;
    }
    write_embedded(&writer, pem);
    np_code code =
        dropin_store(arguments, kind->embedded, np_writer_bytes(&writer), is_secret, err);
    np_wipe(text, sizeof(text));
    return code;
}

/* The servers' roots go with what is compiled in. */
static np_code store_roots(const dropin_arguments *arguments, np_error *err)
{
    static const file_kind roots_file = {NULL, "ca-cert.pem"};
    uint8_t pem[PEM_SIZE];
    np_writer writer = np_writer_of(pem, sizeof(pem));
    if (!arguments->embed_save) {
        return NP_OK;
    }
    np_nordic_write_roots((np_bytes){NULL, 0}, arguments->coap, &writer);
    return store_one(arguments, NULL, &roots_file, np_writer_bytes(&writer), err);
}

static np_code store(const dropin_arguments *arguments, const credentials *made, np_error *err)
{
    uint8_t pem[PEM_SIZE];
    np_writer writer = np_writer_of(pem, sizeof(pem));
    np_bytes certificate = np_bytes_of(made->pem, made->pem_len);
    NP_TRY(store_roots(arguments, err));
    NP_TRY(store_one(arguments, made, &certificate_file, certificate, err));
    np_public_key_write_pem(made->public_key, &writer);
    NP_TRY(store_one(arguments, made, &public_file, np_writer_bytes(&writer), err));
    if (made->key == NULL) {
        return NP_OK;
    }
    writer = np_writer_of(pem, sizeof(pem));
    np_p256_write_pkcs8_pem(made->key, &writer);
    np_code code = store_one(arguments, made, &key_file, np_writer_bytes(&writer), err);
    np_wipe(pem, sizeof(pem));
    return code;
}

/* Today's script adds a row to onboard.csv unless told not to; that of 2022 knew none. */
static const char *csv_path(const dropin_arguments *arguments)
{
    const char *path = arguments->csv == NULL ? default_csv : arguments->csv;
    return arguments->is_of_2022 || path[0] == '\0' ? NULL : path;
}

/* A device that stands there already gets no new certificate. */
static np_code open_rows(const dropin_arguments *arguments, const credentials *made,
                         np_rows_file **ret, np_error *err)
{
    if (csv_path(arguments) == NULL) {
        return NP_OK;
    }
    NP_TRY(np_rows_file_open(csv_path(arguments), &np_rows_onboard, ROWS_WAIT_MS, ret, err));
    return np_rows_file_check(*ret, np_bytes_text(made->name), err);
}

static np_code add_row(np_rows_file *file, const credentials *made, np_error *err)
{
    uint8_t row[2 * PEM_SIZE];
    np_writer writer = np_writer_of(row, sizeof(row));
    np_nrf_row fields = {.id = np_bytes_text(made->name),
                         .certificate = np_bytes_of(made->pem, made->pem_len)};
    np_nrf_row_write(&writer, &fields);
    return np_rows_file_put(file, fields.id, np_writer_bytes(&writer), false, err);
}

static np_code load_signer(const dropin_arguments *arguments, credentials *made, np_error *err)
{
    const cli_arguments signer = {.signer_cert = arguments->ca, .signer_key = arguments->ca_key};
    return signer.signer_cert == NULL || signer.signer_key == NULL
               ? np_error_set(err, NP_EUSAGE, "the CA's files are required: --ca, --ca-key")
               : cli_signer_open_authority(&signer, &made->signer, err);
}

static np_code run(const dropin_arguments *arguments, np_error *err)
{
    NP_CLEANUP(credentials_clear) credentials made = {0};
    NP_CLEANUP(np_rows_file_free_at) np_rows_file *rows = NULL;
    NP_TRY(load_signer(arguments, &made, err));
    np_code code = arguments->csr == NULL ? make_key(arguments, &made, err)
                                          : load_request(arguments->csr, &made, err);
    if (code != NP_OK) {
        return arguments->csr == NULL ? code : np_error_prefix(err, code, "%s", arguments->csr);
    }
    NP_TRY(sign(arguments, &made, err));
    NP_TRY(find_name(&made, err));
    NP_TRY(open_rows(arguments, &made, &rows, err));
    NP_TRY(store(arguments, &made, err));
    return rows == NULL ? NP_OK : add_row(rows, &made, err);
}

const dropin_program dropin_create_device_credentials = {
    .name = "create_device_credentials",
    .purpose = "Creates a device certificate, and a key without a request, as Nordic's script.",
    .options = options,
    .option_count = NP_COUNT_OF(options),
    .run = run,
};
