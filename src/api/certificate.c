/* SPDX-License-Identifier: Apache-2.0 */
#include "api/certificate.h"
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

np_code certificate_decode(np_bytes bytes, certificate_copy *ret, np_error *err)
{
    np_writer writer = np_writer_of(ret->der, sizeof(ret->der));
    if (is_der(bytes)) {
        np_write_bytes(&writer, bytes);
    } else {
        NP_TRY(np_pem_decode(bytes, "CERTIFICATE", &writer, err));
    }
    if (!np_writer_has_room(&writer)) {
        return np_error_set(err, NP_EINPUT_RANGE, "the certificate is larger than %d bytes",
                            NP_CERTIFICATE_MAX);
    }
    return np_certificate_parse(np_writer_bytes(&writer), &ret->parsed, err);
}

np_code np_certificate_check_storable(np_bytes certificate, np_storable_report *ret, np_error *err)
{
    certificate_copy copy;
    NP_TRY(certificate_decode(certificate, &copy, err));
    return np_storable_check(&np_profile_nerveskey_signer, &copy.parsed, ret, err);
}
