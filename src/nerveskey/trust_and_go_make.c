/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/trust_and_go_make.h"

#include "base/format.h"
#include "base/wipe.h"
#include "nerveskey/layout.h"

enum {
    SIGNER_YEARS = 31, /* specs of the chip 3.9 */
    DEVICE_YEARS = 28,
    PRIVATE_KEY_SLOTS = 5, /* 0 to 4 */
    PRIVATE_KEY_PAD = 4,   /* zeros before the scalar in its slot */
    SETTINGS_SLOT = 8,     /* DEC: delivered with zeros, which readers of settings take as none */
    SMALLEST_SIGNER_ID = 0x1000, /* four digits, so that nobody doubts about zeros before them */
    LOCAL_UNICAST = 0x02,        /* IEEE 802: locally administered, not a group */
    EUI48_SIZE = 6,
};

/* SHA-256("nameplate: throw-away root of virtual Trust&GO parts"): everybody may have it. */
static const uint8_t root_scalar[32] = {
    0x49, 0xd3, 0xe9, 0x0d, 0x63, 0xc5, 0xbe, 0xb0, 0x40, 0xe0, 0x7c, 0x83, 0x0b, 0xa3, 0x6d, 0x01,
    0x23, 0x64, 0x83, 0x43, 0x62, 0xd3, 0x84, 0xbc, 0x31, 0xf4, 0x1c, 0x86, 0x37, 0x9b, 0xbf, 0x2b};

/* 2000-01-01 00:00, no expiry. */
static const uint8_t root_dates[NP_DATES_SIZE] = {0x00, 0x84, 0x00};

void np_trust_and_go_part_clear(np_trust_and_go_part *part)
{
    np_wipe(part, sizeof(*part));
}

typedef struct making {
    np_random random;
    np_trust_and_go_part *part;
    np_chip_serial serial;
    int64_t now;
    uint16_t signer_id;
    char eui48[2 * EUI48_SIZE + 1];
    uint8_t public_key[64];
} making;

/* A key from random numbers; the scalar is written where the caller wants it. */
static np_code draw_key(np_random random, uint8_t scalar[static NP_P256_SCALAR_SIZE],
                        np_p256_key **ret, np_error *err)
{
    do {
        NP_TRY(random.fill(random.self, scalar, NP_P256_SCALAR_SIZE, err));
    } while (!np_p256_is_scalar(scalar));
    return np_p256_from_scalar(scalar, ret, err);
}

static np_code make_private_keys(making *part, np_error *err)
{
    for (unsigned slot = 0; slot < PRIVATE_KEY_SLOTS; slot++) {
        NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
        uint8_t *at = part->part->data + np_atecc_slot_offset(slot);
        memset(at, 0, NP_ATECC_KEY_SIZE);
        NP_TRY(draw_key(part->random, at + PRIVATE_KEY_PAD, &key, err));
        if (slot == NP_NERVESKEY_KEY_SLOT) {
            np_p256_public(key, part->public_key);
        }
    }
    return NP_OK;
}

static np_code draw_names(making *part, np_error *err)
{
    uint8_t bytes[EUI48_SIZE + 2];
    NP_TRY(part->random.fill(part->random.self, bytes, sizeof(bytes), err));
    bytes[0] = (uint8_t)((bytes[0] & 0xfc) | LOCAL_UNICAST);
    for (size_t i = 0; i < EUI48_SIZE; i++) {
        np_format(part->eui48 + 2 * i, 3, "%02X", (unsigned)bytes[i]);
    }
    part->signer_id =
        (uint16_t)((bytes[EUI48_SIZE] << 8 | bytes[EUI48_SIZE + 1]) | SMALLEST_SIGNER_ID);
    return NP_OK;
}

static np_code dates_of(int64_t now, unsigned years, uint8_t ret[static NP_DATES_SIZE],
                        np_error *err)
{
    np_validity validity;
    NP_TRY(np_validity_at(now, years, &validity, err));
    return np_dates_encode(&validity, ret, err);
}

static uint8_t *slot_of(const making *part, unsigned slot)
{
    return part->part->data + np_atecc_slot_offset(slot);
}

static np_code certify_signer(const making *part, const uint8_t *signer_key, np_error *err)
{
    NP_CLEANUP(np_p256_free_at) np_p256_key *root = NULL;
    uint8_t dates[NP_DATES_SIZE];
    np_issued issued;
    NP_TRY(np_p256_from_scalar(root_scalar, &root, err));
    NP_TRY(dates_of(part->now, SIGNER_YEARS, dates, err));
    np_signing signing = np_signing_by_key(root);
    np_profile_values values = {
        .public_key = signer_key,
        .authority_key = np_trust_and_go_virtual_root,
        .signer_id = part->signer_id,
    };
    NP_TRY(
        np_profile_issue(&np_profile_trust_and_go_signer, &values, dates, &signing, &issued, err));
    memcpy(slot_of(part, NP_NERVESKEY_SIGNER_CERTIFICATE_SLOT), issued.compressed,
           NP_COMPRESSED_SIZE);
    return NP_OK;
}

static np_code certify_device(const making *part, np_p256_key *signer, np_error *err)
{
    np_manufacturer_serial serial = np_trust_and_go_serial(&part->serial);
    np_signing signing = np_signing_by_key(signer);
    uint8_t dates[NP_DATES_SIZE];
    np_issued issued;
    NP_TRY(dates_of(part->now, DEVICE_YEARS, dates, err));
    np_profile_values values = {
        .subject = np_bytes_of(serial.text, serial.len),
        .public_key = part->public_key,
        .authority_key = signing.public_key,
        .eui48 = np_bytes_text(part->eui48),
        .signer_id = part->signer_id,
        .serial_source = NP_SERIAL_FROM_PUBLIC_KEY,
    };
    NP_TRY(
        np_profile_issue(&np_profile_trust_and_go_device, &values, dates, &signing, &issued, err));
    memcpy(slot_of(part, NP_NERVESKEY_DEVICE_CERTIFICATE_SLOT), issued.compressed,
           NP_COMPRESSED_SIZE);
    return NP_OK;
}

typedef struct scalar_draft {
    uint8_t bytes[NP_P256_SCALAR_SIZE];
} scalar_draft;

static void scalar_draft_clear(scalar_draft *draft)
{
    np_wipe(draft, sizeof(*draft));
}

/* The signer's key is not kept: it signs this one device. */
static np_code certify(const making *part, np_error *err)
{
    NP_CLEANUP(np_p256_free_at) np_p256_key *signer = NULL;
    NP_CLEANUP(scalar_draft_clear) scalar_draft scalar = {{0}};
    uint8_t signer_key[64];
    NP_TRY(draw_key(part->random, scalar.bytes, &signer, err));
    np_p256_public(signer, signer_key);
    np_stored_key_encode(signer_key, slot_of(part, NP_NERVESKEY_SIGNER_KEY_SLOT));
    NP_TRY(certify_signer(part, signer_key, err));
    return certify_device(part, signer, err);
}

static void put_zones(const making *part)
{
    np_trust_and_go_part *zones = part->part;
    memset(zones->otp, 0, sizeof(zones->otp));
    memcpy(zones->otp, np_trust_and_go_code, NP_TRUST_AND_GO_CODE_SIZE);
    memset(zones->data, NP_ATECC_ERASED, sizeof(zones->data));
    memset(slot_of(part, SETTINGS_SLOT), 0, np_atecc_slot_size(SETTINGS_SLOT));
    memcpy(zones->config, np_atecc_factory_config(NP_ATECC608B), sizeof(zones->config));
    memcpy(zones->config, part->serial.bytes, 4);
    memcpy(zones->config + 8, part->serial.bytes + 4, 5);
    np_trust_and_go_put_config(zones->config);
}

np_code np_trust_and_go_make(const np_chip_serial *serial, int64_t now, np_random random,
                             np_trust_and_go_part *ret, np_error *err)
{
    making part = {.random = random, .part = ret, .serial = *serial, .now = now};
    put_zones(&part);
    NP_TRY(draw_names(&part, err));
    uint8_t *eui48 = slot_of(&part, NP_TRUST_AND_GO_EUI48_SLOT);
    memset(eui48, 0, np_atecc_slot_size(NP_TRUST_AND_GO_EUI48_SLOT));
    memcpy(eui48, part.eui48, 2 * EUI48_SIZE);
    NP_TRY(make_private_keys(&part, err));
    return certify(&part, err);
}

np_code np_trust_and_go_make_root(np_issued *ret, np_error *err)
{
    NP_CLEANUP(np_p256_free_at) np_p256_key *root = NULL;
    NP_TRY(np_p256_from_scalar(root_scalar, &root, err));
    np_signing signing = np_signing_by_key(root);
    np_profile_values values = {.public_key = np_trust_and_go_virtual_root};
    return np_profile_issue(&np_profile_virtual_root, &values, root_dates, &signing, ret, err);
}
