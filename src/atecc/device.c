/* SPDX-License-Identifier: Apache-2.0 */
#include "atecc/device.h"

#include "atecc/session.h"
#include "base/wipe.h"

enum { DIGEST_ATTEMPTS = 3, SLOT_SHIFT = 2 };

void np_atecc_init(np_atecc *chip, np_bus bus, uint8_t address)
{
    *chip = (np_atecc){.bus = bus, .address = address};
}

/* Configuration bytes that were read or written: the chip mode may be among them. */
static void note_mode(np_atecc *chip, uint8_t zone, uint16_t address, np_bytes bytes)
{
    size_t first = (size_t)address * NP_ATECC_WORD_SIZE;
    if (zone == NP_ATECC_ZONE_CONFIG && first <= NP_CONFIG_CHIP_MODE &&
        NP_CONFIG_CHIP_MODE < first + bytes.len) {
        chip->next_mode = bytes.data[NP_CONFIG_CHIP_MODE - first];
    }
}

static np_code read_once(np_atecc *chip, uint8_t zone, uint16_t address, np_writer *ret,
                         np_error *err)
{
    bool is_block = ret->size - ret->len >= NP_ATECC_BLOCK_SIZE &&
                    (address & (NP_ATECC_BLOCK_SIZE / NP_ATECC_WORD_SIZE - 1)) == 0;
    size_t size = is_block ? NP_ATECC_BLOCK_SIZE : NP_ATECC_WORD_SIZE;
    session_call call = {
        .command = {.opcode = NP_ATECC_READ,
                    .p1 = (uint8_t)(zone | (is_block ? NP_ATECC_32_BYTES : 0)),
                    .p2 = address},
        .row = np_atecc_command_by_opcode(NP_ATECC_READ),
        .answer_size = size,
        .ret = ret->data + ret->len,
    };
    NP_TRY(session_execute(chip, &call, err));
    note_mode(chip, zone, address, np_bytes_of(call.ret, size));
    ret->len += size;
    return NP_OK;
}

static np_code read_zone(np_atecc *chip, uint8_t zone, size_t offset, np_writer *ret, np_error *err)
{
    while (ret->len < ret->size) {
        NP_TRY(read_once(chip, zone, np_atecc_zone_address(offset + ret->len), ret, err));
    }
    return NP_OK;
}

np_code np_atecc_read_config(np_atecc *chip, size_t offset, size_t len, uint8_t *ret, np_error *err)
{
    np_writer writer = np_writer_of(ret, len);
    return read_zone(chip, NP_ATECC_ZONE_CONFIG, offset, &writer, err);
}

np_code np_atecc_read_otp(np_atecc *chip, size_t offset, size_t len, uint8_t *ret, np_error *err)
{
    np_writer writer = np_writer_of(ret, len);
    return read_zone(chip, NP_ATECC_ZONE_OTP, offset, &writer, err);
}

np_code np_atecc_read_slot(np_atecc *chip, unsigned slot, size_t len, uint8_t *ret, np_error *err)
{
    np_writer writer = np_writer_of(ret, len);
    while (writer.len < writer.size) {
        uint16_t address = np_atecc_slot_address(slot, writer.len);
        NP_TRY(read_once(chip, NP_ATECC_ZONE_DATA, address, &writer, err));
    }
    return NP_OK;
}

/* Commands that answer a status only. */
static np_code run(np_atecc *chip, const np_atecc_command *command, np_error *err)
{
    session_call call = {
        .command = *command,
        .row = np_atecc_command_by_opcode(command->opcode),
        .answer_size = 1,
    };
    return session_execute(chip, &call, err);
}

np_code np_atecc_write(np_atecc *chip, uint8_t zone, uint16_t address, np_bytes data, np_error *err)
{
    uint8_t size_bit = data.len == NP_ATECC_BLOCK_SIZE ? NP_ATECC_32_BYTES : 0;
    np_atecc_command command = {
        .opcode = NP_ATECC_WRITE, .p1 = (uint8_t)(zone | size_bit), .p2 = address, .data = data};
    NP_TRY(run(chip, &command, err));
    note_mode(chip, zone, address, data);
    return NP_OK;
}

np_code np_atecc_random(np_atecc *chip, uint8_t ret[static 32], np_error *err)
{
    session_call call = {
        .command = {.opcode = NP_ATECC_RANDOM},
        .row = np_atecc_command_by_opcode(NP_ATECC_RANDOM),
        .answer_size = 32,
        .ret = ret,
    };
    return session_execute(chip, &call, err);
}

bool np_atecc_is_factory_pattern(const uint8_t random[static 32])
{
    for (size_t i = 0; i < 32; i++) {
        if (random[i] != (i % 4 < 2 ? 0xff : 0x00)) {
            return false;
        }
    }
    return true;
}

static np_code genkey(np_atecc *chip, uint8_t mode, unsigned slot, uint8_t *ret, np_error *err)
{
    np_atecc_command_row row = *np_atecc_command_by_opcode(NP_ATECC_GENKEY);
    row.is_repeatable = mode == NP_ATECC_GENKEY_PUBLIC;
    session_call call = {
        .command = {.opcode = NP_ATECC_GENKEY, .p1 = mode, .p2 = (uint16_t)slot},
        .row = &row,
        .answer_size = 64,
        .ret = ret,
    };
    return session_execute(chip, &call, err);
}

np_code np_atecc_genkey_create(np_atecc *chip, unsigned slot, uint8_t ret[static 64], np_error *err)
{
    return genkey(chip, NP_ATECC_GENKEY_CREATE, slot, ret, err);
}

np_code np_atecc_genkey_public(np_atecc *chip, unsigned slot, uint8_t ret[static 64], np_error *err)
{
    return genkey(chip, NP_ATECC_GENKEY_PUBLIC, slot, ret, err);
}

np_code np_atecc_lock_zone(np_atecc *chip, uint8_t zone, uint16_t crc, np_error *err)
{
    np_atecc_command command = {.opcode = NP_ATECC_LOCK, .p1 = zone, .p2 = crc};
    return run(chip, &command, err);
}

np_code np_atecc_lock_slot(np_atecc *chip, unsigned slot, np_error *err)
{
    uint8_t mode = (uint8_t)(slot << SLOT_SHIFT | NP_ATECC_LOCK_SLOT);
    np_atecc_command command = {.opcode = NP_ATECC_LOCK, .p1 = mode};
    return run(chip, &command, err);
}

/* Nonce, then a command that uses what it left in TempKey, in one session. */
static np_code use_once(np_atecc *chip, const uint8_t *digest, const session_call *call,
                        np_error *err)
{
    const np_atecc_command_row *nonce_row = np_atecc_command_by_opcode(NP_ATECC_NONCE);
    session_call nonce = {
        .command = {.opcode = NP_ATECC_NONCE,
                    .p1 = NP_ATECC_NONCE_PASS_THROUGH,
                    .data = np_bytes_of(digest, 32)},
        .row = nonce_row,
        .answer_size = 1,
    };
    NP_TRY(session_ensure(chip, session_need_us(chip, nonce_row) + session_need_us(chip, call->row),
                          err));
    NP_TRY(session_execute(chip, &nonce, err));
    return session_execute(chip, call, err);
}

static np_code use_digest(np_atecc *chip, const uint8_t *digest, const session_call *call,
                          np_error *err)
{
    np_code code = NP_OK;
    for (unsigned count = 0; count < DIGEST_ATTEMPTS; count++) {
        uint32_t sessions = chip->counts.sessions;
        code = use_once(chip, digest, call, err);
        bool is_worth_another = code == NP_ESTATION_TIMEOUT || code == NP_EDEVICE_ANSWER ||
                                (code == NP_EDEVICE_STATUS && chip->counts.sessions != sessions);
        if (!is_worth_another) {
            return code;
        }
    }
    return code;
}

np_code np_atecc_sign(np_atecc *chip, unsigned slot, const uint8_t digest[static 32],
                      uint8_t ret_signature[static 64], np_error *err)
{
    session_call sign = {
        .command = {.opcode = NP_ATECC_SIGN, .p1 = NP_ATECC_SIGN_EXTERNAL, .p2 = (uint16_t)slot},
        .row = np_atecc_command_by_opcode(NP_ATECC_SIGN),
        .answer_size = 64,
        .ret = ret_signature,
        .needs_session = true,
    };
    return use_digest(chip, digest, &sign, err);
}

np_code np_atecc_verify(np_atecc *chip, const uint8_t public_key[static 64],
                        const uint8_t digest[static 32], const uint8_t signature[static 64],
                        bool *ret_is_good, np_error *err)
{
    uint8_t data[128];
    memcpy(data, signature, 64);
    memcpy(data + 64, public_key, 64);
    session_call verify = {
        .command = {.opcode = NP_ATECC_VERIFY,
                    .p1 = NP_ATECC_VERIFY_EXTERNAL,
                    .p2 = NP_ATECC_VERIFY_P256,
                    .data = NP_BYTES(data)},
        .row = np_atecc_command_by_opcode(NP_ATECC_VERIFY),
        .answer_size = 1,
        .needs_session = true,
    };
    np_error refusal;
    np_code code = use_digest(chip, digest, &verify, &refusal);
    bool is_verdict = code == NP_EDEVICE_STATUS && refusal.sub == NP_ATECC_MISCOMPARE;
    *ret_is_good = code == NP_OK;
    if (code != NP_OK && !is_verdict && err != NULL) {
        *err = refusal;
    }
    return is_verdict ? NP_OK : code;
}

np_code np_atecc_agree(np_atecc *chip, unsigned slot, const uint8_t peer[static 64],
                       uint8_t ret_secret[static 32], np_error *err)
{
    session_call call = {
        .command = {.opcode = NP_ATECC_ECDH, .p2 = (uint16_t)slot, .data = np_bytes_of(peer, 64)},
        .row = np_atecc_command_by_opcode(NP_ATECC_ECDH),
        .answer_size = 32,
        .ret = ret_secret,
    };
    np_code code = session_execute(chip, &call, err);
    np_wipe(chip->last_answer, sizeof(chip->last_answer));
    chip->last_answer_len = 0;
    return code;
}
