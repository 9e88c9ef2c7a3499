/* SPDX-License-Identifier: Apache-2.0 */
/* NervesKey's two templates (specs of NervesKey 5.2, 5.3), as written by nerves_key. */
#include "x509/profile.h"

#include "x509/extension_oids.h"

static const uint8_t end_entity[] = {0x30, 0x09, OID_BASIC_CONSTRAINTS, 0x04, 0x02, 0x30, 0x00};
static const uint8_t device_key_usage[] = {0x30, 0x0e, OID_KEY_USAGE, CRITICAL, 0x04,
                                           0x04, 0x03, 0x02,          0x05,     0xa0};
static const uint8_t device_ext_key_usage[] = {0x30, 0x13, OID_EXT_KEY_USAGE, 0x04, 0x0c,
                                               0x30, 0x0a, OID_CLIENT_AUTH};
static const uint8_t authority[] = {0x30, 0x1f, OID_AUTHORITY_KEY_ID, 0x04, 0x18, 0x30,
                                    0x16, 0x80, NP_KEY_ID_SIZE};

static const uint8_t lowest_authority[] = {
    0x30, 0x12, OID_BASIC_CONSTRAINTS, CRITICAL, 0x04, 0x08, 0x30, 0x06, 0x01, 0x01, 0xff, 0x02,
    0x01, 0x00};
static const uint8_t signer_key_usage[] = {0x30, 0x0e, OID_KEY_USAGE, CRITICAL, 0x04,
                                           0x04, 0x03, 0x02,          0x01,     0x86};
static const uint8_t signer_ext_key_usage[] = {0x30, 0x1d, OID_EXT_KEY_USAGE, 0x04,           0x16,
                                               0x30, 0x14, OID_SERVER_AUTH,   OID_CLIENT_AUTH};
static const uint8_t subject[] = {0x30, 0x1d, OID_SUBJECT_KEY_ID, 0x04, 0x16, 0x04, NP_KEY_ID_SIZE};

#define AUTHORITY_ROW                                                                              \
    {                                                                                              \
        "authorityKeyIdentifier", NP_EXTENSION_AUTHORITY_KEY_ID, {authority, sizeof(authority)},   \
            "the key identifier of the signer's key"                                               \
    }

static const np_profile_extension device_extensions[] = {
    {"basicConstraints",
     NP_EXTENSION_LITERAL,
     {end_entity, sizeof(end_entity)},
     "not critical, CA false"},
    {"keyUsage",
     NP_EXTENSION_LITERAL,
     {device_key_usage, sizeof(device_key_usage)},
     "critical, digitalSignature and keyEncipherment"},
    {"extKeyUsage",
     NP_EXTENSION_LITERAL,
     {device_ext_key_usage, sizeof(device_ext_key_usage)},
     "not critical, clientAuth"},
    AUTHORITY_ROW,
};

static const np_profile_extension signer_extensions[] = {
    {"basicConstraints",
     NP_EXTENSION_LITERAL,
     {lowest_authority, sizeof(lowest_authority)},
     "critical, CA true, path length 0"},
    {"keyUsage",
     NP_EXTENSION_LITERAL,
     {signer_key_usage, sizeof(signer_key_usage)},
     "critical, digitalSignature, keyCertSign and cRLSign"},
    {"extKeyUsage",
     NP_EXTENSION_LITERAL,
     {signer_ext_key_usage, sizeof(signer_ext_key_usage)},
     "not critical, serverAuth then clientAuth"},
    {"subjectKeyIdentifier",
     NP_EXTENSION_SUBJECT_KEY_ID,
     {subject, sizeof(subject)},
     "not critical, 20 bytes of key identifier"},
    AUTHORITY_ROW,
};

const np_profile np_profile_nerveskey_device = {
    .name = "nerveskey-device",
    .template_id = 0,
    .chain_id = 0,
    .serial_source = NP_SERIAL_FROM_CHIP_SERIAL,
    .issuer = {.before = "Signer"},
    .subject = {.hole = NP_HOLE_SUBJECT},
    .is_self_signed = false,
    .extensions = device_extensions,
    .extension_count = NP_COUNT_OF(device_extensions),
};

const np_profile np_profile_nerveskey_signer = {
    .name = "nerveskey-signer",
    .template_id = 1,
    .chain_id = 0,
    .serial_source = NP_SERIAL_FROM_PUBLIC_KEY,
    .issuer = {.before = "Signer"},
    .subject = {.before = "Signer"},
    .is_self_signed = true,
    .extensions = signer_extensions,
    .extension_count = NP_COUNT_OF(signer_extensions),
};
