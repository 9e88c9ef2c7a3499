/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the commands of psa share: a store of keys and the chip that holds them, both for this
 * process alone until the end; and PSA's statuses as errors of the program.
 */
#pragma once

#include "cli/chip.h"
#include "cli/psa/wish.h"
#include "psa/chip.h"
#include <nameplate/psa_store.h>

typedef struct psa_session {
    const cli_arguments *arguments;
    np_psa_store store;
    np_psa_storage table;
    bool has_chip;
    cli_chip link;
    psa_chip chip;
    psa_state state; /* as stored */
} psa_session;

/* For NP_CLEANUP. */
void psa_session_clear(psa_session *session);

/*
 * The store alone. NP_EINPUT_MISSING when there is none and none may be made, NP_ESTATION_BUSY when
 * another process has it.
 */
NP_MUST_USE np_code psa_session_open_store(const cli_arguments *arguments, bool may_make,
                                           psa_session *ret, np_error *err);

/*
 * Besides, the chip of --chip or $NAMEPLATE_CHIP, looked at and awake; ends what an interruption
 * left. NP_ECONFLICT_OTHER when the store's keys are those of another chip.
 */
NP_MUST_USE np_code psa_session_open(const cli_arguments *arguments, bool may_make,
                                     psa_session *ret, np_error *err);

/* Lets go of the chip and the store. */
NP_MUST_USE np_code psa_session_close(psa_session *session, np_error *err);

/* Is a chip named, by option or environment? */
bool psa_session_names_chip(const cli_arguments *arguments);

/* The error for a status: the chip's sentence, the store's, or one of ours about what was done. */
np_code psa_session_report(const psa_session *session, np_psa_status status, const char *what,
                           np_error *err);

/*
 * Consent to the loss of the keys in these slots (bits), by --yes, by --plan and the hash that is
 * shown, or by a word. Nothing is asked for no slot. NP_ECONSENT, NP_EINTERRUPTED_WORD.
 */
NP_MUST_USE np_code psa_session_consent(psa_session *session, uint16_t slots, np_error *err);

/* "slot 0: the slot is locked ...", with what helps. */
np_code psa_report_reason(np_psa_reason reason, const psa_wish *wish, uint64_t slot, np_error *err);

/* What recover did, as a sentence on stderr when it was anything. */
void psa_note_recovery(psa_recovery recovery, const psa_transaction *transaction);
