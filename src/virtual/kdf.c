/* SPDX-License-Identifier: Apache-2.0 */
/* KDF of a 608: PRF of TLS 1.2, one AES block, one step of HKDF (specs of the chip 2.11). */
#include "crypto/aes.h"
#include "virtual/kdf_target.h"
#include "virtual/messages.h"

enum {
    KDF_SOURCE_BITS = 0x03,
    KDF_ALGORITHM_SHIFT = 5,
    KDF_SPARE_BIT = 0x80,
    FROM_TEMP_KEY = 0,
    FROM_TEMP_KEY_UPPER = 1,
    FROM_SLOT = 2,
    DETAILS_SIZE = 4,
    DETAILS_LENGTH_SHIFT = 24,
    PRF_KEY_BITS = 0x3,
    PRF_LONG = 0x100,
    PRF_AEAD_SHIFT = 9,
    AES_KNOWN_BITS = 0x3,
    OPTION_KDF_AES = 0x0004, /* ChipOptions */
    HKDF_LOCATION_BITS = 0x3,
    HKDF_ZERO_KEY = 0x4,
    HKDF_SLOT_SHIFT = 8,
    HKDF_IN_SLOT = 0,
    HKDF_IN_TEMP_KEY = 1,
    HKDF_IN_INPUT_CHECKED = 3,
    IV_SIZE = 2,
};

static const uint8_t zeros[32];
static const uint32_t prf_known_bits = 0xff000703; /* of Details */

/* Where the key bytes are; len 0 when there are none to use. */
static np_bytes find_source(np_virtual_chip *chip, const np_atecc_command *command)
{
    const chip_temp_key *key = &chip->kept.temp_key;
    unsigned slot = command->p2 & 0xf;
    size_t slot_size = np_atecc_slot_size(slot);
    switch (command->p1 & KDF_SOURCE_BITS) {
    case FROM_TEMP_KEY:
        return np_bytes_of(key->value, !chip_has_message(chip) ? 0 : key->is_upper_valid ? 64 : 32);
    case FROM_TEMP_KEY_UPPER:
        return np_bytes_of(key->value + 32, chip_has_message(chip) && key->is_upper_valid ? 32 : 0);
    case FROM_SLOT:
        return np_bytes_of(chip_slot_bytes(chip, slot),
                           !chip_is_config_locked(chip) || !chip_take_secret(chip, slot) ? 0
                           : slot_size < 64                                              ? slot_size
                                                                                         : 64);
    default:
        return np_bytes_of(chip->kept.alternate_key, chip->kept.has_alternate_key ? 32 : 0);
    }
}

static uint32_t details_of(const np_atecc_command *command)
{
    np_reader reader = np_reader_of(command->data);
    return np_read_u32_le(&reader);
}

static np_bytes message_of(const np_atecc_command *command)
{
    return np_bytes_of(command->data.data + DETAILS_SIZE, command->data.len - DETAILS_SIZE);
}

/* P_SHA256 of RFC 5246; label and seed come joined. At most two blocks. */
static void compute_prf(np_bytes key, np_bytes seed, uint8_t ret[static 64])
{
    NP_SECRET32 a = {0};
    np_hmac_sha256(key, &seed, 1, a.bytes);
    for (size_t block = 0; block < 2; block++) {
        const np_bytes parts[] = {NP_BYTES(a.bytes), seed};
        np_hmac_sha256(key, parts, NP_COUNT_OF(parts), ret + 32 * block);
        np_hmac_sha256(key, parts, 1, a.bytes);
    }
}

static np_atecc_status run_prf(np_virtual_chip *chip, const np_atecc_command *command,
                               kdf_result *ret)
{
    uint32_t details = details_of(command);
    size_t key_len = NP_AES_KEY * (1 + (details & PRF_KEY_BITS));
    unsigned aead = details >> PRF_AEAD_SHIFT & 3;
    bool is_long = (details & PRF_LONG) != 0;
    np_bytes message = message_of(command);
    if ((details & ~prf_known_bits) != 0 || aead > 1 || (aead == 1 && !is_long) ||
        details >> DETAILS_LENGTH_SHIFT != message.len) {
        return NP_ATECC_PARSE_ERROR;
    }
    np_bytes key = find_source(chip, command);
    if (key.len < key_len) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    compute_prf(np_bytes_of(key.data, key_len), message, ret->bytes);
    ret->len = is_long ? 64 : 32;
    ret->is_split = aead == 1;
    return NP_ATECC_SUCCESS;
}

static np_atecc_status run_aes(np_virtual_chip *chip, const np_atecc_command *command,
                               kdf_result *ret)
{
    uint32_t details = details_of(command);
    size_t at = NP_AES_KEY * (size_t)(details & AES_KNOWN_BITS);
    np_bytes message = message_of(command);
    if ((details & ~(uint32_t)AES_KNOWN_BITS) != 0 || message.len != NP_AES_BLOCK ||
        !chip_has_aes(chip)) {
        return NP_ATECC_PARSE_ERROR;
    }
    if ((chip_options(chip) & OPTION_KDF_AES) == 0) {
        return chip_status(chip, READING_KDF_AES_OPTION_OFF);
    }
    np_bytes key = find_source(chip, command);
    if (key.len < at + NP_AES_KEY) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    np_aes128_encrypt(key.data + at, message.data, ret->bytes);
    ret->len = 32; /* the other half is zeros */
    return NP_ATECC_SUCCESS;
}

/* The two configured bytes must stand in the message where the configuration says. */
static bool has_iv(const np_virtual_chip *chip, np_bytes message)
{
    const uint8_t *config = chip_config(chip);
    size_t at = config[NP_CONFIG_KDF_IV_AT];
    return at + IV_SIZE <= message.len &&
           memcmp(message.data + at, config + NP_CONFIG_KDF_IV, IV_SIZE) == 0;
}

/* A message in a slot or in TempKey; len above what is there finds none. */
static bool find_stored_message(np_virtual_chip *chip, const np_atecc_command *command, size_t len,
                                np_bytes *ret)
{
    uint32_t details = details_of(command);
    unsigned slot = details >> HKDF_SLOT_SHIFT & 0xf;
    const chip_temp_key *key = &chip->kept.temp_key;
    if ((details & HKDF_LOCATION_BITS) == HKDF_IN_TEMP_KEY) {
        bool is_same =
            (command->p1 & KDF_SOURCE_BITS) == FROM_TEMP_KEY && (details & HKDF_ZERO_KEY) == 0;
        *ret = np_bytes_of(key->value, len);
        return chip_has_message(chip) &&
               (!is_same || chip_reading(chip, READING_HKDF_KEY_AS_MESSAGE)) &&
               len <= (key->is_upper_valid ? 64U : 32U);
    }
    *ret = np_bytes_of(chip_slot_bytes(chip, slot), len);
    return chip_is_config_locked(chip) && len <= np_atecc_slot_size(slot) &&
           chip_take_secret(chip, slot);
}

static np_atecc_status find_message(np_virtual_chip *chip, const np_atecc_command *command,
                                    np_bytes *ret)
{
    uint32_t details = details_of(command);
    unsigned location = details & HKDF_LOCATION_BITS;
    bool is_stored = location == HKDF_IN_SLOT || location == HKDF_IN_TEMP_KEY;
    size_t len = details >> chip_reading(chip, READING_HKDF_LENGTH_LOWEST_BIT);
    np_bytes given = message_of(command);
    if (given.len != (is_stored ? 0 : len)) {
        return NP_ATECC_PARSE_ERROR;
    }
    *ret = len == 0 ? NP_BYTES(zeros) : given;
    if (is_stored && len > 0 && !find_stored_message(chip, command, len, ret)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    bool is_refused = location == HKDF_IN_INPUT_CHECKED && !has_iv(chip, *ret);
    return is_refused ? chip_status(chip, READING_KDF_IV_MISMATCH) : NP_ATECC_SUCCESS;
}

static np_atecc_status run_hkdf(np_virtual_chip *chip, const np_atecc_command *command,
                                kdf_result *ret)
{
    np_bytes message;
    np_atecc_status status = find_message(chip, command, &message);
    if (status != NP_ATECC_SUCCESS) {
        return status;
    }
    bool is_zero_key = (details_of(command) & HKDF_ZERO_KEY) != 0;
    np_bytes key = is_zero_key ? NP_BYTES(zeros) : find_source(chip, command);
    if (key.len < 32) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    np_hmac_sha256(np_bytes_of(key.data, 32), &message, 1, ret->bytes);
    ret->len = 32;
    return NP_ATECC_SUCCESS;
}

np_atecc_status chip_run_kdf(np_virtual_chip *chip, const np_atecc_command *command,
                             chip_answer *answer)
{
    typedef np_atecc_status algorithm(np_virtual_chip *, const np_atecc_command *, kdf_result *);
    static algorithm *const algorithms[] = {run_prf, run_aes, run_hkdf};
    unsigned chosen = command->p1 >> KDF_ALGORITHM_SHIFT;
    if ((command->p1 & KDF_SPARE_BIT) != 0 || chosen >= NP_COUNT_OF(algorithms) ||
        !kdf_is_target(command)) {
        return NP_ATECC_PARSE_ERROR;
    }
    kdf_result result = {0};
    np_atecc_status status = algorithms[chosen](chip, command, &result);
    if (status == NP_ATECC_SUCCESS) {
        status = kdf_deliver(chip, command, &result, answer);
    }
    np_wipe(&result, sizeof(result));
    return status;
}
