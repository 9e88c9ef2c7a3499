/* SPDX-License-Identifier: Apache-2.0 */
/* Verify (specs of the chip 2.24, 4.10, 4.11): external, stored, and what validates a key. */
#include "virtual/messages.h"

enum {
    VERIFY_MODE_BITS = 0x07,
    VERIFY_STORED = 0,
    VERIFY_VALIDATE_EXTERNAL = 1,
    VERIFY_VALIDATE = 3,
    VERIFY_INVALIDATE = 7,
    VERIFY_FROM_BUFFER = 0x20, /* 608 */
    VERIFY_MAC = 0x80,         /* 608 */
    STORED_SIZE = 64,
    EXTERNAL_SIZE = 128,
    VALIDATE_SIZE = 83,
    OTHER_AT = 64, /* of the 19 bytes, in the data of Validate */
    OTHER_INVALIDATES_AT = 17,
    MAC_NONCE_SIZE = 32,
    VALIDITY_SET = 0x50, /* top nibble of the first byte */
    VALIDITY_UNSET = 0xa0,
    X509_ID_SHIFT = 14, /* of KeyConfig */
};

static const uint8_t *take_message(np_virtual_chip *chip, uint8_t p1, chip_answer *answer)
{
    bool is_from_buffer = (p1 & VERIFY_FROM_BUFFER) != 0;
    answer->has_used_temp_key = !is_from_buffer;
    if (is_from_buffer) {
        return chip->kept.digest_len > 0 ? chip->kept.digest_buffer : NULL;
    }
    return chip_has_message(chip) ? chip->kept.temp_key.value : NULL;
}

static np_atecc_status verify(const uint8_t *point, const uint8_t *message, np_bytes data)
{
    bool is_valid = false;
    if (np_p256_verify(point, message, data.data, &is_valid, NULL) != NP_OK) {
        return NP_ATECC_ECC_FAULT;
    }
    return is_valid ? NP_ATECC_SUCCESS : NP_ATECC_MISCOMPARE;
}

/*
 * A 608 that is asked to proves its answer: IO key | message | nonce | R | S | 45 | P1 | P2. The
 * nonce is the part of the digest buffer that the message does not fill.
 */
static np_atecc_status prove(const np_virtual_chip *chip, const np_atecc_command *command,
                             const uint8_t *message, chip_answer *answer)
{
    bool is_from_buffer = (command->p1 & VERIFY_FROM_BUFFER) != 0;
    const uint8_t *nonce = chip->kept.digest_buffer + (is_from_buffer ? MAC_NONCE_SIZE : 0);
    uint8_t origin[4];
    chip_put_origin(command, origin);
    const np_bytes parts[] = {np_bytes_of(chip_io_key(chip), 32), np_bytes_of(message, 32),
                              np_bytes_of(nonce, MAC_NONCE_SIZE),
                              np_bytes_of(command->data.data, NP_P256_SIGNATURE_SIZE),
                              NP_BYTES(origin)};
    np_sha256_parts(parts, NP_COUNT_OF(parts), answer->data);
    answer->len = NP_SHA256_SIZE;
    return NP_ATECC_SUCCESS;
}

static bool can_prove(const np_virtual_chip *chip, uint8_t p1)
{
    size_t nonce_end = (p1 & VERIFY_FROM_BUFFER) != 0 ? 2 * MAC_NONCE_SIZE : MAC_NONCE_SIZE;
    return (p1 & VERIFY_MAC) == 0 ||
           (chip_io_key(chip) != NULL && chip->kept.digest_len >= nonce_end);
}

static np_atecc_status verify_and_prove(const np_virtual_chip *chip,
                                        const np_atecc_command *command, const uint8_t *point,
                                        const uint8_t *message, chip_answer *answer)
{
    np_atecc_status status = verify(point, message, command->data);
    bool is_proof = status == NP_ATECC_SUCCESS && (command->p1 & VERIFY_MAC) != 0;
    return is_proof ? prove(chip, command, message, answer) : status;
}

static np_atecc_status verify_external(np_virtual_chip *chip, const np_atecc_command *command,
                                       chip_answer *answer)
{
    if (command->p2 != NP_ATECC_VERIFY_P256 || command->data.len != EXTERNAL_SIZE) {
        return NP_ATECC_PARSE_ERROR;
    }
    const uint8_t *message = take_message(chip, command->p1, answer);
    bool is_open =
        chip_is_config_locked(chip) || chip_reading(chip, READING_VERIFY_EXTERNAL_BEFORE_LOCK);
    if (message == NULL || !is_open || !can_prove(chip, command->p1)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    return verify_and_prove(chip, command, command->data.data + STORED_SIZE, message, answer);
}

/* A key that needs validation must have it; a key that needs a random message too. */
static bool can_use_stored(np_virtual_chip *chip, unsigned slot)
{
    bool is_random =
        !chip_key_has(chip, slot, NP_KEY_REQ_RANDOM) || !chip->kept.temp_key.is_input_only;
    return chip_is_config_locked(chip) && chip_is_trusted_public(chip, slot) && is_random &&
           !chip_is_disabled(chip, slot) && chip_take_authorisation(chip, slot) &&
           chip_count_use(chip, slot);
}

static np_atecc_status verify_stored(np_virtual_chip *chip, const np_atecc_command *command,
                                     chip_answer *answer)
{
    unsigned slot = 0;
    np_atecc_status status = chip_parse_key_id(chip, command->p2, &slot);
    if (status != NP_ATECC_SUCCESS || command->data.len != STORED_SIZE) {
        return status != NP_ATECC_SUCCESS ? status : NP_ATECC_PARSE_ERROR;
    }
    const uint8_t *message = take_message(chip, command->p1, answer);
    if (message == NULL || !can_prove(chip, command->p1) || !can_use_stored(chip, slot)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    uint8_t point[NP_P256_POINT_SIZE];
    chip_stored_point(chip, slot, point);
    status = verify_and_prove(chip, command, point, message, answer);
    if (status == NP_ATECC_SUCCESS) {
        chip_authorise(chip, slot);
    }
    return status;
}

static uint8_t x509_format(const np_virtual_chip *chip, unsigned slot)
{
    unsigned id = chip_key_config(chip, slot) >> X509_ID_SHIFT;
    return chip_config(chip)[NP_CONFIG_X509_FORMAT + id];
}

/* TempKey holds GenKey's digest of this very key, and the other data says what is asked for. */
static bool does_other_data_fit(const np_virtual_chip *chip, const np_atecc_command *command,
                                unsigned slot)
{
    const chip_temp_key *key = &chip->kept.temp_key;
    bool is_invalidate = command->p1 == VERIFY_INVALIDATE;
    uint8_t says = command->data.data[OTHER_AT + OTHER_INVALIDATES_AT];
    return chip_has_message(chip) && key->is_genkey && key->key_id == slot &&
           x509_format(chip, slot) == 0 && ((says & 1) != 0) == is_invalidate;
}

/* TempKey is the hash of a certificate in which this key stands where X509format has it. */
static bool is_certificate_of(const np_virtual_chip *chip, unsigned slot)
{
    const chip_temp_key *key = &chip->kept.temp_key;
    uint8_t format = x509_format(chip, slot);
    unsigned blocks = key->blocks + (chip_reading(chip, READING_X509_LENGTH_COUNTS_END) ? 1U : 0U);
    return chip_has_message(chip) && key->has_public && key->public_slot == slot && format != 0 &&
           (format & 0xf) ==
               key->public_block + chip_reading(chip, READING_X509_POSITION_OF_FIRST) &&
           format >> 4 == blocks;
}

/* The parent's signature changes the nibble of validity, whatever locks say. */
static np_atecc_status judge(np_virtual_chip *chip, const np_atecc_command *command, unsigned slot,
                             const uint8_t *message)
{
    unsigned parent = chip_slot_config(chip, slot) & NP_SLOT_READ_KEY_MASK;
    if (!can_use_stored(chip, parent)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    uint8_t point[NP_P256_POINT_SIZE];
    chip_stored_point(chip, parent, point);
    np_atecc_status status = verify(point, message, command->data);
    if (status == NP_ATECC_SUCCESS) {
        unsigned nibble = command->p1 == VERIFY_INVALIDATE ? VALIDITY_UNSET : VALIDITY_SET;
        uint8_t first = (uint8_t)(nibble | (*chip_slot_bytes(chip, slot) & 0x0fU));
        chip_change_later(chip, chip_slot_at(slot), np_bytes_of(&first, 1));
    }
    return status;
}

static np_atecc_status validate(np_virtual_chip *chip, const np_atecc_command *command,
                                chip_answer *answer)
{
    unsigned slot = 0;
    bool is_external = command->p1 == VERIFY_VALIDATE_EXTERNAL;
    size_t size = is_external ? (size_t)chip_reading(chip, READING_VALIDATE_EXTERNAL_SIZE)
                              : (size_t)VALIDATE_SIZE;
    np_atecc_status status = chip_parse_key_id(chip, command->p2, &slot);
    if (status != NP_ATECC_SUCCESS || command->data.len != size) {
        return status != NP_ATECC_SUCCESS ? status : NP_ATECC_PARSE_ERROR;
    }
    answer->has_used_temp_key = true;
    bool fits =
        is_external ? is_certificate_of(chip, slot) : does_other_data_fit(chip, command, slot);
    if (!chip_is_public_slot(chip, slot) || !chip_key_has(chip, slot, NP_KEY_PUB_INFO) || !fits) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    uint8_t digest[NP_SHA256_SIZE];
    memcpy(digest, chip->kept.temp_key.value, sizeof(digest));
    if (!is_external) {
        chip_hash_slot_data(chip, command->data.data + OTHER_AT, digest);
    }
    return judge(chip, command, slot, digest);
}

np_atecc_status chip_run_verify(np_virtual_chip *chip, const np_atecc_command *command,
                                chip_answer *answer)
{
    unsigned mode = command->p1 & VERIFY_MODE_BITS;
    bool has_options = mode == VERIFY_STORED || mode == NP_ATECC_VERIFY_EXTERNAL;
    unsigned options = chip_is_608(chip) && has_options ? VERIFY_FROM_BUFFER | VERIFY_MAC : 0;
    if ((command->p1 & ~(VERIFY_MODE_BITS | options)) != 0) {
        return NP_ATECC_PARSE_ERROR;
    }
    switch (mode) {
    case VERIFY_STORED:
        return verify_stored(chip, command, answer);
    case NP_ATECC_VERIFY_EXTERNAL:
        return verify_external(chip, command, answer);
    case VERIFY_VALIDATE_EXTERNAL:
        return chip_is_608(chip) ? NP_ATECC_PARSE_ERROR : validate(chip, command, answer);
    case VERIFY_VALIDATE:
    case VERIFY_INVALIDATE:
        return validate(chip, command, answer);
    default:
        return NP_ATECC_PARSE_ERROR;
    }
}
