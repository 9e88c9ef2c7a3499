/* SPDX-License-Identifier: Apache-2.0 */
/* GenKey (specs of the chip 2.9, 4.9). */
#include "virtual/messages.h"

enum {
    GENKEY_DIGEST = 0x08,
    GENKEY_STORED_DIGEST = 0x10, /* bits 2 and 3 are ignored then */
    GENKEY_P1_BITS = NP_ATECC_GENKEY_CREATE | GENKEY_DIGEST | GENKEY_STORED_DIGEST,
    OTHER_DATA_SIZE = 3,
    KEY_PAD = 4, /* zero bytes before a private key, and before each half of a public key */
    EPHEMERAL = 0xffff,
};

np_p256_key *chip_slot_key(np_virtual_chip *chip, unsigned slot)
{
    const uint8_t *scalar = chip->eeprom + chip_slot_at(slot) + KEY_PAD;
    if (chip->keys[slot] == NULL && np_p256_is_scalar(scalar) &&
        np_p256_from_scalar(scalar, &chip->keys[slot], NULL) != NP_OK) {
        return NULL;
    }
    return chip->keys[slot];
}

/* Draws until the number is a private key. A source that gives none at all ends in ECC fault. */
static np_atecc_status draw_key(np_virtual_chip *chip, uint8_t ret_scalar[static 32],
                                np_p256_key **ret_key)
{
    const unsigned attempts_max = 8; /* one draw in 2^32 misses; a dead source must not hang us */
    for (unsigned i = 0; i < attempts_max; i++) {
        if (!chip_draw(chip, ret_scalar)) {
            return chip_draw_failure(chip);
        }
        if (np_p256_is_scalar(ret_scalar)) {
            return np_p256_from_scalar(ret_scalar, ret_key, NULL) == NP_OK ? NP_ATECC_SUCCESS
                                                                           : NP_ATECC_ECC_FAULT;
        }
    }
    return NP_ATECC_ECC_FAULT;
}

/* Origin: P1 and P2 of the message, from the command, or from its data in mode 10. */
static void put_digest(np_virtual_chip *chip, const uint8_t origin[static 3], unsigned slot,
                       const uint8_t point[static NP_P256_POINT_SIZE])
{
    chip_temp_key *key = &chip->kept.temp_key;
    chip_message message = {.head = chip_temp_key_bytes(chip),
                            .origin = {NP_ATECC_GENKEY, origin[0], origin[1], origin[2]},
                            .middle = chip_25_zeros(),
                            .tail = np_bytes_of(point, NP_P256_POINT_SIZE)};
    chip_hash_message(chip, &message, key->value);
    key->is_valid = true;
    key->is_upper_valid = false;
    key->is_genkey = true;
    key->is_gendig = false;
    key->has_public = false;
    key->key_id = (uint8_t)slot;
}

static bool can_digest(const np_virtual_chip *chip, unsigned slot)
{
    bool is_in_force =
        chip_is_data_locked(chip) || chip_reading(chip, READING_REQ_RANDOM_BEFORE_DATA_LOCK);
    bool needs_random = chip_key_has(chip, slot, NP_KEY_REQ_RANDOM) && is_in_force;
    return chip_has_message(chip) && !(needs_random && chip->kept.temp_key.is_input_only);
}

static np_atecc_status answer_point(np_virtual_chip *chip, const np_atecc_command *command,
                                    const np_p256_key *key, chip_answer *answer)
{
    np_p256_public(key, answer->data);
    answer->len = NP_P256_POINT_SIZE;
    if ((command->p1 & GENKEY_DIGEST) != 0) {
        const uint8_t origin[] = {command->p1, (uint8_t)command->p2, (uint8_t)(command->p2 >> 8)};
        put_digest(chip, origin, command->p2 & 0xf, answer->data);
    }
    return NP_ATECC_SUCCESS;
}

static bool can_create(np_virtual_chip *chip, unsigned slot)
{
    if (!chip_is_signing_slot(chip, slot) || chip_is_slot_locked(chip, slot)) {
        return false;
    }
    bool is_allowed =
        !chip_is_data_locked(chip) || chip_slot_has(chip, slot, NP_SLOT_GENKEY_ALLOWED);
    return is_allowed && chip_take_authorisation(chip, slot);
}

static np_atecc_status create_key(np_virtual_chip *chip, const np_atecc_command *command,
                                  unsigned slot, chip_answer *answer)
{
    if (!can_create(chip, slot)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    NP_SECRET32 scalar = {0};
    np_p256_key *key = NULL;
    np_atecc_status status = draw_key(chip, scalar.bytes, &key);
    if (status != NP_ATECC_SUCCESS) {
        return status;
    }
    uint8_t stored[NP_ATECC_KEY_SIZE] = {0};
    memcpy(stored + KEY_PAD, scalar.bytes, sizeof(scalar.bytes));
    chip_change_later(chip, chip_slot_at(slot), NP_BYTES(stored));
    np_wipe(stored, sizeof(stored));
    chip->created = key;
    chip->created_slot = slot;
    return answer_point(chip, command, key, answer);
}

static np_atecc_status compute_public(np_virtual_chip *chip, const np_atecc_command *command,
                                      unsigned slot, chip_answer *answer)
{
    bool is_open = !chip_is_data_locked(chip) || chip_key_has(chip, slot, NP_KEY_PUB_INFO);
    if (!chip_is_signing_slot(chip, slot) || !is_open || !chip_take_authorisation(chip, slot)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    const np_p256_key *key = chip_slot_key(chip, slot);
    if (key == NULL) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    return answer_point(chip, command, key, answer);
}

/* Mode 10: the digest of a public key that is stored, for Verify(Validate). */
static np_atecc_status digest_stored(np_virtual_chip *chip, const np_atecc_command *command,
                                     unsigned slot)
{
    if (command->data.len != OTHER_DATA_SIZE) {
        return NP_ATECC_PARSE_ERROR;
    }
    if (!chip_is_public_slot(chip, slot) || !can_digest(chip, slot) ||
        !chip_take_authorisation(chip, slot) || !chip_count_use(chip, slot)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    uint8_t point[NP_P256_POINT_SIZE];
    chip_stored_point(chip, slot, point);
    put_digest(chip, command->data.data, slot, point);
    return NP_ATECC_SUCCESS;
}

/* 608, KeyID FFFF: an ephemeral key in TempKey, for ECDH. */
static np_atecc_status create_ephemeral(np_virtual_chip *chip, const np_atecc_command *command,
                                        chip_answer *answer)
{
    if (command->p1 != NP_ATECC_GENKEY_CREATE) {
        return NP_ATECC_PARSE_ERROR;
    }
    NP_SECRET32 scalar = {0};
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    np_atecc_status status = draw_key(chip, scalar.bytes, &key);
    if (status != NP_ATECC_SUCCESS) {
        return status;
    }
    chip_set_temp_key(chip, NP_BYTES(scalar.bytes),
                      chip_reading(chip, READING_EPHEMERAL_KEY_SOURCE));
    chip->kept.temp_key.is_private = true;
    return answer_point(chip, command, key, answer);
}

static np_atecc_status run_in_slot(np_virtual_chip *chip, const np_atecc_command *command,
                                   unsigned slot, chip_answer *answer)
{
    if ((command->p1 & GENKEY_STORED_DIGEST) != 0) {
        return digest_stored(chip, command, slot);
    }
    if ((command->p1 & GENKEY_DIGEST) != 0 && !can_digest(chip, slot)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    return (command->p1 & NP_ATECC_GENKEY_CREATE) != 0
               ? create_key(chip, command, slot, answer)
               : compute_public(chip, command, slot, answer);
}

/* Three bytes of data are taken with any mode: PKCS #11 modules in the field send them (1.6). */
np_atecc_status chip_run_genkey(np_virtual_chip *chip, const np_atecc_command *command,
                                chip_answer *answer)
{
    unsigned slot = 0;
    if ((command->p1 & ~GENKEY_P1_BITS) != 0) {
        return NP_ATECC_PARSE_ERROR;
    }
    bool is_ephemeral = chip_is_608(chip) && command->p2 == EPHEMERAL;
    np_atecc_status status =
        is_ephemeral ? NP_ATECC_SUCCESS : chip_parse_key_id(chip, command->p2, &slot);
    if (status != NP_ATECC_SUCCESS) {
        return status;
    }
    if (!chip_is_config_locked(chip)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    return is_ephemeral ? create_ephemeral(chip, command, answer)
                        : run_in_slot(chip, command, slot, answer);
}
