/* SPDX-License-Identifier: Apache-2.0 */
/* SecureBoot of a 608 (specs of the chip 2.19, 3.6, 4.12). */
#include "virtual/messages.h"

enum {
    BOOT_FULL = 5,
    BOOT_FULL_STORE = 6,
    BOOT_FULL_COPY = 7,
    BOOT_KIND_BITS = 0x07,
    BOOT_PROHIBIT = 0x40,
    BOOT_MAC = 0x80,
    BOOT_P1_BITS = BOOT_KIND_BITS | BOOT_PROHIBIT | BOOT_MAC,
    MODE_BITS = 0x3, /* configuration bytes 70 and 71 */
    MODE_FULL_BOTH = 1,
    MODE_FULL_SIGNATURE = 2,
    MODE_FULL_DIGEST = 3,
    SETS_LATCH = 0x4,
    WANTS_RANDOM = 0x8,
    STORE_SLOT_SHIFT = 8,
    KEY_SLOT_SHIFT = 12,
    DIGEST_SIZE = 32,
    SIGNATURE_SIZE = 64,
};

typedef struct boot_request {
    unsigned kind;
    unsigned mode;
    unsigned store_slot;
    unsigned key_slot;
    uint16_t config;
    bool wants_mac;
    uint8_t key[32]; /* K: the IO key and the nonce, hashed */
    uint8_t digest[DIGEST_SIZE];
    np_bytes signature; /* of the command, or stored; empty when digests are compared */
} boot_request;

static uint16_t boot_config(const np_virtual_chip *chip)
{
    const uint8_t *at = chip_config(chip) + NP_CONFIG_SECURE_BOOT;
    return (uint16_t)(at[0] | (unsigned)at[1] << 8);
}

static bool is_kind_allowed(const np_virtual_chip *chip, const boot_request *request)
{
    switch (request->mode) {
    case MODE_FULL_BOTH:
        return request->kind == BOOT_FULL;
    case MODE_FULL_SIGNATURE:
        return request->kind != BOOT_FULL ||
               chip_reading(chip, READING_SECURE_BOOT_FULL_IN_SIGNATURE_MODE);
    case MODE_FULL_DIGEST:
        return true;
    default:
        return false;
    }
}

/* The stored digest or signature must have room in its slot, and may be written when it is copied.
 */
static bool is_store_usable(const np_virtual_chip *chip, const boot_request *request)
{
    size_t needed = request->mode == MODE_FULL_SIGNATURE ? SIGNATURE_SIZE : DIGEST_SIZE;
    bool is_written = request->kind == BOOT_FULL_COPY;
    return request->kind == BOOT_FULL ||
           (!chip_key_has(chip, request->store_slot, NP_KEY_PRIVATE) &&
            np_atecc_slot_size(request->store_slot) >= needed &&
            !(is_written && chip_is_slot_locked(chip, request->store_slot)));
}

static bool has_nonce(const np_virtual_chip *chip, const boot_request *request)
{
    bool wants_random =
        (request->config & WANTS_RANDOM) != 0 &&
        (request->wants_mac || chip_reading(chip, READING_SECURE_BOOT_NONCE_WITHOUT_MAC));
    if (!request->wants_mac && !wants_random) {
        return true;
    }
    return chip_has_message(chip) && !(wants_random && chip->kept.temp_key.is_input_only);
}

/* With a MAC the digest comes masked by a key that only this part and its host can know. */
static np_atecc_status take_digest(const np_virtual_chip *chip, const np_atecc_command *command,
                                   boot_request *request)
{
    memcpy(request->digest, command->data.data, DIGEST_SIZE);
    if (!request->wants_mac) {
        return NP_ATECC_SUCCESS;
    }
    const uint8_t *io_key = chip_io_key(chip);
    if (io_key == NULL) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    const np_bytes parts[] = {np_bytes_of(io_key, 32), chip_temp_key_bytes(chip)};
    np_sha256_parts(parts, NP_COUNT_OF(parts), request->key);
    for (size_t i = 0; i < DIGEST_SIZE; i++) {
        request->digest[i] ^= request->key[i];
    }
    return NP_ATECC_SUCCESS;
}

static np_atecc_status verify(np_virtual_chip *chip, const boot_request *request)
{
    uint8_t point[NP_P256_POINT_SIZE];
    bool is_valid = false;
    if (!chip_is_trusted_public(chip, request->key_slot)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    chip_stored_point(chip, request->key_slot, point);
    if (np_p256_verify(point, request->digest, request->signature.data, &is_valid, NULL) != NP_OK) {
        return NP_ATECC_ECC_FAULT;
    }
    return is_valid ? NP_ATECC_SUCCESS : NP_ATECC_MISCOMPARE;
}

static void store(np_virtual_chip *chip, const boot_request *request)
{
    if (request->mode == MODE_FULL_DIGEST) {
        chip_store_in_slot(chip, request->store_slot, 0, NP_BYTES(request->digest));
        return;
    }
    const uint8_t *signature = request->signature.data;
    chip_store_in_slot(chip, request->store_slot, 0, np_bytes_of(signature, 32));
    chip_store_in_slot(chip, request->store_slot, 32, np_bytes_of(signature + 32, 32));
}

static np_atecc_status compare(np_virtual_chip *chip, const np_atecc_command *command,
                               boot_request *request)
{
    const uint8_t *stored = chip_slot_bytes(chip, request->store_slot);
    bool is_store = request->kind == BOOT_FULL_STORE;
    if (is_store && request->mode == MODE_FULL_DIGEST) {
        return chip_are_equal(stored, request->digest) ? NP_ATECC_SUCCESS : NP_ATECC_MISCOMPARE;
    }
    request->signature =
        np_bytes_of(is_store ? stored : command->data.data + DIGEST_SIZE, SIGNATURE_SIZE);
    np_atecc_status status = verify(chip, request);
    if (status == NP_ATECC_SUCCESS && request->kind == BOOT_FULL_COPY) {
        store(chip, request);
    }
    return status;
}

static void answer_mac(const np_atecc_command *command, const boot_request *request,
                       chip_answer *answer)
{
    uint8_t origin[4];
    chip_put_origin(command, origin);
    const np_bytes parts[] = {NP_BYTES(request->key), NP_BYTES(request->digest), request->signature,
                              NP_BYTES(origin)};
    np_sha256_parts(parts, NP_COUNT_OF(parts), answer->data);
    answer->len = NP_SHA256_SIZE;
}

static np_atecc_status boot(np_virtual_chip *chip, const np_atecc_command *command,
                            boot_request *request, chip_answer *answer)
{
    if (chip->is_secure_boot_off || !chip_is_config_locked(chip) ||
        !is_kind_allowed(chip, request) || !is_store_usable(chip, request) ||
        !has_nonce(chip, request)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    np_atecc_status status = take_digest(chip, command, request);
    status = status == NP_ATECC_SUCCESS ? compare(chip, command, request) : status;
    if (status != NP_ATECC_SUCCESS) {
        return status;
    }
    chip->latch = chip->latch || (request->config & SETS_LATCH) != 0;
    chip->is_secure_boot_off = (command->p1 & BOOT_PROHIBIT) != 0;
    if (request->wants_mac) {
        answer_mac(command, request, answer);
    }
    return NP_ATECC_SUCCESS;
}

np_atecc_status chip_run_secure_boot(np_virtual_chip *chip, const np_atecc_command *command,
                                     chip_answer *answer)
{
    uint16_t config = boot_config(chip);
    boot_request request = {.kind = command->p1 & BOOT_KIND_BITS,
                            .mode = config & MODE_BITS,
                            .store_slot = config >> STORE_SLOT_SHIFT & 0xf,
                            .key_slot = config >> KEY_SLOT_SHIFT & 0xf,
                            .config = config,
                            .wants_mac = (command->p1 & BOOT_MAC) != 0};
    size_t size = DIGEST_SIZE + (request.kind == BOOT_FULL_STORE ? 0 : SIGNATURE_SIZE);
    if ((command->p1 & ~BOOT_P1_BITS) != 0 || request.kind < BOOT_FULL || command->p2 != 0 ||
        command->data.len != size) {
        return NP_ATECC_PARSE_ERROR;
    }
    answer->has_used_temp_key = request.wants_mac || (config & WANTS_RANDOM) != 0;
    np_atecc_status status = boot(chip, command, &request, answer);
    np_wipe(&request, sizeof(request));
    return status;
}
