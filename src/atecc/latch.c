/* SPDX-License-Identifier: Apache-2.0 */
#include "atecc/latch.h"

#include "atecc/latch_internal.h"
#include "atecc/session.h"
#include "base/wipe.h"
#include "crypto/hash.h"

enum {
    ATTEMPTS = 2,
    KEY_SIZE = 32,
    CHECK_MAC_SECOND_FROM_TEMP_KEY = 0x01, /* first block the slot, second TempKey */
    OTHER_DATA_SIZE = 13,
    LATCH_SET = 0x0003,
    MISCOMPARE = 0x01, /* status byte of CheckMac */
};

typedef struct check_mac_data {
    uint8_t client_challenge[32]; /* not used in this mode */
    uint8_t response[NP_SHA256_SIZE];
    uint8_t other[OTHER_DATA_SIZE];
} check_mac_data;

/* What TempKey holds after a random Nonce (specs of the chip 4, message 1). */
static void compute_nonce(const uint8_t *chips, const uint8_t *number, uint8_t *ret)
{
    static const uint8_t command[] = {NP_ATECC_NONCE, NP_ATECC_NONCE_RANDOM, 0x00};
    const np_bytes parts[] = {np_bytes_of(chips, 32),
                              np_bytes_of(number, NP_ATECC_NONCE_NUMBER_SIZE), NP_BYTES(command)};
    np_sha256_parts(parts, NP_COUNT_OF(parts), ret);
}

/* Message 5, with OtherData all zeros. */
static void compute_response(const np_atecc_proof *proof, const uint8_t *nonce, uint8_t *ret)
{
    static const uint8_t zeros[15] = {0};
    const uint8_t *serial = proof->serial->bytes;
    const np_bytes parts[] = {
        np_bytes_of(proof->key, KEY_SIZE),
        np_bytes_of(nonce, NP_SHA256_SIZE),
        np_bytes_of(zeros, 4 + 8 + 3),
        np_bytes_of(serial + 8, 1),
        np_bytes_of(zeros, 4),
        np_bytes_of(serial, 2),
        np_bytes_of(zeros, 2),
    };
    np_sha256_parts(parts, NP_COUNT_OF(parts), ret);
}

static np_code call_check_mac(np_atecc *chip, const np_atecc_proof *proof, const uint8_t *nonce,
                              np_error *err)
{
    check_mac_data data = {{0}, {0}, {0}};
    compute_response(proof, nonce, data.response);
    session_call call = {
        .command = {.opcode = NP_ATECC_CHECK_MAC,
                    .p1 = CHECK_MAC_SECOND_FROM_TEMP_KEY,
                    .p2 = (uint16_t)proof->slot,
                    .data = np_bytes_of(&data, sizeof(data))},
        .row = np_atecc_command_by_opcode(NP_ATECC_CHECK_MAC),
        .answer_size = 1,
        .needs_session = true,
    };
    return session_execute(chip, &call, err);
}

static np_code check_once(np_atecc *chip, const np_atecc_proof *proof, np_error *err)
{
    const np_atecc_command_row *nonce_row = np_atecc_command_by_opcode(NP_ATECC_NONCE);
    uint8_t chips[32];
    uint8_t nonce[NP_SHA256_SIZE];
    session_call call = {
        .command = {.opcode = NP_ATECC_NONCE,
                    .p1 = NP_ATECC_NONCE_RANDOM,
                    .data = np_bytes_of(proof->number, NP_ATECC_NONCE_NUMBER_SIZE)},
        .row = nonce_row,
        .answer_size = sizeof(chips),
        .ret = chips,
    };
    NP_TRY(
        session_ensure(chip,
                       session_need_us(chip, nonce_row) +
                           session_need_us(chip, np_atecc_command_by_opcode(NP_ATECC_CHECK_MAC)) +
                           session_need_us(chip, np_atecc_command_by_opcode(NP_ATECC_INFO)),
                       err));
    NP_TRY(session_execute(chip, &call, err));
    compute_nonce(chips, proof->number, nonce);
    return call_check_mac(chip, proof, nonce, err);
}

/* The second half only where ret_is_set asks for it. */
static np_code prove_once(np_atecc *chip, const np_atecc_proof *proof, bool *ret_is_set,
                          np_error *err)
{
    NP_TRY(check_once(chip, proof, err));
    return ret_is_set == NULL ? NP_OK : latch_call_info(chip, LATCH_SET, true, ret_is_set, err);
}

static np_code prove(np_atecc *chip, const np_atecc_proof *proof, bool *ret_is_set,
                     bool *ret_matches, np_error *err)
{
    np_error why;
    np_code code = NP_OK;
    for (unsigned count = 0; count < ATTEMPTS; count++) {
        uint32_t sessions = chip->counts.sessions;
        code = prove_once(chip, proof, ret_is_set, &why);
        *ret_matches = code == NP_OK;
        if (code == NP_EDEVICE_STATUS && why.sub == MISCOMPARE) {
            return NP_OK;
        }
        bool is_worth_another = code == NP_ESTATION_TIMEOUT || code == NP_EDEVICE_ANSWER ||
                                (code == NP_EDEVICE_STATUS && chip->counts.sessions != sessions);
        if (!is_worth_another) {
            break;
        }
    }
    if (code != NP_OK && err != NULL) {
        *err = why;
    }
    return code;
}

np_code np_atecc_latch_set(np_atecc *chip, const np_atecc_proof *proof, bool *ret_matches,
                           np_error *err)
{
    bool is_set = false;
    NP_TRY(prove(chip, proof, &is_set, ret_matches, err));
    return !*ret_matches || is_set
               ? NP_OK
               : np_error_set(err, NP_EDEVICE_ANSWER, "the chip does not set its latch");
}

np_code np_atecc_check_key(np_atecc *chip, const np_atecc_proof *proof, bool *ret_matches,
                           np_error *err)
{
    return prove(chip, proof, NULL, ret_matches, err);
}
