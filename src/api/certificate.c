/* SPDX-License-Identifier: Apache-2.0 */
#include "api/pem_text.h"

#include "base/bytes.h"
#include "crypto/hash.h"
#include "x509/der.h"
#include "x509/pem.h"
#include "x509/storable.h"
#include <nameplate/certificate.h>

np_code np_certificate_to_pem(np_bytes der, char *ret_text, size_t size, np_error *err)
{
    np_writer writer = np_writer_of((uint8_t *)ret_text, size);
    np_pem_encode(&writer, "CERTIFICATE", der);
    return pem_text_end(&writer, ret_text, size, err);
}

void np_certificate_fingerprint(np_bytes der, uint8_t ret[static NP_FINGERPRINT_SIZE])
{
    np_sha256(der, ret);
}

size_t np_signature_to_der(const uint8_t signature[static NP_SIGNATURE_SIZE],
                           uint8_t ret[static NP_SIGNATURE_DER_SIZE])
{
    np_writer writer = np_writer_of(ret, NP_SIGNATURE_DER_SIZE);
    np_der_write_signature(&writer, signature);
    return writer.len;
}

/* A certificate in DER begins with a SEQUENCE of more than 127 bytes; no PEM text does. */
static bool is_der(np_bytes bytes)
{
    return bytes.len > 1 && bytes.data[0] == NP_DER_SEQUENCE && bytes.data[1] >= 0x80;
}

np_code np_certificate_check_storable(np_bytes certificate, np_storable_report *ret, np_error *err)
{
    uint8_t decoded[NP_CERTIFICATE_MAX];
    np_writer writer = np_writer_of(decoded, sizeof(decoded));
    np_certificate parsed;
    np_bytes der = certificate;
    if (!is_der(certificate)) {
        NP_TRY(np_pem_decode(certificate, "CERTIFICATE", &writer, err));
        der = np_writer_bytes(&writer);
    }
    if (der.len > NP_CERTIFICATE_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "the certificate is larger than %d bytes",
                            NP_CERTIFICATE_MAX);
    }
    NP_TRY(np_certificate_parse(der, &parsed, err));
    return np_storable_check(&np_profile_nerveskey_signer, &parsed, ret, err);
}
