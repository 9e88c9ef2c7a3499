/* SPDX-License-Identifier: Apache-2.0 */
#include "conformance/spare.h"

#include <string.h>

enum {
    KEY_PAD = 4,
    HALF = 32,
    SECOND_HALF = KEY_PAD + HALF + KEY_PAD,
    NEEDS_VALIDATION = 0xa0, /* what a chip makes of the first byte of a public key (PubInfo) */
    OTP_FILL = 0x4f,
    COUNTERS_SIZE = 16,
    FIRST_OWN = NP_CONFIG_I2C_ADDRESS, /* the bytes before it are the part's */
};

const uint8_t spare_parent_scalar[32] = {[31] = 2};

const uint8_t spare_parent_key[64] = {
    0x7c, 0xf2, 0x7b, 0x18, 0x8d, 0x03, 0x4f, 0x7e, 0x8a, 0x52, 0x38, 0x03, 0x04, 0xb5, 0x1a, 0xc3,
    0xc0, 0x89, 0x69, 0xe2, 0x77, 0xf2, 0x1b, 0x35, 0xa6, 0x0b, 0x48, 0xfc, 0x47, 0x66, 0x99, 0x78,
    0x07, 0x77, 0x55, 0x10, 0xdb, 0x8e, 0xd0, 0x40, 0x29, 0x3d, 0x9a, 0xc6, 0x9f, 0x74, 0x30, 0xdb,
    0xba, 0x7d, 0xad, 0xe6, 0x3c, 0xe9, 0x82, 0x29, 0x9e, 0x04, 0xb7, 0x9d, 0x22, 0x78, 0x73, 0xd1};

const uint8_t spare_child_key[64] = {
    0x5e, 0xcb, 0xe4, 0xd1, 0xa6, 0x33, 0x0a, 0x44, 0xc8, 0xf7, 0xef, 0x95, 0x1d, 0x4b, 0xf1, 0x65,
    0xe6, 0xc6, 0xb7, 0x21, 0xef, 0xad, 0xa9, 0x85, 0xfb, 0x41, 0x66, 0x1b, 0xc6, 0xe7, 0xfd, 0x6c,
    0x87, 0x34, 0x64, 0x0c, 0x49, 0x98, 0xff, 0x7e, 0x37, 0x4b, 0x06, 0xce, 0x1a, 0x64, 0xa2, 0xec,
    0xd8, 0x2a, 0xb0, 0x36, 0x38, 0x4f, 0xb8, 0x3d, 0x9a, 0x79, 0xb1, 0x27, 0xa2, 0x7d, 0x50, 0x32};

typedef struct slot_row {
    uint16_t slot_config; /* specs of the chip 3.4 */
    uint16_t key_config;
    const char *words;
} slot_row;

static const slot_row slots[NP_ATECC_SLOT_COUNT] = {
    [SPARE_KEY] = {0x2087, 0x0033, "private key, made by the chip"},
    [1] = {0x8f8f, 0x001c, NULL},
    [SPARE_STORING_KEY] = {0x208f, 0x0033, "private key, made by the chip, for secrets in slot 3"},
    [SPARE_IO] = {0x8f8f, 0x001c, "IO protection key"},
    [SPARE_SECRET] = {0x8f8f, 0x001c, "secret for CheckMac, GenDig and HMAC"},
    [SPARE_COPIED] = {0x8f80, 0x001c, "secret that CheckMac copies"},
    [SPARE_LIMITED] = {0x8faf, 0x001c, "secret whose uses are counted"},
    [SPARE_RANDOM] = {0x8f8f, 0x005c, "secret with ReqRandom"},
    [SPARE_OPEN] = {0x0000, 0x001c, "data, open: limits of CountMatch"},
    [SPARE_NO_MAC] = {0x8f9f, 0x001c, "secret with NoMac"},
    [SPARE_ROLLING] = {0x648f, 0x001c, "secret that DeriveKey rolls, written under slot 4"},
    [SPARE_ENCRYPT_ONLY] = {0x8f4f, 0x001c, "data with EncryptRead, without IsSecret"},
    [SPARE_FIXED] = {0x8f8f, 0x001c, "secret that Write never changes"},
    [SPARE_AES] = {0x8f8f, 0x0498, "AES key with ReqAuth (608)"},
    [SPARE_CHILD] = {0x1f0f, 0x0012, "public key that slot 15 validates"},
    [SPARE_PARENT] = {0x8f0f, 0x0010, "public key, also for SecureBoot (608)"},
};

const char *spare_slot_words(unsigned slot)
{
    return slots[slot].words;
}

enum {
    OTP_READ_ONLY = 0xaa,
    COUNT_MATCH_ON = 0x01,
    PERMISSION_ON = 0x80,
    X509_ID_1 = 0x4000, /* KeyConfig: X509format 1 */
    KEY_OTHER = 0x001c,
    /* FullSig, random nonce, store in slot 8, key in slot 15 (specs of the chip 2.19, 3.6) */
    SECURE_BOOT = 0x000a | SPARE_OPEN << 8 | SPARE_PARENT << 12,
    /* IO protection, ECDHProt 2, KDFProt 1, KDF with AES off; IO key in slot 3 */
    CHIP_OPTIONS = 0x0602 | SPARE_IO << 12,
    IV_AT = 9,
};

static void put_u16(uint8_t *at, unsigned value)
{
    at[0] = (uint8_t)value;
    at[1] = (uint8_t)(value >> 8);
}

static void put_508a(uint8_t *config)
{
    unsigned child = slots[SPARE_CHILD].key_config | X509_ID_1;
    config[NP_CONFIG_OTP_MODE] = OTP_READ_ONLY;
    memset(config + NP_CONFIG_LAST_KEY_USE, 0xff, 16);
    config[NP_CONFIG_X509_FORMAT + 1] = SPARE_X509_LENGTH << 4 | SPARE_X509_POSITION;
    put_u16(config + NP_CONFIG_KEY_CONFIG + 2 * SPARE_CHILD, child);
    put_u16(config + NP_CONFIG_KEY_CONFIG + 2 * SPARE_AES, KEY_OTHER);
}

static void put_608(uint8_t *config)
{
    config[NP_CONFIG_OTP_MODE] = COUNT_MATCH_ON | SPARE_OPEN << 4;
    config[NP_CONFIG_VOLATILE_PERMISSION] = PERMISSION_ON | SPARE_SECRET;
    put_u16(config + NP_CONFIG_SECURE_BOOT, SECURE_BOOT);
    config[NP_CONFIG_KDF_IV_AT] = IV_AT;
    memcpy(config + NP_CONFIG_KDF_IV, "iv", 2);
    put_u16(config + NP_CONFIG_CHIP_OPTIONS, CHIP_OPTIONS);
}

void spare_put_config(const uint8_t config[static NP_ATECC_CONFIG_SIZE], np_atecc_model model,
                      uint8_t address, uint8_t ret[static NP_ATECC_CONFIG_SIZE])
{
    const uint8_t *factory = np_atecc_factory_config(model);
    memset(ret, 0, NP_ATECC_CONFIG_SIZE);
    memcpy(ret, config, FIRST_OWN);
    memcpy(ret + NP_CONFIG_USER_EXTRA, config + NP_CONFIG_USER_EXTRA, NP_ATECC_WORD_SIZE);
    ret[NP_CONFIG_I2C_ADDRESS] = (uint8_t)(address << 1);
    memcpy(ret + NP_CONFIG_COUNTERS, factory + NP_CONFIG_COUNTERS, COUNTERS_SIZE);
    memset(ret + NP_CONFIG_SLOT_LOCKED, 0xff, 2);
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        put_u16(ret + NP_CONFIG_SLOT_CONFIG + 2 * slot, slots[slot].slot_config);
        put_u16(ret + NP_CONFIG_KEY_CONFIG + 2 * slot, slots[slot].key_config);
    }
    (model == NP_ATECC508A ? put_508a : put_608)(ret);
}

void spare_put_secret(unsigned slot, uint8_t ret[static SPARE_SECRET_SIZE])
{
    memset(ret, (int)(0x10 + slot), SPARE_SECRET_SIZE);
}

static void put_public(uint8_t *at, const uint8_t key[static 64])
{
    memset(at, 0, np_atecc_slot_size(SPARE_PARENT));
    memcpy(at + KEY_PAD, key, HALF);
    memcpy(at + SECOND_HALF, key + HALF, HALF);
}

void spare_put_data(uint8_t ret_data[static NP_ATECC_DATA_SIZE],
                    uint8_t ret_otp[static NP_ATECC_OTP_SIZE])
{
    uint8_t secret[SPARE_SECRET_SIZE];
    memset(ret_otp, OTP_FILL, NP_ATECC_OTP_SIZE);
    memset(ret_data, 0, NP_ATECC_DATA_SIZE);
    for (unsigned slot = 0; slot < SPARE_CHILD; slot++) {
        spare_put_secret(slot, secret);
        memcpy(ret_data + np_atecc_slot_offset(slot), secret, sizeof(secret));
    }
    uint8_t *limits = ret_data + np_atecc_slot_offset(SPARE_OPEN);
    memset(limits, 0, 8);
    limits[2] = SPARE_COUNT_LIMIT >> 16; /* little endian, twice */
    limits[6] = SPARE_COUNT_LIMIT >> 16;
    put_public(ret_data + np_atecc_slot_offset(SPARE_CHILD), spare_child_key);
    put_public(ret_data + np_atecc_slot_offset(SPARE_PARENT), spare_parent_key);
    ret_data[np_atecc_slot_offset(SPARE_CHILD)] = NEEDS_VALIDATION;
}
