/* SPDX-License-Identifier: Apache-2.0 */
/* Sign (specs of the chip 2.22, 4.10). */
#include "virtual/messages.h"

enum {
    SIGN_INVALIDATE = 0x01,
    SIGN_SERIAL = 0x40,
    SIGN_P1_BITS = NP_ATECC_SIGN_EXTERNAL | SIGN_SERIAL | SIGN_INVALIDATE,
    SIGN_INTERNAL_ALLOWED = 0x0002, /* ReadKey bit 1 of a private key */
};

/* Before the data lock the policy of the slot does not count, its LimitedUse does (S). */
static bool does_policy_allow(np_virtual_chip *chip, unsigned slot, unsigned read_key_bit)
{
    return !chip_is_data_locked(chip) ||
           (chip_slot_has(chip, slot, read_key_bit) && chip_take_authorisation(chip, slot));
}

static np_atecc_status sign_digest(np_virtual_chip *chip, unsigned slot, const uint8_t *digest,
                                   chip_answer *answer)
{
    np_p256_key *key = chip_slot_key(chip, slot);
    if (chip->has_bad_random) { /* libcrypto draws the signature's number: it would not fail */
        return chip_draw_failure(chip);
    }
    if (key == NULL || !chip_count_use(chip, slot)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    if (np_p256_sign(key, digest, answer->data, NULL) != NP_OK) {
        return NP_ATECC_ECC_FAULT;
    }
    answer->len = NP_P256_SIGNATURE_SIZE;
    return NP_ATECC_SUCCESS;
}

static np_atecc_status sign_external(np_virtual_chip *chip, bool is_from_buffer, unsigned slot,
                                     chip_answer *answer)
{
    chip_volatile *kept = &chip->kept;
    bool has_message = is_from_buffer ? kept->digest_len > 0 : chip_has_message(chip);
    answer->has_used_temp_key = !is_from_buffer;
    if (!has_message || !does_policy_allow(chip, slot, NP_SLOT_EXTERNAL_SIGN)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    const uint8_t *digest = is_from_buffer ? kept->digest_buffer : kept->temp_key.value;
    return sign_digest(chip, slot, digest, answer);
}

/* What is signed: TempKey and everything that the slot behind it is. */
static void hash_internal(const np_virtual_chip *chip, const np_atecc_command *command,
                          uint8_t ret[static NP_SHA256_SIZE])
{
    unsigned slot = chip->kept.temp_key.key_id;
    bool is_valid_key = chip_is_public_slot(chip, slot) &&
                        chip_key_has(chip, slot, NP_KEY_PUB_INFO) && chip_is_validated(chip, slot);
    np_chip_serial serial = chip_serial(chip);
    static const uint8_t hidden[NP_ATECC_SERIAL_SIZE];
    const uint8_t *shown = (command->p1 & SIGN_SERIAL) != 0 ? serial.bytes : hidden;
    uint8_t other[CHIP_SLOT_DATA_SIZE];
    np_writer writer = np_writer_of(other, sizeof(other));
    np_write_u8(&writer, command->p1);
    np_write_u16_le(&writer, command->p2);
    np_write_u16_le(&writer, chip_slot_config(chip, slot));
    np_write_u16_le(&writer, chip_key_config(chip, slot));
    np_write_u8(&writer, chip_temp_key_flags(chip));
    np_write_fill(&writer, 0, 2);
    np_write_bytes(&writer, np_bytes_of(shown + 4, 4));
    np_write_bytes(&writer, np_bytes_of(shown + 2, 2));
    np_write_u8(&writer, !chip_is_slot_locked(chip, slot));
    np_write_u8(&writer, is_valid_key);
    np_write_u8(&writer, 0);
    chip_hash_slot_data(chip, other, ret);
}

static np_atecc_status sign_internal(np_virtual_chip *chip, const np_atecc_command *command,
                                     unsigned slot, chip_answer *answer)
{
    const chip_temp_key *key = &chip->kept.temp_key;
    answer->has_used_temp_key = true;
    if (!chip_is_data_locked(chip) || !chip_has_message(chip) ||
        !(key->is_genkey || key->is_gendig) ||
        !does_policy_allow(chip, slot, SIGN_INTERNAL_ALLOWED)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    uint8_t digest[NP_SHA256_SIZE];
    hash_internal(chip, command, digest);
    return sign_digest(chip, slot, digest, answer);
}

np_atecc_status chip_run_sign(np_virtual_chip *chip, const np_atecc_command *command,
                              chip_answer *answer)
{
    unsigned slot = 0;
    unsigned legal =
        chip_is_608(chip) ? SIGN_P1_BITS | NP_ATECC_SIGN_FROM_DIGEST_BUFFER : SIGN_P1_BITS;
    bool is_external = (command->p1 & NP_ATECC_SIGN_EXTERNAL) != 0;
    if ((command->p1 & ~legal) != 0 || (is_external && (command->p1 & SIGN_INVALIDATE) != 0)) {
        return NP_ATECC_PARSE_ERROR;
    }
    np_atecc_status status = chip_parse_key_id(chip, command->p2, &slot);
    if (status != NP_ATECC_SUCCESS) {
        return status;
    }
    if (!chip_is_config_locked(chip) || !chip_is_signing_slot(chip, slot) ||
        chip_is_disabled(chip, slot)) {
        answer->has_used_temp_key = true;
        return NP_ATECC_EXECUTION_ERROR;
    }
    bool is_from_buffer = (command->p1 & NP_ATECC_SIGN_FROM_DIGEST_BUFFER) != 0;
    return is_external ? sign_external(chip, is_from_buffer, slot, answer)
                       : sign_internal(chip, command, slot, answer);
}
