/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/public_key.h"

#include "crypto/hash.h"
#include "x509/oids.h"
#include "x509/pem.h"

enum { POINT_SIZE = 64 };

_Static_assert(NP_SPKI_SIZE == sizeof(x509_p256_spki) + POINT_SIZE, "prefix and point");

void np_public_key_encode(const uint8_t point[static 64], uint8_t ret[static NP_SPKI_SIZE])
{
    memcpy(ret, x509_p256_spki, sizeof(x509_p256_spki));
    memcpy(ret + sizeof(x509_p256_spki), point, POINT_SIZE);
}

bool np_public_key_decode(np_bytes spki, uint8_t ret_point[static 64])
{
    if (spki.len != NP_SPKI_SIZE ||
        memcmp(spki.data, x509_p256_spki, sizeof(x509_p256_spki)) != 0) {
        return false;
    }
    memcpy(ret_point, spki.data + sizeof(x509_p256_spki), POINT_SIZE);
    return true;
}

void np_public_key_digest(const uint8_t point[static 64], uint8_t ret_digest[static 32])
{
    uint8_t spki[NP_SPKI_SIZE];
    np_public_key_encode(point, spki);
    np_sha256(NP_BYTES(spki), ret_digest);
}

void np_public_key_write_pem(const uint8_t point[static 64], np_writer *writer)
{
    uint8_t spki[NP_SPKI_SIZE];
    np_public_key_encode(point, spki);
    np_pem_encode(writer, "PUBLIC KEY", NP_BYTES(spki));
}

np_code np_public_key_parse_pem(np_bytes pem, uint8_t ret_point[static 64], np_error *err)
{
    uint8_t der[512]; /* keys of other kinds are told apart by their form, not by their size */
    np_writer writer = np_writer_of(der, sizeof(der));
    np_code code = np_pem_decode(pem, "PUBLIC KEY", &writer, err);
    if (code == NP_EINPUT_RANGE ||
        (code == NP_OK && !np_public_key_decode(np_writer_bytes(&writer), ret_point))) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "the public key is none of P-256 with its point uncompressed");
    }
    return code;
}
