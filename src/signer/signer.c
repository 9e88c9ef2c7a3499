/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/signer.h"

#include "base/format.h"
#include "crypto/hash.h"
#include "x509/constraints.h"
#include "x509/pem.h"
#include <stdlib.h>

struct np_signer {
    uint8_t der[NP_CERTIFICATE_MAX]; /* what the slices of the certificate point into */
    np_certificate certificate;
    uint8_t compressed[NP_COMPRESSED_SIZE];
    np_p256_key *key;            /* NULL: the key is somebody else's, or there is none */
    np_signing signing;          /* without sign: certificate only */
    void (*release)(void *self); /* of what the signing needs; NULL: nothing */
    void *released;
};

void np_signer_free(np_signer *signer)
{
    if (signer == NULL) {
        return;
    }
    np_p256_free(signer->key);
    if (signer->release != NULL) {
        signer->release(signer->released);
    }
    np_wipe(signer, sizeof(*signer));
    free(signer);
}

static np_code make_signer(np_signer **ret, np_error *err)
{
    *ret = calloc(1, sizeof(**ret));
    return *ret == NULL ? np_error_set(err, NP_ESTATION_MEMORY, "no memory for a signer") : NP_OK;
}

/* A cause that occurs several times is named once. */
static bool is_first_of_cause(const np_storable_report *report, size_t at, size_t from)
{
    for (size_t i = from; i < at; i++) {
        if (report->findings[i].cause == report->findings[at].cause) {
            return false;
        }
    }
    return true;
}

static void write_names(np_writer *writer, const np_storable_report *report, size_t from)
{
    for (size_t i = from; i < report->count; i++) {
        if (is_first_of_cause(report, i, from)) {
            np_write_text(writer, i > from ? ", " : from > 0 ? "; also " : "");
            np_write_text(writer, np_storable_cause_name(report->findings[i].cause));
        }
    }
}

/*
 * Every cause in one message: as a sentence while there is room, then by its short name, because
 * somebody who mends the first cause only should know that there are more.
 */
static np_code refuse_storing(const np_storable_report *report, np_error *err)
{
    uint8_t text[NP_ERROR_MESSAGE_SIZE - 64]; /* the rest is for the beginning of the message */
    np_writer writer = np_writer_of(text, sizeof(text));
    size_t told = 0;
    for (; told < report->count; told++) {
        np_writer rest = np_writer_of(NULL, 0);
        np_write_text(&rest, told > 0 ? "; " : "");
        np_write_text(&rest, report->findings[told].text);
        write_names(&rest, report, told + 1);
        if (writer.len + rest.len > sizeof(text)) {
            break;
        }
        np_write_text(&writer, told > 0 ? "; " : "");
        np_write_text(&writer, report->findings[told].text);
    }
    write_names(&writer, report, told);
    np_bytes causes = np_writer_bytes(&writer);
    np_code code = np_error_set(err, NP_EINPUT_STORABLE, "no chip can store this certificate: %.*s",
                                (int)causes.len, (const char *)causes.data);
    return np_error_hint(err, code,
                         "make a signer with 'nameplate signer create'; 'nameplate signer check' "
                         "explains each cause");
}

/* Takes over the DER that stands in signer->der. */
static np_code take_certificate(np_signer *signer, size_t len, np_error *err)
{
    np_storable_report report;
    np_bytes der = np_bytes_of(signer->der, len);
    NP_TRY(np_certificate_parse(der, &signer->certificate, err));
    NP_TRY(np_storable_check(&np_profile_nerveskey_signer, &signer->certificate, &report, err));
    if (report.count > 0) {
        return refuse_storing(&report, err);
    }
    memcpy(signer->compressed, report.compressed, sizeof(signer->compressed));
    return NP_OK;
}

static np_code read_certificate(np_signer *signer, np_bytes pem, np_error *err)
{
    np_writer writer = np_writer_of(signer->der, sizeof(signer->der));
    NP_TRY(np_pem_decode(pem, "CERTIFICATE", &writer, err));
    return take_certificate(signer, writer.len, err);
}

np_code np_signer_open_certificate(np_bytes certificate_pem, np_signer **ret, np_error *err)
{
    *ret = NULL;
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    NP_TRY(make_signer(&signer, err));
    np_code code = read_certificate(signer, certificate_pem, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "signer certificate");
    }
    *ret = signer;
    signer = NULL;
    return NP_OK;
}

static np_code read_authority(np_signer *signer, np_bytes pem, np_error *err)
{
    np_constraints constraints;
    np_writer writer = np_writer_of(signer->der, sizeof(signer->der));
    NP_TRY(np_pem_decode(pem, "CERTIFICATE", &writer, err));
    NP_TRY(np_certificate_parse(np_writer_bytes(&writer), &signer->certificate, err));
    NP_TRY(np_constraints_read(&signer->certificate, &constraints, err));
    if (!constraints.is_ca) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "it is not of a CA: basicConstraints do not say so");
    }
    if (signer->certificate.point.len != NP_P256_POINT_SIZE) {
        return np_error_set(err, NP_EINPUT_KEY, "its key is not one of P-256");
    }
    return NP_OK;
}

np_code np_signer_open_authority(np_bytes certificate_pem, np_signer **ret, np_error *err)
{
    *ret = NULL;
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    NP_TRY(make_signer(&signer, err));
    np_code code = read_authority(signer, certificate_pem, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "signer certificate");
    }
    *ret = signer;
    signer = NULL;
    return NP_OK;
}

static void take_key(np_signer *signer, np_p256_key **key)
{
    signer->key = *key;
    signer->signing = np_signing_by_key(*key);
    *key = NULL;
}

np_code np_signer_give_signing(np_signer *signer, const np_signing *signing, np_error *err)
{
    if (!np_bytes_equal(NP_BYTES(signing->public_key), signer->certificate.point)) {
        np_code code = np_error_set(err, NP_EINPUT_KEY,
                                    "the signer key is not the key of the signer certificate");
        return np_error_hint(err, code,
                             "give the two that were made together; what it signed could never be "
                             "verified");
    }
    signer->signing = *signing;
    return NP_OK;
}

np_code np_signer_give_key(np_signer *signer, np_p256_key **key, np_error *err)
{
    np_signing signing = np_signing_by_key(*key);
    NP_TRY(np_signer_give_signing(signer, &signing, err));
    take_key(signer, key);
    return NP_OK;
}

np_code np_signer_copy_key(const np_signer *signer, np_p256_key **ret, np_error *err)
{
    *ret = NULL;
    return signer->key == NULL ? NP_OK : np_p256_copy(signer->key, ret, err);
}

np_code np_signer_open_with(np_bytes certificate_pem, const np_signing *signing, np_signer **ret,
                            np_error *err)
{
    *ret = NULL;
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    NP_TRY(np_signer_open_certificate(certificate_pem, &signer, err));
    NP_TRY(np_signer_give_signing(signer, signing, err));
    *ret = signer;
    signer = NULL;
    return NP_OK;
}

np_code np_signer_open_encrypted(np_bytes certificate_pem, np_bytes key_pem, np_bytes passphrase,
                                 np_signer **ret, np_error *err)
{
    *ret = NULL;
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    /* the certificate first: its trouble is told first */
    NP_TRY(np_signer_open_certificate(certificate_pem, &signer, err));
    np_code code = np_p256_parse_encrypted_pem(key_pem, passphrase, &key, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "signer key");
    }
    np_signing signing = np_signing_by_key(key);
    NP_TRY(np_signer_give_signing(signer, &signing, err));
    take_key(signer, &key);
    *ret = signer;
    signer = NULL;
    return NP_OK;
}

np_code np_signer_open(np_bytes certificate_pem, np_bytes key_pem, np_signer **ret, np_error *err)
{
    return np_signer_open_encrypted(certificate_pem, key_pem, (np_bytes){0}, ret, err);
}

static np_code issue_own(const np_signing *signing, int64_t now, unsigned years, np_issued *ret,
                         np_error *err)
{
    np_validity validity;
    uint8_t dates[NP_DATES_SIZE];
    np_profile_values values = {.public_key = signing->public_key};
    NP_TRY(np_validity_at(now, years, &validity, err));
    NP_TRY(np_dates_encode(&validity, dates, err));
    return np_profile_issue(&np_profile_nerveskey_signer, &values, dates, signing, ret, err);
}

np_code np_signer_create_with(const np_signing *signing, int64_t now, unsigned years,
                              np_signer **ret, np_error *err)
{
    *ret = NULL;
    np_issued issued;
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    NP_TRY(make_signer(&signer, err));
    NP_TRY(issue_own(signing, now, years, &issued, err));
    memcpy(signer->der, issued.der, issued.der_len);
    NP_TRY(take_certificate(signer, issued.der_len, err));
    signer->signing = *signing;
    *ret = signer;
    signer = NULL;
    return NP_OK;
}

np_code np_signer_create(int64_t now, unsigned years, np_signer **ret, np_error *err)
{
    *ret = NULL;
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    NP_TRY(np_p256_generate(&key, err));
    np_signing signing = np_signing_by_key(key);
    NP_TRY(np_signer_create_with(&signing, now, years, ret, err));
    take_key(*ret, &key);
    return NP_OK;
}

void np_signer_keep(np_signer *signer, void (*release)(void *self), void *self)
{
    signer->release = release;
    signer->released = self;
}

const np_certificate *np_signer_certificate(const np_signer *signer)
{
    return &signer->certificate;
}

void np_signer_public_key(const np_signer *signer, uint8_t ret_point[static 64])
{
    memcpy(ret_point, signer->certificate.point.data, NP_P256_POINT_SIZE);
}

void np_signer_compressed(const np_signer *signer, uint8_t ret[static NP_COMPRESSED_SIZE])
{
    memcpy(ret, signer->compressed, NP_COMPRESSED_SIZE);
}

void np_signer_fingerprint(const np_signer *signer, uint8_t ret[static 32])
{
    np_sha256(signer->certificate.der, ret);
}

bool np_signer_has_key(const np_signer *signer)
{
    return signer->signing.sign != NULL;
}

const np_signing *np_signer_signing(const np_signer *signer)
{
    return signer->signing.sign == NULL ? NULL : &signer->signing;
}

void np_signer_write_certificate_pem(const np_signer *signer, np_writer *writer)
{
    np_pem_encode(writer, "CERTIFICATE", signer->certificate.der);
}

void np_signer_write_key_pem(const np_signer *signer, np_writer *writer)
{
    if (signer->key != NULL) {
        np_p256_write_pem(signer->key, writer);
    }
}

np_code np_signer_write_encrypted_key_pem(const np_signer *signer, np_bytes passphrase,
                                          np_writer *writer, np_error *err)
{
    return signer->key == NULL
               ? np_error_set(err, NP_EINPUT_MISSING, "the signer's key is not in this process")
               : np_p256_write_encrypted_pem(signer->key, passphrase, writer, err);
}
