/* SPDX-License-Identifier: Apache-2.0 */
/* recover ends what was interrupted; gc frees slots whose keys nobody can reach any more. */
#include "cli/psa/key.h"

/* Opening the session did it, and told; what is left is to say that all is well. */
np_code cli_psa_recover(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(psa_session_clear) psa_session session = {.store.lock = -1};
    NP_TRY(psa_session_open(arguments, false, &session, err));
    NP_TRY(psa_session_close(&session, err));
    cli_put_flag(output, "is_consistent", "store and chip agree", true);
    return NP_OK;
}

/* Made for a key whose file is not there: no application can name it. */
static np_code find_orphans(psa_session *session, uint16_t *ret, np_error *err)
{
    *ret = 0;
    for (unsigned slot = 0; slot < PSA_SLOTS; slot++) {
        bool is_taken = false;
        np_psa_status status = psa_slot_is_taken(&session->chip, &session->state, slot, &is_taken);
        if (status != NP_PSA_SUCCESS) {
            return psa_session_report(session, status, "reading the keys", err);
        }
        bool is_noted = session->state.slots[slot].kind == PSA_SLOT_MADE ||
                        session->state.slots[slot].kind == PSA_SLOT_REGISTERED;
        *ret |= (uint16_t)(is_noted && !is_taken ? 1U << slot : 0);
    }
    return NP_OK;
}

/* A registered key is only forgotten; one that was made is overwritten first. */
static np_code free_slot(psa_session *session, unsigned slot, np_error *err)
{
    np_psa_status status = psa_destroy_slot(&session->chip, &session->state, slot);
    if (status == NP_PSA_SUCCESS) {
        status = psa_state_store(&session->table, &session->state);
    }
    return status == NP_PSA_SUCCESS ? NP_OK
                                    : psa_session_report(session, status, "freeing a slot", err);
}

np_code cli_psa_gc(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(psa_session_clear) psa_session session = {.store.lock = -1};
    uint16_t orphans = 0;
    json_t *list = json_array();
    cli_put_json(output, "freed", list);
    NP_TRY(psa_session_open(arguments, false, &session, err));
    NP_TRY(find_orphans(&session, &orphans, err));
    for (unsigned slot = 0; slot < PSA_SLOTS; slot++) {
        if ((orphans >> slot & 1) != 0) {
            cli_note("slot %u: no key of the store is in it any more", slot);
        }
    }
    if (!arguments->dry_run) {
        NP_TRY(psa_session_consent(&session, orphans, err));
    }
    for (unsigned slot = 0; slot < PSA_SLOTS && !arguments->dry_run; slot++) {
        if ((orphans >> slot & 1) != 0) {
            NP_TRY(free_slot(&session, slot, err));
            json_array_append_new(list, json_integer(slot));
            cli_print(output, "slot %u is free", slot);
        }
    }
    return psa_session_close(&session, err);
}
