/* SPDX-License-Identifier: Apache-2.0 */
/* ECDH (specs of the chip 2.7). */
#include "virtual/messages.h"

enum {
    ECDH_FROM_TEMP_KEY = 0x01,
    ECDH_ENCRYPTED = 0x02,
    ECDH_TARGET_BITS = 0x0c,
    ECDH_AS_CONFIGURED = 0x00,
    ECDH_TO_SLOT = 0x04,
    ECDH_TO_TEMP_KEY = 0x08,
    ECDH_TO_OUTPUT = 0x0c,
    ECDH_P1_BITS = 0x0f,
    READ_KEY_ECDH = 0x0004,  /* of a private key's slot */
    READ_KEY_STORE = 0x0008, /* the secret goes to the next slot */
    PROTECTION_SHIFT = 8,    /* ECDHProt in ChipOptions */
    PROTECTION_NONE = 0,
    PROTECTION_ENCRYPT = 1,
};

typedef struct ecdh_request {
    uint8_t target;
    bool is_from_temp_key;
    bool is_encrypted;
    unsigned slot; /* of the key, or where the secret of an ephemeral key goes */
} ecdh_request;

static np_atecc_status parse(const np_virtual_chip *chip, const np_atecc_command *command,
                             ecdh_request *ret)
{
    uint8_t p1 = command->p1;
    *ret = (ecdh_request){.target = p1 & ECDH_TARGET_BITS,
                          .is_from_temp_key = (p1 & ECDH_FROM_TEMP_KEY) != 0,
                          .is_encrypted = (p1 & ECDH_ENCRYPTED) != 0};
    bool is_legal = chip_is_608(chip) ? (p1 & ~ECDH_P1_BITS) == 0 : p1 == 0;
    bool is_output = ret->target == ECDH_TO_OUTPUT;
    bool is_configured = ret->target == ECDH_AS_CONFIGURED;
    if (!is_legal || (ret->is_encrypted && !is_output) ||
        (ret->is_from_temp_key && is_configured)) {
        return NP_ATECC_PARSE_ERROR;
    }
    if (ret->is_from_temp_key && ret->target != ECDH_TO_SLOT) {
        return NP_ATECC_SUCCESS; /* KeyID says nothing then */
    }
    return chip_parse_key_id(chip, command->p2, &ret->slot);
}

/* Policy says what may leave the chip; a secret that the slot wants stored does not. */
static bool can_use_slot(np_virtual_chip *chip, const ecdh_request *request)
{
    bool is_stored = chip_slot_has(chip, request->slot, READ_KEY_STORE);
    bool is_target_legal =
        request->target == ECDH_TO_SLOT ? is_stored
        : request->target == ECDH_TO_OUTPUT
            ? !is_stored || chip_reading(chip, READING_ECDH_OUTPUT_OVERRIDES_SLOT)
            : true;
    return chip_is_config_locked(chip) && chip_is_signing_slot(chip, request->slot) &&
           !chip_is_disabled(chip, request->slot) &&
           chip_slot_has(chip, request->slot, READ_KEY_ECDH) && is_target_legal &&
           (request->target != ECDH_AS_CONFIGURED || !is_stored || request->slot % 2 == 0) &&
           (request->target != ECDH_TO_SLOT || request->slot % 2 == 0) &&
           chip_slot_key(chip, request->slot) != NULL &&
           chip_take_authorisation(chip, request->slot) && chip_count_use(chip, request->slot);
}

static np_atecc_status agree(const np_virtual_chip *chip, np_p256_key *key, np_bytes point,
                             uint8_t *ret_secret)
{
    bool is_valid = false;
    if (np_p256_agree(key, point.data, ret_secret, &is_valid, NULL) != NP_OK) {
        return NP_ATECC_ECC_FAULT;
    }
    return is_valid ? NP_ATECC_SUCCESS : chip_status(chip, READING_ECDH_POINT_OFF_CURVE);
}

static np_atecc_status compute(np_virtual_chip *chip, const ecdh_request *request, np_bytes point,
                               uint8_t *ret_secret)
{
    if (!request->is_from_temp_key) {
        return can_use_slot(chip, request)
                   ? agree(chip, chip_slot_key(chip, request->slot), point, ret_secret)
                   : NP_ATECC_EXECUTION_ERROR;
    }
    const chip_temp_key *ephemeral = &chip->kept.temp_key;
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    if (!ephemeral->is_valid || !ephemeral->is_private) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    if (np_p256_from_scalar(ephemeral->value, &key, NULL) != NP_OK) {
        return NP_ATECC_ECC_FAULT;
    }
    return agree(chip, key, point, ret_secret);
}

static np_atecc_status store(np_virtual_chip *chip, unsigned slot, np_bytes secret)
{
    if (!chip_is_config_locked(chip) || chip_key_has(chip, slot, NP_KEY_PRIVATE) ||
        chip_is_slot_locked(chip, slot)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    chip_store_in_slot(chip, slot, 0, secret);
    return NP_ATECC_SUCCESS;
}

/* ECDHProt turns a clear answer into an encrypted one. */
static np_atecc_status put_out(np_virtual_chip *chip, const ecdh_request *request, np_bytes secret,
                               chip_answer *answer)
{
    unsigned protection = chip_options(chip) >> PROTECTION_SHIFT & 3U;
    if (request->is_encrypted || protection == PROTECTION_ENCRYPT) {
        return chip_answer_encrypted(chip, secret, answer);
    }
    if (protection != PROTECTION_NONE) {
        return chip_status(chip, READING_ECDH_PROTECTION_2_3);
    }
    memcpy(answer->data, secret.data, secret.len);
    answer->len = secret.len;
    return NP_ATECC_SUCCESS;
}

static np_atecc_status deliver(np_virtual_chip *chip, const ecdh_request *request, np_bytes secret,
                               chip_answer *answer)
{
    bool is_stored =
        request->target == ECDH_AS_CONFIGURED && chip_slot_has(chip, request->slot, READ_KEY_STORE);
    if (request->target == ECDH_TO_TEMP_KEY) {
        chip_set_temp_key(chip, secret, chip_reading(chip, READING_ECDH_SECRET_SOURCE));
        answer->has_set_temp_key = true;
        return NP_ATECC_SUCCESS;
    }
    if (request->target == ECDH_TO_SLOT || is_stored) {
        return store(chip, request->slot + (request->is_from_temp_key ? 0 : 1), secret);
    }
    return put_out(chip, request, secret, answer);
}

np_atecc_status chip_run_ecdh(np_virtual_chip *chip, const np_atecc_command *command,
                              chip_answer *answer)
{
    ecdh_request request;
    np_atecc_status status = parse(chip, command, &request);
    if (status != NP_ATECC_SUCCESS) {
        return status;
    }
    answer->has_used_temp_key = request.is_from_temp_key;
    NP_SECRET32 secret = {0};
    status = compute(chip, &request, command->data, secret.bytes);
    return status == NP_ATECC_SUCCESS ? deliver(chip, &request, NP_BYTES(secret.bytes), answer)
                                      : status;
}
