/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SHA (specs of the chip 2.21, 4.15). A 508A keeps the running hash in TempKey, so that any other
 * command ends it; a 608 has a buffer of its own for it, and can hand it out.
 */
#include "virtual/messages.h"

enum {
    SHA_START = 0,
    SHA_UPDATE = 1,
    SHA_END = 2,
    SHA_PUBLIC = 3, /* 508A */
    SHA_HMAC_START = 4,
    SHA_HMAC_END = 5,      /* 508A */
    SHA_READ_CONTEXT = 6,  /* 608 */
    SHA_WRITE_CONTEXT = 7, /* 608 */
    SHA_MODE_BITS = 0x07,
    SHA_TARGET_BITS = 0xc0, /* 608, of End */
    SHA_TO_TEMP_KEY = 0x00,
    SHA_TO_DIGEST_BUFFER = 0x40,
    SHA_TO_OUTPUT = 0xc0,
    KEY_IN_TEMP_KEY = 0xffff,
    CONTEXT_FIXED_SIZE = 36, /* length and eight words */
};

static np_atecc_status start_hash(np_virtual_chip *chip, const np_atecc_command *command,
                                  chip_answer *answer)
{
    (void)answer;
    if (command->data.len != 0 || command->p2 != 0) {
        return NP_ATECC_PARSE_ERROR;
    }
    chip->kept.sha = (chip_sha){.kind = CHIP_SHA_HASH};
    np_sha256_begin(&chip->kept.sha.run);
    return NP_ATECC_SUCCESS;
}

/* Neither a nonce nor the data lock is asked for. */
static bool find_hmac_key(np_virtual_chip *chip, uint16_t p2, chip_answer *answer, uint8_t *ret)
{
    unsigned slot = 0;
    if (chip_is_608(chip) && p2 == KEY_IN_TEMP_KEY) {
        answer->has_used_temp_key = true;
        memcpy(ret, chip->kept.temp_key.value, 32);
        return chip_has_message(chip);
    }
    if (!chip_mask_key_id(chip, p2, &slot) || !chip_is_config_locked(chip) ||
        (!chip_reading(chip, READING_SHA_HMAC_BEFORE_DATA_LOCK) && !chip_is_data_locked(chip)) ||
        chip_slot_has(chip, slot, NP_SLOT_NO_MAC) || !chip_take_secret(chip, slot)) {
        return false;
    }
    memcpy(ret, chip_slot_bytes(chip, slot), 32);
    return true;
}

static np_atecc_status start_hmac(np_virtual_chip *chip, const np_atecc_command *command,
                                  chip_answer *answer)
{
    if (command->data.len != 0) {
        return NP_ATECC_PARSE_ERROR;
    }
    NP_SECRET32 key = {0};
    if (!find_hmac_key(chip, command->p2, answer, key.bytes)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    chip_sha *sha = &chip->kept.sha;
    *sha = (chip_sha){.kind = CHIP_SHA_HMAC};
    memcpy(sha->key, key.bytes, sizeof(sha->key));
    np_hmac_sha256_begin(&sha->run, NP_BYTES(sha->key));
    return NP_ATECC_SUCCESS;
}

/* A 508A takes whole blocks only. */
static np_atecc_status update(np_virtual_chip *chip, const np_atecc_command *command,
                              chip_answer *answer)
{
    (void)answer;
    size_t least = chip_is_608(chip) ? 1 : NP_SHA256_BLOCK;
    if (command->data.len < least || command->data.len > NP_SHA256_BLOCK ||
        command->p2 != command->data.len) {
        return NP_ATECC_PARSE_ERROR;
    }
    if (chip->kept.sha.kind == CHIP_SHA_NONE) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    np_sha256_add(&chip->kept.sha.run, command->data);
    return NP_ATECC_SUCCESS;
}

/* Where the public key stands is kept for Verify(ValidateExternal). */
static np_atecc_status add_public(np_virtual_chip *chip, const np_atecc_command *command,
                                  chip_answer *answer)
{
    (void)answer;
    unsigned slot = 0;
    chip_sha *sha = &chip->kept.sha;
    np_atecc_status status = chip_parse_key_id(chip, command->p2, &slot);
    if (status != NP_ATECC_SUCCESS || command->data.len != 0) {
        return status != NP_ATECC_SUCCESS ? status : NP_ATECC_PARSE_ERROR;
    }
    if (sha->kind != CHIP_SHA_HASH || !chip_is_config_locked(chip) ||
        !chip_is_public_slot(chip, slot)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    uint8_t point[NP_P256_POINT_SIZE];
    chip_stored_point(chip, slot, point);
    sha->has_public = true;
    sha->public_slot = (uint8_t)slot;
    sha->public_block = (uint8_t)(sha->run.len / NP_SHA256_BLOCK);
    np_sha256_add(&sha->run, NP_BYTES(point));
    return NP_ATECC_SUCCESS;
}

static void keep_digest(np_virtual_chip *chip, uint8_t target, const uint8_t *digest,
                        chip_answer *answer)
{
    const chip_sha *sha = &chip->kept.sha;
    if (target == SHA_TO_DIGEST_BUFFER) {
        chip->kept.digest_len = NP_SHA256_SIZE;
        memcpy(chip->kept.digest_buffer, digest, NP_SHA256_SIZE);
    }
    if (target == SHA_TO_TEMP_KEY) {
        chip_set_temp_key(chip, np_bytes_of(digest, NP_SHA256_SIZE),
                          chip_reading(chip, READING_SHA_DIGEST_SOURCE));
        chip->kept.temp_key.has_public = sha->has_public;
        chip->kept.temp_key.public_slot = sha->public_slot;
        chip->kept.temp_key.public_block = sha->public_block;
        chip->kept.temp_key.blocks = (uint8_t)(sha->run.len / NP_SHA256_BLOCK);
        answer->has_set_temp_key = true;
    }
}

static void finish_run(const chip_sha *sha, uint8_t *ret)
{
    if (sha->kind == CHIP_SHA_HMAC) {
        np_hmac_sha256_end(&sha->run, NP_BYTES(sha->key), ret);
    } else {
        np_sha256_end(&sha->run, ret);
    }
}

/* 508A: modes 2 and 5 end what 0 and 4 began. 608: 2 ends both. */
static np_atecc_status end(np_virtual_chip *chip, const np_atecc_command *command,
                           chip_answer *answer)
{
    chip_sha *sha = &chip->kept.sha;
    uint8_t target = command->p1 & SHA_TARGET_BITS;
    bool is_hmac_end = (command->p1 & SHA_MODE_BITS) == SHA_HMAC_END;
    size_t most = chip_is_608(chip) ? NP_SHA256_BLOCK : NP_SHA256_BLOCK - 1;
    bool is_known =
        target == SHA_TO_TEMP_KEY || target == SHA_TO_DIGEST_BUFFER || target == SHA_TO_OUTPUT;
    if (command->data.len > most || command->p2 != command->data.len || !is_known) {
        return NP_ATECC_PARSE_ERROR;
    }
    bool is_kind = chip_is_608(chip) || is_hmac_end == (sha->kind == CHIP_SHA_HMAC);
    if (sha->kind == CHIP_SHA_NONE || !is_kind) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    np_sha256_add(&sha->run, command->data);
    finish_run(sha, answer->data);
    answer->len = NP_SHA256_SIZE;
    keep_digest(chip, target, answer->data, answer);
    np_wipe(sha, sizeof(*sha));
    return NP_ATECC_SUCCESS;
}

/* The length so far, eight words and what fills no block yet; numbers little endian (C). */
static np_atecc_status read_context(np_virtual_chip *chip, const np_atecc_command *command,
                                    chip_answer *answer)
{
    const np_sha256_stream *run = &chip->kept.sha.run;
    if (command->data.len != 0 || command->p2 != 0) {
        return NP_ATECC_PARSE_ERROR;
    }
    if (chip->kept.sha.kind != CHIP_SHA_HASH) { /* an HMAC's is not given away */
        return NP_ATECC_EXECUTION_ERROR;
    }
    np_writer writer = np_writer_of(answer->data, NP_ATECC_RESPONSE_DATA_MAX);
    np_write_u32_le(&writer, (uint32_t)run->len);
    for (size_t i = 0; i < NP_COUNT_OF(run->words); i++) {
        np_write_u32_le(&writer, run->words[i]);
    }
    np_write_bytes(&writer, np_bytes_of(run->pending, run->len % NP_SHA256_BLOCK));
    answer->len = writer.len;
    return NP_ATECC_SUCCESS;
}

static np_atecc_status write_context(np_virtual_chip *chip, const np_atecc_command *command,
                                     chip_answer *answer)
{
    (void)answer;
    np_reader reader = np_reader_of(command->data);
    chip_sha sha = {.kind = CHIP_SHA_HASH};
    sha.run.len = np_read_u32_le(&reader);
    for (size_t i = 0; i < NP_COUNT_OF(sha.run.words); i++) {
        sha.run.words[i] = np_read_u32_le(&reader);
    }
    size_t pending = sha.run.len % NP_SHA256_BLOCK;
    np_bytes rest = np_read_bytes(&reader, pending);
    if (!np_reader_is_done(&reader) || command->p2 != command->data.len) {
        return NP_ATECC_PARSE_ERROR;
    }
    if (pending > 0) {
        memcpy(sha.run.pending, rest.data, pending);
    }
    chip->kept.sha = sha;
    return NP_ATECC_SUCCESS;
}

/* By mode; NULL: the model does not have it. */
static chip_handler *find_step(const np_virtual_chip *chip, uint8_t p1)
{
    static chip_handler *const on_508a[] = {start_hash, update, end, add_public, start_hmac, end};
    static chip_handler *const on_608[] = {start_hash, update, end,          NULL,
                                           start_hmac, NULL,   read_context, write_context};
    uint8_t mode = p1 & SHA_MODE_BITS;
    bool has_target = chip_is_608(chip) && mode == SHA_END;
    if ((p1 & ~SHA_MODE_BITS & ~(has_target ? SHA_TARGET_BITS : 0)) != 0) {
        return NULL;
    }
    if (chip_is_608(chip)) {
        return on_608[mode];
    }
    return mode < NP_COUNT_OF(on_508a) ? on_508a[mode] : NULL;
}

np_atecc_status chip_run_sha(np_virtual_chip *chip, const np_atecc_command *command,
                             chip_answer *answer)
{
    chip_handler *step = find_step(chip, command->p1);
    np_atecc_status status = step == NULL ? NP_ATECC_PARSE_ERROR : step(chip, command, answer);
    if (status != NP_ATECC_SUCCESS && !chip_is_608(chip)) {
        np_wipe(&chip->kept.sha, sizeof(chip->kept.sha));
    }
    return status;
}
