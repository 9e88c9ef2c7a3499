/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/storable.h"

#include "base/format.h"
#include "x509/dates.h"
#include "x509/der.h"
#include "x509/describe.h"
#include "x509/oids.h"
#include "x509/storable_internal.h"
#include "x509/verify.h"

enum { PART_TEXT_SIZE = 96 };

static void check_key(const np_certificate *certificate, np_storable_report *report)
{
    char text[PART_TEXT_SIZE];
    if (certificate->point.len == 64) {
        return;
    }
    x509_describe_key(certificate->spki, text, sizeof(text));
    storable_add(report, NP_STORABLE_NOT_P256,
                 "the public key is %s; a chip can store only uncompressed P-256", text);
}

static bool is_ecdsa_with_sha256(np_bytes algorithm)
{
    return np_bytes_equal(algorithm, NP_BYTES(x509_ecdsa_with_sha256));
}

static void check_algorithm(np_bytes algorithm, const char *what, np_storable_report *report)
{
    char text[PART_TEXT_SIZE];
    if (!is_ecdsa_with_sha256(algorithm)) {
        x509_describe_algorithm(algorithm, text, sizeof(text));
        storable_add(report, NP_STORABLE_SIGNATURE_ALGORITHM,
                     "%s is %s; must be ecdsa-with-SHA256 without parameters", what, text);
    }
}

static void check_algorithms(const np_certificate *certificate, np_storable_report *report)
{
    check_algorithm(certificate->tbs_algorithm, "the signature algorithm", report);
    if (!np_bytes_equal(certificate->tbs_algorithm, certificate->signature_algorithm)) {
        check_algorithm(certificate->signature_algorithm, "the outer signature algorithm", report);
    }
}

/* The profiles of self-signed certificates leave nothing open in their names. */
static void check_name(np_bytes name, const np_profile_name *wanted, np_storable_cause cause,
                       np_storable_report *report)
{
    const np_profile_values nothing = {.public_key = NULL};
    char text[PART_TEXT_SIZE];
    uint8_t der[PART_TEXT_SIZE];
    np_writer writer = np_writer_of(der, sizeof(der));
    np_profile_write_name(&writer, wanted, &nothing);
    if (np_bytes_equal(name, np_writer_bytes(&writer))) {
        return;
    }
    x509_describe_name(name, text, sizeof(text));
    storable_add(report, cause, "%s is %s; a chip can store only CN=%s as UTF8String",
                 cause == NP_STORABLE_SUBJECT ? "subject" : "issuer", text, wanted->before);
}

static bool encode_dates(const np_certificate *certificate, uint8_t *ret)
{
    return np_dates_encode(&certificate->validity, ret, NULL) == NP_OK;
}

/* Without key and dates the right number is unknown; its form is not. */
static void check_serial(const np_certificate *certificate, np_storable_report *report)
{
    uint8_t dates[NP_DATES_SIZE];
    uint8_t wanted[NP_CERTIFICATE_SERIAL_SIZE];
    char found_text[PART_TEXT_SIZE];
    char wanted_text[PART_TEXT_SIZE] = "16 bytes computed from public key and dates";
    bool is_known = certificate->point.len == 64 && encode_dates(certificate, dates);
    bool is_right =
        certificate->serial.len == sizeof(wanted) && (certificate->serial.data[0] & 0xc0) == 0x40;
    if (is_known) {
        np_certificate_serial(certificate->point, dates, wanted);
        x509_describe_hex(NP_BYTES(wanted), wanted_text, sizeof(wanted_text));
        is_right = np_bytes_equal(certificate->serial, NP_BYTES(wanted));
    }
    if (!is_right) {
        x509_describe_hex(certificate->serial, found_text, sizeof(found_text));
        storable_add(report, NP_STORABLE_SERIAL, "serial number is %s; must be %s%s", found_text,
                     wanted_text, is_known ? ", computed from public key and dates" : "");
    }
}

static void check_dates(const np_certificate *certificate, np_storable_report *report)
{
    char text[X509_DATES_TEXT_SIZE];
    for (size_t i = 0; x509_dates_cause(&certificate->validity, i, text, sizeof(text)); i++) {
        storable_add(report, NP_STORABLE_DATES, "%s", text);
    }
}

/* Another algorithm or key is a finding already; then there is no signature to look at. */
static np_code check_signature(const np_certificate *certificate, np_storable_report *report,
                               np_error *err)
{
    uint8_t signature[64];
    bool is_signed = false;
    if (!is_ecdsa_with_sha256(certificate->signature_algorithm) ||
        !is_ecdsa_with_sha256(certificate->tbs_algorithm)) {
        return NP_OK;
    }
    if (!np_der_parse_signature(certificate->signature, signature)) {
        storable_add(report, NP_STORABLE_SIGNATURE_FORM,
                     "the signature is not two integers of at most 32 bytes in strict DER");
        return NP_OK;
    }
    if (certificate->point.len != 64) {
        return NP_OK;
    }
    NP_TRY(np_certificate_is_signed_by(certificate, certificate->point.data, &is_signed, err));
    if (!is_signed) {
        storable_add(report, NP_STORABLE_SIGNATURE_WRONG,
                     "the signature is not by the certificate's own key; must be self-signed");
    }
    return NP_OK;
}

/* Past the two outer headers: their lengths differ whenever anything does. */
static size_t first_difference(np_bytes a, np_bytes b)
{
    size_t at = 8;
    while (at < a.len && at < b.len && a.data[at] == b.data[at]) {
        at++;
    }
    return at;
}

/* The last word: all parts agree, so now the bytes must. */
static void check_rebuilt(const np_profile *profile, const np_certificate *certificate,
                          np_storable_report *report)
{
    uint8_t der[1024];
    np_writer writer = np_writer_of(der, sizeof(der));
    np_profile_values values = {.public_key = certificate->point.data};
    np_compressed compressed = {
        .template_id = profile->template_id,
        .chain_id = profile->chain_id,
        .serial_source = (uint8_t)profile->serial_source,
    };
    bool is_rebuilt = np_der_parse_signature(certificate->signature, compressed.signature) &&
                      encode_dates(certificate, compressed.dates);
    np_compressed_encode(&compressed, report->compressed);
    report->suits_old_readers = np_signature_suits_old_readers(compressed.signature);
    is_rebuilt = is_rebuilt &&
                 np_profile_rebuild(profile, &values, report->compressed, &writer, NULL) == NP_OK;
    np_bytes rebuilt = np_writer_bytes(&writer);
    if (!is_rebuilt || !np_bytes_equal(rebuilt, certificate->der)) {
        storable_add(report, NP_STORABLE_ENCODING,
                     "all parts fit, but from byte %zu on they are encoded in another way than a "
                     "rebuilt certificate",
                     first_difference(rebuilt, certificate->der));
    }
}

np_code np_storable_check(const np_profile *profile, const np_certificate *certificate,
                          np_storable_report *ret, np_error *err)
{
    *ret = (np_storable_report){0};
    if (!profile->is_self_signed) {
        return np_error_set(err, NP_EUSAGE, "only signer certificates can be checked; %s is none",
                            profile->name);
    }
    check_key(certificate, ret);
    check_algorithms(certificate, ret);
    check_name(certificate->subject, &profile->subject, NP_STORABLE_SUBJECT, ret);
    check_name(certificate->issuer, &profile->issuer, NP_STORABLE_ISSUER, ret);
    check_dates(certificate, ret);
    check_serial(certificate, ret);
    storable_check_extensions(profile, certificate, ret);
    NP_TRY(check_signature(certificate, ret, err));
    if (ret->count == 0) {
        check_rebuilt(profile, certificate, ret);
    }
    return NP_OK;
}
