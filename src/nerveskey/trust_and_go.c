/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/trust_and_go.h"

#include "base/format.h"
#include "nerveskey/layout.h"

enum {
    CHIP_MODE_EXTRA_ADDRESS = 0x01,
    KEY_PAD = 4,
    COORDINATE = 32,
    KDF_IV_STRING = 73, /* configuration bytes 73 and 74: "iv" */
    FEATURES_END = NP_CONFIG_USER_EXTRA,
    FEATURES = 68,
};

const uint8_t np_trust_and_go_root[64] = {
    0xbd, 0x54, 0xe6, 0x6d, 0xe3, 0x87, 0x54, 0x84, 0x00, 0x6b, 0x53, 0xae, 0x15, 0x80, 0xd5, 0x0a,
    0xa0, 0x69, 0xe7, 0x8a, 0xdf, 0x55, 0x78, 0xd8, 0x5c, 0xe2, 0xd5, 0x4d, 0xd5, 0xb8, 0x30, 0x29,
    0x6b, 0xff, 0xdd, 0x6e, 0x6f, 0x72, 0x56, 0xfb, 0xd9, 0x9e, 0xf1, 0xa1, 0x16, 0xb1, 0x1d, 0x33,
    0xad, 0x49, 0x10, 0x3a, 0xa1, 0x85, 0x87, 0x39, 0xdc, 0xfa, 0xe4, 0x37, 0xe1, 0x9d, 0x63, 0x4e};

/* Of the private key SHA-256("nameplate: throw-away root of virtual Trust&GO parts"). */
const uint8_t np_trust_and_go_virtual_root[64] = {
    0x5c, 0xf0, 0x42, 0xd5, 0x2e, 0xbd, 0x3e, 0xb9, 0xc0, 0x4a, 0x11, 0x65, 0x41, 0x93, 0xb4, 0x70,
    0x66, 0x16, 0xe9, 0xc0, 0x4e, 0xe3, 0x59, 0x5c, 0x78, 0xee, 0xb5, 0x49, 0x25, 0xf1, 0x7c, 0x9b,
    0xb4, 0xe9, 0xf8, 0xae, 0xe4, 0x4a, 0x5a, 0xc3, 0x03, 0x21, 0x2f, 0x00, 0x26, 0xf8, 0x4b, 0xb4,
    0xc9, 0xe2, 0x6a, 0xd2, 0x26, 0x3f, 0xb7, 0x91, 0x2f, 0x1a, 0x8d, 0x29, 0xd2, 0xc4, 0xc1, 0xe4};

const char np_trust_and_go_code[NP_TRUST_AND_GO_CODE_SIZE + 1] = "Rsuy5YJh";

bool np_trust_and_go_has_code(const uint8_t otp[static NP_TRUST_AND_GO_CODE_SIZE])
{
    static const char *const codes[] = {np_trust_and_go_code, "KQp2ZkD8", "x6tjuZMy"};
    for (size_t i = 0; i < NP_COUNT_OF(codes); i++) {
        if (memcmp(otp, codes[i], NP_TRUST_AND_GO_CODE_SIZE) == 0) {
            return true;
        }
    }
    return false;
}

typedef struct slot_row {
    uint8_t slot_config[2]; /* as stored */
    uint8_t key_config[2];
    bool
        is_known; /* [inf] otherwise: reserved, and unpublished; readable and fixed, like slot 10 */
} slot_row;

/* Specs of the chip 3.9, column TNGTLS. */
static const slot_row slots[NP_ATECC_SLOT_COUNT] = {
    [0] = {{0x85, 0x00}, {0x53, 0x00}, true},  /* device key: external sign, ECDH */
    [1] = {{0x82, 0x00}, {0x53, 0x00}, true},  /* internal sign only */
    [2] = {{0x85, 0x20}, {0x73, 0x00}, true},  /* three keys that can be replaced */
    [3] = {{0x85, 0x20}, {0x73, 0x00}, true},  /* */
    [4] = {{0x85, 0x20}, {0x73, 0x00}, true},  /* */
    [5] = {{0x0f, 0x8f}, {0x1c, 0x00}, false}, /* EUI-48 */
    [6] = {{0x8f, 0x0f}, {0x7c, 0x00}, true},  /* IO protection key */
    [7] = {{0x0f, 0x8f}, {0x1c, 0x00}, false},
    [8] = {{0x0f, 0x0f}, {0x3c, 0x00}, true},  /* 416 bytes for everybody */
    [9] = {{0x8f, 0x0f}, {0x1a, 0x00}, true},  /* AES keys */
    [10] = {{0x0f, 0x8f}, {0x1c, 0x00}, true}, /* device certificate */
    [11] = {{0x0f, 0x8f}, {0x10, 0x00}, true}, /* signer public key */
    [12] = {{0x0f, 0x8f}, {0x1c, 0x00}, true}, /* signer certificate */
    [13] = {{0x0f, 0x8f}, {0x1c, 0x00}, false},
    [14] = {{0x0f, 0x8f}, {0x1c, 0x00}, false},
    [15] = {{0x0f, 0x8f}, {0x1c, 0x00}, false},
};

static bool slot_fits(const uint8_t *config, unsigned slot)
{
    const slot_row *row = &slots[slot];
    return !row->is_known ||
           (memcmp(config + NP_CONFIG_SLOT_CONFIG + 2 * slot, row->slot_config, 2) == 0 &&
            memcmp(config + NP_CONFIG_KEY_CONFIG + 2 * slot, row->key_config, 2) == 0);
}

bool np_trust_and_go_has_config(const uint8_t config[static NP_ATECC_CONFIG_SIZE])
{
    bool fits = config[NP_CONFIG_LOCK_CONFIG] == NP_ATECC_LOCKED &&
                config[NP_CONFIG_CHIP_MODE] == CHIP_MODE_EXTRA_ADDRESS;
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        fits = fits && slot_fits(config, slot);
    }
    return fits;
}

void np_trust_and_go_put_config(uint8_t config[static NP_ATECC_CONFIG_SIZE])
{
    static const uint8_t from_address[] = {NP_TRUST_AND_GO_ADDRESS << 1, 0x00, 0x00,
                                           CHIP_MODE_EXTRA_ADDRESS};
    static const uint8_t from_user_extra[] = {
        0x00, 0x00, NP_ATECC_LOCKED, NP_ATECC_LOCKED, 0xff, 0xff, 0x0e, 0x60, 0x00, 0x00,
        0x00, 0x00};
    memcpy(config + NP_CONFIG_I2C_ADDRESS, from_address, sizeof(from_address));
    memset(config + FEATURES, 0, FEATURES_END - FEATURES);
    memcpy(config + KDF_IV_STRING, "iv", 2);
    memcpy(config + NP_CONFIG_USER_EXTRA, from_user_extra, sizeof(from_user_extra));
    for (unsigned slot = 0; slot < NP_ATECC_SLOT_COUNT; slot++) {
        memcpy(config + NP_CONFIG_SLOT_CONFIG + 2 * slot, slots[slot].slot_config, 2);
        memcpy(config + NP_CONFIG_KEY_CONFIG + 2 * slot, slots[slot].key_config, 2);
    }
}

bool np_stored_key_decode(const uint8_t stored[static NP_ATECC_STORED_KEY_SIZE],
                          uint8_t ret[static 64])
{
    const uint8_t *second = stored + KEY_PAD + COORDINATE;
    memcpy(ret, stored + KEY_PAD, COORDINATE);
    memcpy(ret + COORDINATE, second + KEY_PAD, COORDINATE);
    return np_bytes_are_all(np_bytes_of(stored, KEY_PAD), 0) &&
           np_bytes_are_all(np_bytes_of(second, KEY_PAD), 0);
}

void np_stored_key_encode(const uint8_t key[static 64],
                          uint8_t ret[static NP_ATECC_STORED_KEY_SIZE])
{
    memset(ret, 0, NP_ATECC_STORED_KEY_SIZE);
    memcpy(ret + KEY_PAD, key, COORDINATE);
    memcpy(ret + KEY_PAD + COORDINATE + KEY_PAD, key + COORDINATE, COORDINATE);
}

np_manufacturer_serial np_trust_and_go_serial(const np_chip_serial *chip)
{
    np_manufacturer_serial serial = {.len = 2 * sizeof(chip->bytes)};
    for (size_t i = 0; i < sizeof(chip->bytes); i++) {
        np_format(serial.text + 2 * i, 3, "%02X", (unsigned)chip->bytes[i]);
    }
    return serial;
}

/* Templates by the number that the 72 bytes carry. */
static const np_profile *device_profile(const np_identity *identity)
{
    static const np_profile *const known[] = {&np_profile_trust_and_go_device,
                                              &np_profile_trust_and_go_device_2};
    np_compressed stored;
    /* what is wrong with the bytes, or with an unknown template, the first profile tells */
    if (np_compressed_decode(identity->device_compressed, &stored, NULL) == NP_OK) {
        for (size_t i = 0; i < NP_COUNT_OF(known); i++) {
            if (known[i]->template_id == stored.template_id) {
                return known[i];
            }
        }
    }
    return known[0];
}

static np_code read_eui48(np_atecc *chip, np_identity *identity, np_error *err)
{
    uint8_t text[NP_EUI48_TEXT_SIZE];
    NP_TRY(np_atecc_read_slot(chip, NP_TRUST_AND_GO_EUI48_SLOT, sizeof(text), text, err));
    memcpy(identity->eui48, text, sizeof(text));
    return NP_OK;
}

np_code trust_and_go_read(np_atecc *chip, np_identity *identity, np_error *err)
{
    uint8_t stored[NP_ATECC_STORED_KEY_SIZE];
    NP_TRY(np_atecc_read_slot(chip, NP_NERVESKEY_DEVICE_CERTIFICATE_SLOT, NP_COMPRESSED_SIZE,
                              identity->device_compressed, err));
    NP_TRY(np_atecc_read_slot(chip, NP_NERVESKEY_SIGNER_KEY_SLOT, sizeof(stored), stored, err));
    NP_TRY(np_atecc_read_slot(chip, NP_NERVESKEY_SIGNER_CERTIFICATE_SLOT, NP_COMPRESSED_SIZE,
                              identity->signer_compressed, err));
    if (device_profile(identity) == &np_profile_trust_and_go_device) {
        NP_TRY(read_eui48(chip, identity, err));
    }
    if (!np_stored_key_decode(stored, identity->signer_key)) {
        return np_error_set(err, NP_ECONFLICT_FOREIGN,
                            "the public key in slot 11 does not have the chip's padded form");
    }
    memcpy(identity->root_key, np_trust_and_go_root, sizeof(identity->root_key));
    return np_atecc_genkey_public(chip, NP_NERVESKEY_KEY_SLOT, identity->public_key, err);
}

static bool is_eui48(np_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        bool is_digit = text.data[i] >= '0' && text.data[i] <= '9';
        if (!is_digit && !(text.data[i] >= 'A' && text.data[i] <= 'F')) {
            return false;
        }
    }
    return text.len == NP_EUI48_TEXT_SIZE;
}

np_code trust_and_go_rebuild(np_identity *identity, np_error *err)
{
    const np_profile *profile = device_profile(identity);
    identity->otp = (np_nerveskey_otp){.serial = np_trust_and_go_serial(&identity->chip_serial)};
    np_bytes eui48 = np_bytes_text(identity->eui48);
    if (profile == &np_profile_trust_and_go_device && !is_eui48(eui48)) {
        return np_error_set(err, NP_ECONFLICT_FOREIGN,
                            "slot 5 does not begin with 12 upper-case hex digits of an EUI-48");
    }
    np_profile_values signer = {
        .public_key = identity->signer_key,
        .authority_key = identity->root_key,
        .pads_signer_id = identity->pads_signer_id,
    };
    np_profile_values device = {
        .subject = np_bytes_of(identity->otp.serial.text, identity->otp.serial.len),
        .public_key = identity->public_key,
        .authority_key = identity->signer_key,
        .chip_serial = NP_BYTES(identity->chip_serial.bytes),
        .eui48 = eui48,
        .pads_signer_id = identity->pads_signer_id,
    };
    NP_TRY(identity_rebuild_signer(&np_profile_trust_and_go_signer, &signer, identity, err));
    return identity_rebuild_device(profile, &device, identity, err);
}
