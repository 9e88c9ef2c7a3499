/* SPDX-License-Identifier: Apache-2.0 */
/* PrivWrite (specs of the chip 2.16, 4.7). */
#include "virtual/messages.h"

enum { KEY_PAD = 4, MIDDLE_SIZE = 21 };

static bool does_policy_allow(const np_virtual_chip *chip, unsigned slot, bool is_encrypted)
{
    return !chip_is_data_locked(chip) ||
           (is_encrypted && chip_slot_has(chip, slot, NP_SLOT_WRITE_ENCRYPTED) &&
            chip_has_gendig_of(chip, chip_write_key(chip, slot)));
}

/* 32 bytes by TempKey, the last four by the hash of it. */
static void decrypt(const np_virtual_chip *chip, const uint8_t *cipher, uint8_t *ret)
{
    uint8_t more[NP_SHA256_SIZE];
    np_bytes temp_key = chip_temp_key_bytes(chip);
    np_sha256(temp_key, more);
    for (size_t i = 0; i < NP_ATECC_KEY_SIZE; i++) {
        ret[i] = cipher[i] ^ (i < 32 ? temp_key.data[i] : more[i - 32]);
    }
    np_wipe(more, sizeof(more));
}

static bool is_mac_right(const np_virtual_chip *chip, const np_atecc_command *command,
                         const uint8_t *plain)
{
    static const uint8_t zeros[MIDDLE_SIZE];
    chip_message message = {.head = chip_temp_key_bytes(chip),
                            .middle = NP_BYTES(zeros),
                            .tail = np_bytes_of(plain, NP_ATECC_KEY_SIZE)};
    uint8_t mac[NP_SHA256_SIZE];
    chip_put_origin(command, message.origin);
    chip_hash_message(chip, &message, mac);
    return chip_are_equal(mac, command->data.data + NP_ATECC_KEY_SIZE);
}

/* The pad above the number is not looked at; it is stored as zeros. */
static np_atecc_status store_key(np_virtual_chip *chip, unsigned slot, uint8_t *plain)
{
    if (!np_p256_is_scalar(plain + KEY_PAD)) {
        return chip_status(chip, READING_PRIV_WRITE_SCALAR_OUT_OF_RANGE);
    }
    memset(plain, 0, KEY_PAD);
    chip_change_later(chip, chip_slot_at(slot), np_bytes_of(plain, NP_ATECC_KEY_SIZE));
    return NP_ATECC_SUCCESS;
}

static np_atecc_status write_key(np_virtual_chip *chip, const np_atecc_command *command,
                                 unsigned slot, uint8_t *plain)
{
    if ((command->p1 & NP_ATECC_ENCRYPTED) == 0) {
        memcpy(plain, command->data.data, NP_ATECC_KEY_SIZE);
        return store_key(chip, slot, plain);
    }
    if (!chip_has_message(chip)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    decrypt(chip, command->data.data, plain);
    return is_mac_right(chip, command, plain) ? store_key(chip, slot, plain)
                                              : chip_status(chip, READING_WRONG_INPUT_MAC);
}

np_atecc_status chip_run_priv_write(np_virtual_chip *chip, const np_atecc_command *command,
                                    chip_answer *answer)
{
    unsigned slot = 0;
    bool is_encrypted = command->p1 == NP_ATECC_ENCRYPTED;
    if (command->p1 != 0 && !is_encrypted) {
        return NP_ATECC_PARSE_ERROR;
    }
    answer->has_used_temp_key = is_encrypted;
    np_atecc_status status = chip_parse_key_id(chip, command->p2, &slot);
    if (status != NP_ATECC_SUCCESS) {
        return status;
    }
    if (!chip_is_config_locked(chip) || !chip_is_signing_slot(chip, slot) ||
        chip_is_slot_locked(chip, slot) || !does_policy_allow(chip, slot, is_encrypted)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    uint8_t plain[NP_ATECC_KEY_SIZE];
    status = write_key(chip, command, slot, plain);
    np_wipe(plain, sizeof(plain));
    return status;
}
