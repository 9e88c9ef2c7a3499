/* SPDX-License-Identifier: Apache-2.0 */
/* Elements that several files of this room compare with or write. */
#pragma once

#include "base/bytes.h"

/* AlgorithmIdentifier of ecdsa-with-SHA256, whole: no parameters (RFC 5758 3.2). */
static const uint8_t x509_ecdsa_with_sha256[] = {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86,
                                                 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02};

/*
 * The same with the NULL parameters that RFC 5758 forbids and modems of Nordic Semiconductor write
 * into their requests.
 */
static const uint8_t x509_ecdsa_with_sha256_null[] = {0x30, 0x0c, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                                      0xce, 0x3d, 0x04, 0x03, 0x02, 0x05, 0x00};

/* SubjectPublicKeyInfo of an uncompressed P-256 key up to its 64 bytes (RFC 5480). */
static const uint8_t x509_p256_spki[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                         0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
                                         0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04};

/* id-at-commonName, content. */
static const uint8_t x509_common_name[] = {0x55, 0x04, 0x03};

/* id-at-organizationName, content. */
static const uint8_t x509_organization[] = {0x55, 0x04, 0x0a};

enum {
    X509_TAG_VERSION = 0xa0,
    X509_TAG_ATTRIBUTES = 0xa0, /* of a request */
    X509_TAG_ISSUER_ID = 0x81,
    X509_TAG_SUBJECT_ID = 0x82,
    X509_TAG_EXTENSIONS = 0xa3,
    X509_TAG_IA5_STRING = 0x16,
    X509_TAG_TELETEX_STRING = 0x14,
};
