/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"
#include "crypto/hash.h"
#include "signer/issue_internal.h"
#include "x509/der.h"
#include "x509/verify.h"
#include <stdarg.h>

void np_issue_refuse(np_issue_unit *unit, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    (void)np_format_list(unit->reason, sizeof(unit->reason), format, arguments);
    va_end(arguments);
    unit->is_refused = true;
}

/* A request proves possession, which no point off the curve can; without one the point is asked. */
np_code issue_check(const issue_worker *worker, np_issue_unit *unit, np_error *err)
{
    if (unit->request_len == 0) {
        if (!np_p256_verifier_accepts(worker->verifier, unit->public_key)) {
            np_issue_refuse(unit, "the public key is no point of P-256");
        }
        return NP_OK;
    }
    np_csr csr;
    bool is_possessed = false;
    NP_TRY(np_csr_parse(np_bytes_of(unit->request, unit->request_len), &csr, err));
    NP_TRY(np_csr_judge(&csr, np_judge_by_verifier(worker->verifier), &is_possessed, err));
    if (!is_possessed) {
        np_issue_refuse(unit, "the request is not signed by the key that it is for");
    }
    return NP_OK;
}

static np_profile_values values_for_chip(const np_leaf_template *template,
                                         const np_issue_unit *unit)
{
    return (np_profile_values){
        .subject = np_bytes_of(unit->serial, unit->serial_len),
        .public_key = unit->public_key,
        .authority_key = template->authority_key,
        .chip_serial = NP_BYTES(unit->chip_serial),
    };
}

/* As a chip is provisioned: rebuilt from its 72 bytes and verified before it is handed out. */
static np_code sign_for_chip(const issue_worker *worker, np_issue_unit *unit, np_error *err)
{
    np_issued issued;
    const np_leaf_template *template = worker->template;
    np_profile_values values = values_for_chip(template, unit);
    NP_TRY(np_profile_issue(template->profile->stored_as, &values, template->dates, worker->signing,
                            &issued, err));
    memcpy(unit->der, issued.der, issued.der_len);
    unit->der_len = issued.der_len;
    return NP_OK;
}

np_code np_issue_compress(const np_leaf_template *template, const np_issue_unit *unit,
                          uint8_t ret[static NP_COMPRESSED_SIZE], np_error *err)
{
    uint8_t rebuilt[NP_LEAF_MAX];
    np_certificate certificate;
    np_writer writer = np_writer_of(rebuilt, sizeof(rebuilt));
    const np_profile *profile = template->profile->stored_as;
    np_bytes der = np_bytes_of(unit->der, unit->der_len);
    np_profile_values values = values_for_chip(template, unit);
    np_compressed compressed = {.template_id = profile->template_id,
                                .chain_id = profile->chain_id,
                                .serial_source = (uint8_t)profile->serial_source};
    NP_TRY(np_certificate_parse(der, &certificate, err));
    bool comes_back = np_der_parse_signature(certificate.signature, compressed.signature) &&
                      np_dates_encode(&certificate.validity, compressed.dates, NULL) == NP_OK;
    np_compressed_encode(&compressed, ret);
    comes_back = comes_back && np_profile_rebuild(profile, &values, ret, &writer, NULL) == NP_OK &&
                 np_bytes_equal(np_writer_bytes(&writer), der);
    return comes_back ? NP_OK
                      : np_error_set(err, NP_EINPUT_STORABLE,
                                     "the certificate of %.*s does not come back from 72 bytes",
                                     (int)unit->serial_len, (const char *)unit->serial);
}

np_code issue_sign(const issue_worker *worker, np_issue_unit *unit, np_error *err)
{
    if (worker->template->profile->stored_as != NULL) {
        return sign_for_chip(worker, unit, err);
    }
    uint8_t tbs[NP_LEAF_MAX];
    uint8_t digest[NP_SHA256_SIZE];
    uint8_t signature[NP_P256_SIGNATURE_SIZE];
    np_writer tbs_writer = np_writer_of(tbs, sizeof(tbs));
    np_writer writer = np_writer_of(unit->der, sizeof(unit->der));
    np_leaf_values values = {
        .serial = np_bytes_of(unit->certificate_serial, worker->template->profile->serial_size),
        .subject = np_bytes_of(unit->subject, unit->subject_len),
        .public_key = unit->public_key,
        .alt_names = np_bytes_of(unit->alt_names, unit->alt_names_len),
    };
    np_leaf_write_tbs(worker->template, &values, &tbs_writer);
    np_sha256(np_writer_bytes(&tbs_writer), digest);
    NP_TRY(worker->signing->sign(worker->signing->self, digest, signature, err));
    np_profile_assemble(np_writer_bytes(&tbs_writer), signature, &writer);
    if (!np_writer_has_room(&tbs_writer) || !np_writer_has_room(&writer)) {
        np_issue_refuse(unit, "a certificate of more than %d bytes has no room", NP_LEAF_MAX);
        return NP_OK;
    }
    unit->der_len = writer.len;
    return NP_OK;
}
