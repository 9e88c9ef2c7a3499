/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the room: a chip in use, and what its calls share. Statuses are PSA's; the sentence behind
 * one that the chip or the wire caused is kept in the chip's error, for those who print.
 */
#pragma once

#include "atecc/device.h"
#include "psa/policy.h"
#include "psa/records.h"

/* It lies in memory that the application declared as something else. */
typedef struct __attribute__((may_alias)) psa_chip {
    np_atecc device;
    const np_psa_port *port;       /* NULL: the bus was given as such */
    const np_psa_storage *storage; /* may be NULL */
    psa_facts facts;
    uint16_t volatile_slots; /* bits: keys that end with this run */
    uint16_t promised_slots; /* bits: for keys that are made later in this run */
    uint16_t given_slots;    /* bits: given to a key in this run, when nobody's key was in it */
    np_error error;
} psa_chip;

static inline psa_chip *psa_chip_of(np_psa_chip *chip)
{
    return (psa_chip *)chip->room;
}

/* Forwards any status but success. */
#define PSA_TRY(expression)                                                                        \
    do {                                                                                           \
        np_psa_status psa_try_status = (expression);                                               \
        if (psa_try_status != NP_PSA_SUCCESS) {                                                    \
            return psa_try_status;                                                                 \
        }                                                                                          \
    } while (0)

/* On a bus of the rooms below. */
void psa_chip_init(psa_chip *chip, np_bus bus, uint8_t address, const np_psa_storage *storage);

/* A bus made of the application's functions (port.c); the pointer stays where it is. */
np_bus psa_port_bus(const np_psa_port *const *port);

/* The status for a code of the driver, which filled the chip's error (specs of PSA 11). */
np_psa_status psa_chip_told(const psa_chip *chip, np_code code);

/* Reads configuration, locks and latch anew. */
np_psa_status psa_chip_look(psa_chip *chip);

/* The public key in a private slot, X|Y. No key is an outcome. */
np_psa_status psa_chip_probe(psa_chip *chip, unsigned slot, bool *ret_has_key,
                             uint8_t ret_point[static NP_PUBLIC_KEY_SIZE]);

/* The public key that is stored in a slot of 8 to 15, in the chip's own form. */
np_psa_status psa_chip_read_stored(psa_chip *chip, unsigned slot, bool *ret_has_key,
                                   uint8_t ret_point[static NP_PUBLIC_KEY_SIZE]);

/* Ends a call: the chip sleeps, and the status stays what it was. */
np_psa_status psa_chip_end(psa_chip *chip, np_psa_status status);

/* Contents under this uid; *ret_len 0 and success when there are none, or no storage. */
np_psa_status psa_storage_load(const np_psa_storage *storage, uint64_t uid, uint8_t *ret,
                               size_t size, size_t *ret_len);

/* The key of this id. *ret_exists: there is one, of whatever location; *ret_is_here: of ours. */
np_psa_status psa_storage_find_key(const np_psa_storage *storage, uint32_t key_id, psa_key *ret,
                                   bool *ret_exists, bool *ret_is_here);

/* As np_psa_judge, on a decoded state and facts that were just read. */
np_psa_status psa_judge_slot(psa_chip *chip, const psa_state *state, const np_psa_request *request,
                             uint64_t slot, np_psa_reason *ret);

/* Is the slot some key's by now, by the driver's data and the keys that are stored? */
np_psa_status psa_slot_is_taken(psa_chip *chip, const psa_state *state, unsigned slot,
                                bool *ret_is_taken);

/* Notes whose the slot is from now on. */
void psa_state_take(psa_state *state, const psa_chip *chip, const np_psa_request *request,
                    unsigned slot);

/* Is this the chip that the driver's data are about? */
bool psa_state_is_of(const psa_state *state, const psa_chip *chip);

/* The first slot that can take the key and has none: empty ones before spare ones. */
np_psa_status psa_find_slot(psa_chip *chip, const psa_state *state, const np_psa_request *request,
                            uint64_t *ret_slot, np_psa_reason *ret);

/* GenKey in a slot whose key, if any, is nobody's. */
np_psa_status psa_create(psa_chip *chip, unsigned slot,
                         uint8_t ret_point[static NP_PUBLIC_KEY_SIZE]);

/* The same with the journal before it. */
np_psa_status psa_make_key(psa_chip *chip, const np_psa_request *request, unsigned slot,
                           uint8_t ret_point[static NP_PUBLIC_KEY_SIZE]);

/* Overwrites what is in a slot that was made for an application. */
np_psa_status psa_overwrite(psa_chip *chip, unsigned slot);

/* np_psa_destroy on a decoded state. */
np_psa_status psa_destroy_slot(psa_chip *chip, psa_state *state, unsigned slot);

/* From and to storage; a state that is not there is a new one. */
np_psa_status psa_state_load(const np_psa_storage *storage, psa_state *ret);
np_psa_status psa_state_store(const np_psa_storage *storage, const psa_state *state);

/* What np_psa_recover did. */
typedef enum psa_recovery {
    PSA_RECOVERY_NOTHING,
    PSA_RECOVERY_NAMED,     /* the key was made: it has its name now */
    PSA_RECOVERY_DROPPED,   /* it was not made: nothing is left of it */
    PSA_RECOVERY_DESTROYED, /* a destruction was finished */
    PSA_RECOVERY_COUNT
} psa_recovery;

/* ret_transaction is what was open, when something was. */
np_psa_status psa_recover(psa_chip *chip, psa_recovery *ret, psa_transaction *ret_transaction);
