/* SPDX-License-Identifier: Apache-2.0 */
/* Which slot for which key: the policy, and what the slots have in them by now. */
#include "psa/chip.h"

enum { FIRST_AUTOMATIC_SLOT = 2 /* 0 is the identity's, 1 is often the issuer's own affair */ };

bool psa_state_is_of(const psa_state *state, const psa_chip *chip)
{
    np_chip_serial serial = np_config_serial(chip->facts.config);
    return !state->has_serial || memcmp(state->serial, serial.bytes, sizeof(state->serial)) == 0;
}

void psa_state_take(psa_state *state, const psa_chip *chip, const np_psa_request *request,
                    unsigned slot)
{
    np_chip_serial serial = np_config_serial(chip->facts.config);
    memcpy(state->serial, serial.bytes, sizeof(state->serial));
    state->has_serial = true;
    state->slots[slot] = (psa_slot){
        request->method == NP_PSA_REGISTER ? PSA_SLOT_REGISTERED : PSA_SLOT_MADE,
        request->key_id,
    };
}

/*
 * The driver's data alone would be wrong after a creation that failed: nobody tells the driver. The
 * key that it names must be stored, and name the slot.
 */
np_psa_status psa_slot_is_taken(psa_chip *chip, const psa_state *state, unsigned slot,
                                bool *ret_is_taken)
{
    const psa_slot *known = &state->slots[slot];
    bool exists = false;
    bool is_here = false;
    psa_key key;
    *ret_is_taken = (chip->promised_slots >> slot & 1) != 0;
    if (*ret_is_taken) {
        return NP_PSA_SUCCESS;
    }
    if (known->kind != PSA_SLOT_REGISTERED && known->kind != PSA_SLOT_MADE) {
        return NP_PSA_SUCCESS;
    }
    if (known->key_id == 0) {
        *ret_is_taken = (chip->volatile_slots >> slot & 1) != 0;
        return NP_PSA_SUCCESS;
    }
    if (chip->storage == NULL) {
        *ret_is_taken = true;
        return NP_PSA_SUCCESS;
    }
    PSA_TRY(psa_storage_find_key(chip->storage, known->key_id, &key, &exists, &is_here));
    *ret_is_taken = is_here && key.slot == slot;
    return NP_PSA_SUCCESS;
}

/*
 * Besides what is noted: the slot of a volatile key of an earlier run, and that of a creation which
 * failed in this one, of which nobody tells the driver. The slot is no key's.
 */
static bool is_spare(const psa_chip *chip, const psa_state *state, unsigned slot)
{
    const psa_slot *known = &state->slots[slot];
    bool is_past = known->key_id == 0 ? (chip->volatile_slots >> slot & 1) == 0
                                      : (chip->given_slots >> slot & 1) != 0;
    return known->kind == PSA_SLOT_SPARE || (known->kind == PSA_SLOT_MADE && is_past);
}

static bool is_pair(const np_psa_request *request)
{
    return request->type == NP_PSA_TYPE_P256_PAIR;
}

/* What is in the slot is what a registration needs, and in the way of everything else. */
static np_psa_status judge_contents(psa_chip *chip, const psa_state *state,
                                    const np_psa_request *request, unsigned slot,
                                    np_psa_reason *ret)
{
    uint8_t point[NP_PUBLIC_KEY_SIZE];
    bool has_key = false;
    PSA_TRY(is_pair(request) ? psa_chip_probe(chip, slot, &has_key, point)
                             : psa_chip_read_stored(chip, slot, &has_key, point));
    if (request->method == NP_PSA_REGISTER) {
        *ret = has_key ? NP_PSA_YES : NP_PSA_NO_KEY;
        return NP_PSA_SUCCESS;
    }
    bool is_empty = !has_key;
    if (!is_pair(request) && !has_key) {
        /* no key, but perhaps a certificate or settings */
        uint8_t bytes[NP_ATECC_BLOCK_SIZE];
        PSA_TRY(psa_chip_told(
            chip, np_atecc_read_slot(&chip->device, slot, sizeof(bytes), bytes, &chip->error)));
        is_empty = np_bytes_are_all(NP_BYTES(bytes), 0) || np_bytes_are_all(NP_BYTES(bytes), 0xff);
    }
    *ret = is_empty || is_spare(chip, state, slot) ? NP_PSA_YES : NP_PSA_OCCUPIED;
    return NP_PSA_SUCCESS;
}

static np_psa_status judge_id(const psa_chip *chip, const np_psa_request *request,
                              np_psa_reason *ret)
{
    psa_key key;
    bool exists = false;
    bool is_here = false;
    PSA_TRY(psa_storage_find_key(chip->storage, request->key_id, &key, &exists, &is_here));
    *ret = exists ? NP_PSA_ID_EXISTS : NP_PSA_YES;
    return NP_PSA_SUCCESS;
}

np_psa_status psa_judge_slot(psa_chip *chip, const psa_state *state, const np_psa_request *request,
                             uint64_t slot, np_psa_reason *ret)
{
    bool is_taken = false;
    *ret = psa_policy_slot(&chip->facts, request, slot);
    if (*ret == NP_PSA_YES && !psa_state_is_of(state, chip)) {
        *ret = NP_PSA_OTHER_CHIP;
    }
    if (*ret == NP_PSA_YES) {
        PSA_TRY(judge_id(chip, request, ret));
    }
    if (*ret != NP_PSA_YES) {
        return NP_PSA_SUCCESS;
    }
    PSA_TRY(psa_slot_is_taken(chip, state, (unsigned)slot, &is_taken));
    if (is_taken) {
        *ret = NP_PSA_OCCUPIED;
        return NP_PSA_SUCCESS;
    }
    return judge_contents(chip, state, request, (unsigned)slot, ret);
}

/* Why no slot would do, whatever is in it; FULL when some would. */
static np_psa_reason judge_none(const psa_chip *chip, const psa_state *state,
                                const np_psa_request *request)
{
    np_psa_reason reason = psa_policy_slot(&chip->facts, request, FIRST_AUTOMATIC_SLOT);
    if (reason == NP_PSA_CONFIG_OPEN || reason == NP_PSA_DATA_OPEN) {
        return reason;
    }
    np_psa_reason by_request = psa_policy_request(request);
    if (by_request != NP_PSA_YES) {
        return by_request;
    }
    return psa_state_is_of(state, chip) ? NP_PSA_FULL : NP_PSA_OTHER_CHIP;
}

np_psa_status psa_find_slot(psa_chip *chip, const psa_state *state, const np_psa_request *request,
                            uint64_t *ret_slot, np_psa_reason *ret)
{
    bool has_spare = false;
    np_psa_reason reason = NP_PSA_YES;
    *ret_slot = 0;
    *ret = judge_none(chip, state, request);
    for (unsigned slot = FIRST_AUTOMATIC_SLOT; slot < NP_ATECC_SLOT_COUNT; slot++) {
        bool is_second_choice = is_spare(chip, state, slot);
        if (is_second_choice && has_spare) {
            continue;
        }
        PSA_TRY(psa_judge_slot(chip, state, request, slot, &reason));
        if (reason == NP_PSA_ID_EXISTS) {
            *ret = reason;
            return NP_PSA_SUCCESS;
        }
        if (reason == NP_PSA_YES) {
            *ret_slot = slot;
            *ret = NP_PSA_YES;
            has_spare = is_second_choice;
            if (!is_second_choice) {
                return NP_PSA_SUCCESS;
            }
        }
    }
    return NP_PSA_SUCCESS;
}

static bool is_volatile(const np_psa_request *request)
{
    return (request->lifetime & NP_PSA_PERSISTENCE_MASK) == 0;
}

/* A volatile key has no id; its slot is spare again when this run is over. */
static np_psa_status take(psa_chip *chip, psa_state *state, const np_psa_request *request,
                          uint64_t slot, uint8_t *state_bytes)
{
    np_psa_request noted = *request;
    noted.key_id = is_volatile(request) ? 0 : request->key_id;
    if (is_volatile(request)) {
        chip->volatile_slots |= (uint16_t)(1U << slot);
    }
    if (request->method != NP_PSA_REGISTER) {
        chip->given_slots |= (uint16_t)(1U << slot);
    }
    psa_state_take(state, chip, &noted, (unsigned)slot);
    psa_state_encode(state, state_bytes);
    return NP_PSA_SUCCESS;
}

/* The core gives volatile keys an id of its own kind, which is in no storage. */
static np_psa_request without_volatile_id(const np_psa_request *request)
{
    np_psa_request plain = *request;
    plain.key_id = is_volatile(request) ? 0 : request->key_id;
    return plain;
}

static np_psa_status begin(psa_chip *chip, const uint8_t *bytes, psa_state *state)
{
    if (!psa_state_decode(bytes, state)) {
        return NP_PSA_ERROR_DATA_INVALID;
    }
    return psa_chip_look(chip);
}

static np_psa_status judge(psa_chip *chip, const uint8_t *bytes, const np_psa_request *request,
                           uint64_t slot, psa_state *state, np_psa_reason *ret)
{
    np_psa_request plain = without_volatile_id(request);
    PSA_TRY(begin(chip, bytes, state));
    return psa_judge_slot(chip, state, &plain, slot, ret);
}

np_psa_status np_psa_judge(np_psa_chip *chip, const uint8_t state[NP_AT_LEAST(NP_PSA_STATE_SIZE)],
                           const np_psa_request *request, uint64_t slot, np_psa_reason *ret)
{
    psa_state decoded;
    psa_chip *inner = psa_chip_of(chip);
    return psa_chip_end(inner, judge(inner, state, request, slot, &decoded, ret));
}

np_psa_status np_psa_validate(np_psa_chip *chip, uint8_t state[NP_AT_LEAST(NP_PSA_STATE_SIZE)],
                              const np_psa_request *request, uint64_t slot)
{
    psa_state decoded;
    np_psa_reason reason = NP_PSA_YES;
    psa_chip *inner = psa_chip_of(chip);
    np_psa_status status = judge(inner, state, request, slot, &decoded, &reason);
    status = status == NP_PSA_SUCCESS ? np_psa_reason_status(reason) : status;
    if (status == NP_PSA_SUCCESS) {
        status = take(inner, &decoded, request, slot, state);
    }
    return psa_chip_end(inner, status);
}

static np_psa_status allocate(psa_chip *chip, uint8_t *bytes, const np_psa_request *request,
                              uint64_t *ret_slot)
{
    psa_state state;
    np_psa_reason reason = NP_PSA_YES;
    np_psa_request plain = without_volatile_id(request);
    PSA_TRY(begin(chip, bytes, &state));
    PSA_TRY(psa_find_slot(chip, &state, &plain, ret_slot, &reason));
    PSA_TRY(np_psa_reason_status(reason));
    return take(chip, &state, request, *ret_slot, bytes);
}

np_psa_status np_psa_allocate(np_psa_chip *chip, uint8_t state[NP_AT_LEAST(NP_PSA_STATE_SIZE)],
                              const np_psa_request *request, uint64_t *ret_slot)
{
    *ret_slot = 0;
    psa_chip *inner = psa_chip_of(chip);
    return psa_chip_end(inner, allocate(inner, state, request, ret_slot));
}
