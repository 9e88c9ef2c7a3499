/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Microchip's templates for Trust&GO parts (specs of NervesKey 6). Both device templates differ in
 * the subject and in the EUI-48 alone [inf, of template 2 only subject and length are published].
 */
#include "x509/profile.h"

#include "x509/extension_oids.h"

#define OID_SERIAL_NUMBER 0x06, 0x03, 0x55, 0x04, 0x05
#define OID_NETSCAPE_COMMENT                                                                       \
    0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x86, 0xf8, 0x42, 0x01, 0x0d /* 2.16.840.1.113730.1.13 */

#define ORGANIZATION "Microchip Technology Inc"
#define ROOT_NAME                                                                                  \
    {                                                                                              \
        .organization = ORGANIZATION, .before = "Crypto Authentication Root CA 002"                \
    }
#define SIGNER_NAME                                                                                \
    {                                                                                              \
        .organization = ORGANIZATION, .before = "Crypto Authentication Signer ",                   \
        .hole = NP_HOLE_SIGNER_ID                                                                  \
    }

static const uint8_t authority_usage[] = {0x30, 0x0e, OID_KEY_USAGE, CRITICAL, 0x04,
                                          0x04, 0x03, 0x02,          0x01,     0x86};
static const uint8_t lowest_authority[] = {
    0x30, 0x12, OID_BASIC_CONSTRAINTS, CRITICAL, 0x04, 0x08, 0x30, 0x06, 0x01, 0x01, 0xff, 0x02,
    0x01, 0x00};
static const uint8_t any_authority[] = {
    0x30, 0x0f, OID_BASIC_CONSTRAINTS, CRITICAL, 0x04, 0x05, 0x30, 0x03, 0x01, 0x01, 0xff};
static const uint8_t end_entity[] = {0x30, 0x0c, OID_BASIC_CONSTRAINTS, CRITICAL, 0x04, 0x02,
                                     0x30, 0x00};
static const uint8_t device_usage[] = {0x30, 0x0e, OID_KEY_USAGE, CRITICAL, 0x04,
                                       0x04, 0x03, 0x02,          0x03,     0x88};
/* subjectAltName, one directoryName, one serialNumber: "eui48_" and 12 digits */
static const uint8_t eui48[] = {
    0x30, 0x2a, OID_SUBJECT_ALT_NAME, 0x04, 0x23, 0x30, 0x21, 0xa4, 0x1f, 0x30, 0x1d, 0x31, 0x1b,
    0x30, 0x19, OID_SERIAL_NUMBER,    0x13, 0x12, 'e',  'u',  'i',  '4',  '8',  '_'};
static const uint8_t subject[] = {0x30, 0x1d, OID_SUBJECT_KEY_ID, 0x04, 0x16, 0x04, NP_KEY_ID_SIZE};
static const uint8_t authority[] = {0x30, 0x1f, OID_AUTHORITY_KEY_ID, 0x04, 0x18, 0x30,
                                    0x16, 0x80, NP_KEY_ID_SIZE};

/* "THROW-AWAY ROOT OF VIRTUAL PARTS: EVERYBODY HAS ITS KEY" */
static const uint8_t warning[] = {0x30, 0x46, OID_NETSCAPE_COMMENT,
                                  0x04, 0x39, 0x16,
                                  0x37, 'T',  'H',
                                  'R',  'O',  'W',
                                  '-',  'A',  'W',
                                  'A',  'Y',  ' ',
                                  'R',  'O',  'O',
                                  'T',  ' ',  'O',
                                  'F',  ' ',  'V',
                                  'I',  'R',  'T',
                                  'U',  'A',  'L',
                                  ' ',  'P',  'A',
                                  'R',  'T',  'S',
                                  ':',  ' ',  'E',
                                  'V',  'E',  'R',
                                  'Y',  'B',  'O',
                                  'D',  'Y',  ' ',
                                  'H',  'A',  'S',
                                  ' ',  'I',  'T',
                                  'S',  ' ',  'K',
                                  'E',  'Y'};

#define LITERAL_ROW(name, der, meaning)                                                            \
    {                                                                                              \
        name, NP_EXTENSION_LITERAL, {der, sizeof(der)}, meaning                                    \
    }
#define AUTHORITY_USAGE_ROW                                                                        \
    LITERAL_ROW("keyUsage", authority_usage, "critical, digitalSignature, keyCertSign and cRLSign")
#define DEVICE_ROWS                                                                                \
    LITERAL_ROW("basicConstraints", end_entity, "critical, CA false"),                             \
        LITERAL_ROW("keyUsage", device_usage, "critical, digitalSignature and keyAgreement"),      \
        SUBJECT_ROW, AUTHORITY_ROW
#define SUBJECT_ROW                                                                                \
    {                                                                                              \
        "subjectKeyIdentifier", NP_EXTENSION_SUBJECT_KEY_ID, {subject, sizeof(subject)},           \
            "not critical, 20 bytes of key identifier"                                             \
    }
#define AUTHORITY_ROW                                                                              \
    {                                                                                              \
        "authorityKeyIdentifier", NP_EXTENSION_AUTHORITY_KEY_ID, {authority, sizeof(authority)},   \
            "the key identifier of the signer's key"                                               \
    }

static const np_profile_extension signer_extensions[] = {
    AUTHORITY_USAGE_ROW,
    LITERAL_ROW("basicConstraints", lowest_authority, "critical, CA true, path length 0"),
    SUBJECT_ROW,
    AUTHORITY_ROW,
};

static const np_profile_extension device_extensions[] = {
    {"subjectAltName",
     NP_EXTENSION_EUI48,
     {eui48, sizeof(eui48)},
     "not critical, directory name with the EUI-48"},
    DEVICE_ROWS,
};

static const np_profile_extension device_2_extensions[] = {DEVICE_ROWS};

static const np_profile_extension root_extensions[] = {
    AUTHORITY_USAGE_ROW,
    LITERAL_ROW("basicConstraints", any_authority, "critical, CA true"),
    SUBJECT_ROW,
    AUTHORITY_ROW,
    LITERAL_ROW("comment", warning, "not critical, that everybody has the key"),
};

const np_profile np_profile_trust_and_go_signer = {
    .name = "trust-and-go-signer",
    .template_id = 1,
    .chain_id = 0,
    .has_signer_id = true,
    .serial_source = NP_SERIAL_FROM_PUBLIC_KEY,
    .key_id = NP_KEY_ID_OF_POINT,
    .ends_in_generalized_time = true,
    .issuer = ROOT_NAME,
    .subject = SIGNER_NAME,
    .is_self_signed = false,
    .extensions = signer_extensions,
    .extension_count = NP_COUNT_OF(signer_extensions),
};

const np_profile np_profile_trust_and_go_device = {
    .name = "trust-and-go-device",
    .template_id = 3,
    .chain_id = 0,
    .has_signer_id = true,
    .serial_source = NP_SERIAL_BY_NIBBLE,
    .key_id = NP_KEY_ID_OF_POINT,
    .ends_in_generalized_time = true,
    .issuer = SIGNER_NAME,
    .subject = {.organization = ORGANIZATION, .before = "sn", .hole = NP_HOLE_SUBJECT},
    .is_self_signed = false,
    .extensions = device_extensions,
    .extension_count = NP_COUNT_OF(device_extensions),
};

const np_profile np_profile_trust_and_go_device_2 = {
    .name = "trust-and-go-device-2",
    .template_id = 2,
    .chain_id = 0,
    .has_signer_id = true,
    .serial_source = NP_SERIAL_BY_NIBBLE,
    .key_id = NP_KEY_ID_OF_POINT,
    .ends_in_generalized_time = true,
    .issuer = SIGNER_NAME,
    .subject = {.organization = ORGANIZATION, .hole = NP_HOLE_SUBJECT, .after = " ATECC"},
    .is_self_signed = false,
    .extensions = device_2_extensions,
    .extension_count = NP_COUNT_OF(device_2_extensions),
};

const np_profile np_profile_virtual_root = {
    .name = "virtual-root",
    .template_id = 0,
    .chain_id = 0,
    .serial_source = NP_SERIAL_FROM_PUBLIC_KEY,
    .key_id = NP_KEY_ID_OF_POINT,
    .ends_in_generalized_time = true,
    .issuer = ROOT_NAME,
    .subject = ROOT_NAME,
    .is_self_signed = true,
    .extensions = root_extensions,
    .extension_count = NP_COUNT_OF(root_extensions),
};
