/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After a power failure: the core's transaction says what was going on, the journal what was
 * wanted, the chip what became of it. The chip is right (specs of PSA 7). Every step can be done
 * twice.
 */
#include "psa/chip.h"

typedef struct recovery {
    psa_chip *chip;
    psa_transaction transaction;
    psa_state state;
} recovery;

static np_psa_status remove_record(const psa_chip *chip, uint64_t uid)
{
    np_psa_status status = chip->storage->remove(chip->storage->self, uid);
    return status == NP_PSA_ERROR_DOES_NOT_EXIST ? NP_PSA_SUCCESS : status;
}

/* The journal, if it is about this transaction. */
static np_psa_status load_journal(const recovery *it, psa_journal *ret, bool *ret_is_there)
{
    uint8_t bytes[PSA_RECORD_MAX];
    size_t len = 0;
    PSA_TRY(psa_storage_load(it->chip->storage, PSA_UID_JOURNAL, bytes, sizeof(bytes), &len));
    *ret_is_there = psa_journal_decode(np_bytes_of(bytes, len), ret) &&
                    ret->key.attributes.key_id == it->transaction.key_id &&
                    ret->key.slot == it->transaction.slot;
    return NP_PSA_SUCCESS;
}

/* Is there a key in the slot that was not there when the journal was written? */
static np_psa_status was_made(const recovery *it, const psa_journal *journal, bool *ret)
{
    uint8_t point[NP_PUBLIC_KEY_SIZE];
    PSA_TRY(psa_chip_probe(it->chip, (unsigned)it->transaction.slot, ret, point));
    *ret = *ret && !(journal->had_key && memcmp(point, journal->old_x, 32) == 0);
    return NP_PSA_SUCCESS;
}

/*
 * The key is made once more before it gets its name: a power failure in the middle of a write
 * leaves one that has few random bits, and nobody has seen it.
 */
static np_psa_status give_name(recovery *it, const psa_journal *journal)
{
    uint8_t bytes[PSA_KEY_SIZE];
    uint8_t point[NP_PUBLIC_KEY_SIZE];
    PSA_TRY(psa_create(it->chip, (unsigned)it->transaction.slot, point));
    const np_psa_storage *storage = it->chip->storage;
    np_psa_request request = journal->key.attributes;
    request.method = NP_PSA_GENERATE;
    psa_key_encode(&journal->key, bytes);
    PSA_TRY(storage->set(storage->self, it->transaction.key_id, bytes, sizeof(bytes)));
    psa_state_take(&it->state, it->chip, &request, (unsigned)it->transaction.slot);
    return psa_state_store(storage, &it->state);
}

/* Nobody knows what the key in the slot is for: what was being made is dropped. */
static np_psa_status finish_creation(recovery *it, psa_recovery *ret)
{
    psa_key key;
    psa_journal journal;
    bool exists = false;
    bool is_here = false;
    bool is_wanted = false;
    PSA_TRY(
        psa_storage_find_key(it->chip->storage, it->transaction.key_id, &key, &exists, &is_here));
    PSA_TRY(load_journal(it, &journal, &is_wanted));
    *ret = PSA_RECOVERY_DROPPED;
    if (exists) {
        /* the file was the last but one step; an older key of this id never gets this far */
        *ret = is_here && key.slot == it->transaction.slot ? PSA_RECOVERY_NAMED : *ret;
        np_psa_request request = key.attributes;
        request.method = NP_PSA_GENERATE;
        if (*ret == PSA_RECOVERY_NAMED) {
            psa_state_take(&it->state, it->chip, &request, (unsigned)it->transaction.slot);
            return psa_state_store(it->chip->storage, &it->state);
        }
        return NP_PSA_SUCCESS;
    }
    bool is_made = false;
    if (is_wanted) {
        PSA_TRY(was_made(it, &journal, &is_made));
    }
    *ret = is_made ? PSA_RECOVERY_NAMED : PSA_RECOVERY_DROPPED;
    return is_made ? give_name(it, &journal) : NP_PSA_SUCCESS;
}

/* The core deletes the file even where the chip refuses; here too, because it was asked to. */
static np_psa_status finish_destruction(recovery *it, psa_recovery *ret)
{
    unsigned slot = (unsigned)it->transaction.slot;
    psa_key key;
    bool exists = false;
    bool is_here = false;
    *ret = PSA_RECOVERY_DESTROYED;
    PSA_TRY(
        psa_storage_find_key(it->chip->storage, it->transaction.key_id, &key, &exists, &is_here));
    if (exists && !(is_here && key.slot == it->transaction.slot)) {
        return NP_PSA_SUCCESS; /* another key by this name */
    }
    bool is_its_slot = it->state.slots[slot].key_id == it->transaction.key_id;
    if (exists && is_its_slot) {
        np_psa_status status = psa_destroy_slot(it->chip, &it->state, slot);
        if (status != NP_PSA_SUCCESS && status != NP_PSA_ERROR_NOT_PERMITTED) {
            return status;
        }
        PSA_TRY(psa_state_store(it->chip->storage, &it->state));
    }
    return remove_record(it->chip, it->transaction.key_id);
}

static np_psa_status finish(recovery *it, psa_recovery *ret)
{
    bool is_ours = it->transaction.lifetime >> NP_PSA_LOCATION_SHIFT == NP_PSA_LOCATION &&
                   it->transaction.slot < NP_ATECC_SLOT_COUNT;
    if (!is_ours) {
        return NP_PSA_ERROR_DATA_INVALID;
    }
    PSA_TRY(psa_state_load(it->chip->storage, &it->state));
    PSA_TRY(psa_chip_look(it->chip));
    if (!psa_state_is_of(&it->state, it->chip)) {
        return np_psa_reason_status(NP_PSA_OTHER_CHIP);
    }
    return it->transaction.kind == PSA_TRANSACTION_CREATE ? finish_creation(it, ret)
                                                          : finish_destruction(it, ret);
}

np_psa_status psa_recover(psa_chip *chip, psa_recovery *ret, psa_transaction *ret_transaction)
{
    uint8_t bytes[PSA_RECORD_MAX];
    size_t len = 0;
    recovery it = {.chip = chip};
    *ret = PSA_RECOVERY_NOTHING;
    PSA_TRY(psa_storage_load(chip->storage, PSA_UID_TRANSACTION, bytes, sizeof(bytes), &len));
    if (len == 0) {
        return NP_PSA_SUCCESS;
    }
    if (!psa_transaction_decode(np_bytes_of(bytes, len), &it.transaction)) {
        return NP_PSA_ERROR_DATA_INVALID;
    }
    *ret_transaction = it.transaction;
    PSA_TRY(finish(&it, ret));
    return remove_record(chip, PSA_UID_TRANSACTION);
}

np_psa_status np_psa_recover(np_psa_chip *chip, bool *ret_was_needed)
{
    psa_chip *inner = psa_chip_of(chip);
    psa_transaction transaction;
    psa_recovery done = PSA_RECOVERY_NOTHING;
    np_psa_status status = psa_chip_end(inner, psa_recover(inner, &done, &transaction));
    if (ret_was_needed != NULL) {
        *ret_was_needed = done != PSA_RECOVERY_NOTHING;
    }
    return status;
}
