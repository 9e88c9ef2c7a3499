/* SPDX-License-Identifier: Apache-2.0 */
/* What changes the chip: making keys, storing public ones, overwriting what is no longer wanted. */
#include "psa/chip.h"

enum {
    STORED_SIZE = 3 * NP_ATECC_BLOCK_SIZE, /* as written: 72 bytes, and what reaches beyond */
    PAD_SIZE = 4,
    CREATE_ATTEMPTS = 3, /* not tuned */
    UNCOMPRESSED = 0x04,
};

static bool is_communication(np_psa_status status)
{
    return status == NP_PSA_ERROR_COMMUNICATION_FAILURE;
}

static uint32_t repetitions(const psa_chip *chip)
{
    return chip->device.counts.rereads + chip->device.counts.resends;
}

/* Before the chip acts: what shall become of it, and what was there. */
static np_psa_status write_journal(psa_chip *chip, const np_psa_request *request, unsigned slot,
                                   bool had_key, const uint8_t *old_x)
{
    uint8_t bytes[PSA_JOURNAL_SIZE];
    psa_journal journal = {.key = {*request, slot}, .had_key = had_key};
    if (chip->storage == NULL || request->key_id == 0) {
        return NP_PSA_SUCCESS;
    }
    if (had_key) {
        memcpy(journal.old_x, old_x, sizeof(journal.old_x));
    }
    psa_journal_encode(&journal, bytes);
    return chip->storage->set(chip->storage->self, PSA_UID_JOURNAL, bytes, sizeof(bytes));
}

/*
 * Nobody has seen a key whose answer was lost, and a chip whose power failed meanwhile may hold one
 * with few random bits: it is made once more, until an answer arrives that leaves no doubt.
 */
np_psa_status psa_create(psa_chip *chip, unsigned slot,
                         uint8_t ret_point[static NP_PUBLIC_KEY_SIZE])
{
    np_psa_status status = NP_PSA_SUCCESS;
    for (unsigned count = 0; count < CREATE_ATTEMPTS; count++) {
        uint32_t before = repetitions(chip);
        status = psa_chip_told(
            chip, np_atecc_genkey_create(&chip->device, slot, ret_point, &chip->error));
        bool is_sure = status == NP_PSA_SUCCESS && repetitions(chip) == before;
        if (is_sure || (status != NP_PSA_SUCCESS && !is_communication(status))) {
            return status;
        }
    }
    return NP_PSA_ERROR_COMMUNICATION_FAILURE;
}

np_psa_status psa_make_key(psa_chip *chip, const np_psa_request *request, unsigned slot,
                           uint8_t ret_point[static NP_PUBLIC_KEY_SIZE])
{
    uint8_t old[NP_PUBLIC_KEY_SIZE] = {0};
    bool had_key = false;
    PSA_TRY(psa_chip_probe(chip, slot, &had_key, old));
    PSA_TRY(write_journal(chip, request, slot, had_key, old));
    return psa_create(chip, slot, ret_point);
}

static np_psa_status check_slot(psa_chip *chip, const np_psa_request *request, uint64_t slot)
{
    PSA_TRY(psa_chip_look(chip));
    return np_psa_reason_status(psa_policy_slot(&chip->facts, request, slot));
}

np_psa_status np_psa_generate(np_psa_chip *chip, const np_psa_request *request, uint64_t slot)
{
    uint8_t point[NP_PUBLIC_KEY_SIZE];
    psa_chip *inner = psa_chip_of(chip);
    np_psa_request generate = *request;
    generate.method = NP_PSA_GENERATE;
    np_psa_status status = check_slot(inner, &generate, slot);
    if (status == NP_PSA_SUCCESS) {
        status = psa_make_key(inner, &generate, (unsigned)slot, point);
    }
    return psa_chip_end(inner, status);
}

/* The driver's data first: they claim a slot only for a key that is stored. */
np_psa_status np_psa_allocate_and_generate(np_psa_chip *chip, const np_psa_request *request,
                                           uint64_t *ret_slot)
{
    psa_state state;
    uint8_t bytes[NP_PSA_STATE_SIZE];
    const psa_chip *inner = psa_chip_of(chip);
    *ret_slot = 0;
    PSA_TRY(psa_state_load(inner->storage, &state));
    psa_state_encode(&state, bytes);
    PSA_TRY(np_psa_allocate(chip, bytes, request, ret_slot));
    if (inner->storage != NULL) {
        PSA_TRY(inner->storage->set(inner->storage->self, PSA_UID_DRIVER, bytes, sizeof(bytes)));
    }
    return np_psa_generate(chip, request, *ret_slot);
}

static np_psa_status write_stored(psa_chip *chip, unsigned slot,
                                  const uint8_t bytes[static STORED_SIZE])
{
    for (size_t offset = 0; offset < STORED_SIZE; offset += NP_ATECC_BLOCK_SIZE) {
        PSA_TRY(psa_chip_told(chip, np_atecc_write(&chip->device, NP_ATECC_ZONE_DATA,
                                                   np_atecc_slot_address(slot, offset),
                                                   np_bytes_of(bytes + offset, NP_ATECC_BLOCK_SIZE),
                                                   &chip->error)));
    }
    return NP_PSA_SUCCESS;
}

static np_psa_status import(psa_chip *chip, const np_psa_request *request, uint64_t slot,
                            const uint8_t *point)
{
    uint8_t bytes[STORED_SIZE] = {0};
    uint8_t read_back[NP_PUBLIC_KEY_SIZE];
    bool has_key = false;
    PSA_TRY(check_slot(chip, request, slot));
    memcpy(bytes + PAD_SIZE, point, 32);
    memcpy(bytes + PAD_SIZE + 32 + PAD_SIZE, point + 32, 32);
    PSA_TRY(write_stored(chip, (unsigned)slot, bytes));
    PSA_TRY(psa_chip_read_stored(chip, (unsigned)slot, &has_key, read_back));
    bool is_there = has_key && memcmp(read_back, point, sizeof(read_back)) == 0;
    return is_there ? NP_PSA_SUCCESS : NP_PSA_ERROR_HARDWARE_FAILURE;
}

np_psa_status np_psa_import(np_psa_chip *chip, const np_psa_request *request, uint64_t slot,
                            np_bytes data)
{
    np_psa_request wanted = *request;
    wanted.method = NP_PSA_IMPORT;
    PSA_TRY(np_psa_reason_status(psa_policy_request(&wanted)));
    if (data.len != NP_PSA_PUBLIC_KEY_SIZE || data.data[0] != UNCOMPRESSED) {
        return NP_PSA_ERROR_INVALID_ARGUMENT;
    }
    psa_chip *inner = psa_chip_of(chip);
    return psa_chip_end(inner, import(inner, &wanted, slot, data.data + 1));
}

np_psa_status psa_overwrite(psa_chip *chip, unsigned slot)
{
    static const uint8_t zeros[STORED_SIZE] = {0};
    uint8_t point[NP_PUBLIC_KEY_SIZE];
    bool had_key = false;
    if ((np_config_key_config(chip->facts.config, slot) & NP_KEY_PRIVATE) == 0) {
        return write_stored(chip, slot, zeros);
    }
    PSA_TRY(psa_chip_probe(chip, slot, &had_key, point));
    /* an empty slot has nothing to be overwritten */
    return had_key ? psa_create(chip, slot, point) : NP_PSA_SUCCESS;
}

static unsigned overwriting(const psa_chip *chip, unsigned slot)
{
    bool is_private = (np_config_key_config(chip->facts.config, slot) & NP_KEY_PRIVATE) != 0;
    return is_private ? PSA_COMMAND_GENKEY | PSA_COMMAND_PUBLIC : PSA_COMMAND_WRITE;
}

static np_psa_status can_destroy(psa_chip *chip, const psa_state *state, uint64_t slot)
{
    PSA_TRY(psa_chip_look(chip));
    if (slot >= NP_ATECC_SLOT_COUNT) {
        return NP_PSA_ERROR_INVALID_ARGUMENT;
    }
    if (!psa_state_is_of(state, chip)) {
        return np_psa_reason_status(NP_PSA_OTHER_CHIP);
    }
    if (state->slots[slot].kind != PSA_SLOT_MADE) {
        return NP_PSA_SUCCESS;
    }
    np_psa_reason reason =
        psa_policy_commands(&chip->facts, (unsigned)slot, overwriting(chip, (unsigned)slot));
    return reason == NP_PSA_YES ? NP_PSA_SUCCESS : NP_PSA_ERROR_NOT_PERMITTED;
}

/* What is not known to have been made for an application is left alone. */
np_psa_status psa_destroy_slot(psa_chip *chip, psa_state *state, unsigned slot)
{
    PSA_TRY(can_destroy(chip, state, slot));
    bool was_made = state->slots[slot].kind == PSA_SLOT_MADE;
    if (was_made) {
        PSA_TRY(psa_overwrite(chip, slot));
    }
    state->slots[slot] = (psa_slot){was_made ? PSA_SLOT_SPARE : PSA_SLOT_UNKNOWN, 0};
    chip->volatile_slots &= (uint16_t) ~(1U << slot);
    return NP_PSA_SUCCESS;
}

static np_psa_status destroy(psa_chip *chip, uint8_t *bytes, uint64_t slot)
{
    psa_state state;
    if (!psa_state_decode(bytes, &state) || slot >= NP_ATECC_SLOT_COUNT) {
        return slot >= NP_ATECC_SLOT_COUNT ? NP_PSA_ERROR_INVALID_ARGUMENT
                                           : NP_PSA_ERROR_DATA_INVALID;
    }
    PSA_TRY(psa_destroy_slot(chip, &state, (unsigned)slot));
    psa_state_encode(&state, bytes);
    return NP_PSA_SUCCESS;
}

np_psa_status np_psa_destroy(np_psa_chip *chip, uint8_t state[NP_AT_LEAST(NP_PSA_STATE_SIZE)],
                             uint64_t slot)
{
    psa_chip *inner = psa_chip_of(chip);
    return psa_chip_end(inner, destroy(inner, state, slot));
}

np_psa_status np_psa_can_destroy(np_psa_chip *chip,
                                 const uint8_t state[NP_AT_LEAST(NP_PSA_STATE_SIZE)], uint64_t slot)
{
    psa_state decoded;
    psa_chip *inner = psa_chip_of(chip);
    if (!psa_state_decode(state, &decoded)) {
        return NP_PSA_ERROR_DATA_INVALID;
    }
    return psa_chip_end(inner, can_destroy(inner, &decoded, slot));
}
