/* SPDX-License-Identifier: Apache-2.0 */
#include "nordic/certify.h"

#include "crypto/hash.h"
#include "x509/der.h"
#include "x509/name.h"

/* One attribute; the id is short and plain enough for every string type. */
static np_code write_name(const np_leaf_profile *profile, np_bytes id, np_writer *writer,
                          np_error *err)
{
    size_t mark = np_der_open(writer, NP_DER_SEQUENCE);
    NP_TRY(np_name_write_attribute(writer, np_bytes_text("CN"), id, err));
    if (profile->names_serial_number) {
        NP_TRY(np_name_write_attribute(writer, np_bytes_text("serialNumber"), id, err));
    }
    np_der_close(writer, mark);
    return NP_OK;
}

static np_code sign(const np_nordic_issuer *issuer, np_bytes tbs,
                    uint8_t ret_signature[static NP_P256_SIGNATURE_SIZE], np_error *err)
{
    uint8_t digest[NP_SHA256_SIZE];
    bool is_good = false;
    np_sha256(tbs, digest);
    NP_TRY(issuer->signing->sign(issuer->signing->self, digest, ret_signature, err));
    NP_TRY(np_p256_verify(issuer->signing->public_key, digest, ret_signature, &is_good, err));
    return is_good ? NP_OK
                   : np_error_set(err, NP_EINPUT_KEY,
                                  "the signer's signature does not verify with its own key");
}

np_code np_nordic_certify(const np_nordic_issuer *issuer, const np_csr *csr, np_bytes id,
                          const uint8_t point[static NP_P256_POINT_SIZE], np_writer *writer,
                          np_error *err)
{
    const np_leaf_profile *profile = issuer->template->profile;
    uint8_t name[NP_LEAF_NAME_MAX];
    uint8_t tbs[NP_LEAF_MAX];
    uint8_t serial[NP_LEAF_SERIAL_MAX];
    uint8_t signature[NP_P256_SIGNATURE_SIZE];
    np_writer name_writer = np_writer_of(name, sizeof(name));
    np_writer tbs_writer = np_writer_of(tbs, sizeof(tbs));
    NP_TRY(issuer->random.fill(issuer->random.self, serial, profile->serial_size, err));
    np_leaf_shape_serial(serial);
    if (csr != NULL && profile->copies_request_subject) {
        np_write_bytes(&name_writer, csr->subject);
    } else {
        NP_TRY(write_name(profile, id, &name_writer, err));
    }
    const np_leaf_values values = {.serial = np_bytes_of(serial, profile->serial_size),
                                   .subject = np_writer_bytes(&name_writer),
                                   .public_key = point};
    np_leaf_write_tbs(issuer->template, &values, &tbs_writer);
    if (!np_writer_has_room(&name_writer) || !np_writer_has_room(&tbs_writer)) {
        return np_error_set(err, NP_EINPUT_RANGE, "the certificate would be too long");
    }
    NP_TRY(sign(issuer, np_writer_bytes(&tbs_writer), signature, err));
    np_profile_assemble(np_writer_bytes(&tbs_writer), signature, writer);
    return np_writer_has_room(writer)
               ? NP_OK
               : np_error_set(err, NP_EINPUT_RANGE, "the certificate would be too long");
}
