/* SPDX-License-Identifier: Apache-2.0 */
/* The auxiliary pair of certificates. */
#include "api/chip.h"

#include "nerveskey/aux_plan.h"
#include "signer/signer.h"

np_code np_chip_aux_look(np_chip *chip, np_aux_state *ret, np_error *err)
{
    return chip_rest(chip, np_aux_look(&chip->device, ret, err), err);
}

np_code np_chip_aux_read(np_chip *chip, np_chip_aux *ret, np_error *err)
{
    np_aux aux;
    *ret = (np_chip_aux){.state = NP_AUX_UNREADABLE};
    NP_TRY(chip_rest(chip, np_aux_read(&chip->device, &aux, err), err));
    ret->state = aux.state;
    if (aux.state == NP_AUX_PRESENT) {
        ret->certificates.device = aux.identity.device;
        ret->certificates.signer = aux.identity.signer;
    } else if (aux.state == NP_AUX_BROKEN) {
        ret->error = aux.error;
    }
    return np_aux_check(&aux, &ret->is_good, err);
}

static np_code provision(np_chip *chip, np_signer *signer, int64_t now, bool *ret_was_done,
                         np_error *err)
{
    np_aux aux;
    np_aux_plan plan;
    signer_copy copy;
    np_plan_signer there = chip_copy_signer(signer, &copy);
    NP_TRY(np_aux_read(&chip->device, &aux, err));
    NP_TRY(np_aux_plan_compute(&aux, &there, now, &plan, err));
    *ret_was_done = plan.is_done;
    if (plan.is_done) {
        return NP_OK;
    }
    if (!np_signer_has_key(signer)) {
        return np_error_set(err, NP_EINPUT_MISSING,
                            "the signer was opened without its key, which must sign a certificate");
    }
    return np_aux_plan_apply(&plan, &chip->device, np_signer_signing(signer), &aux, err);
}

/* Nobody may write another pair between what was read and what is written. */
static np_code hold_and_rest(np_chip *chip, np_signer *signer, int64_t now, bool *ret_was_done,
                             np_error *err)
{
    const np_bus *bus = &chip->device.bus;
    NP_TRY(np_bus_hold(bus, err));
    np_code code = chip_rest(chip, provision(chip, signer, now, ret_was_done, err), err);
    np_bus_release(bus);
    return code;
}

np_code np_chip_aux_provision(np_chip *chip, np_signer *signer, int64_t now, bool *ret_was_done,
                              np_error *err)
{
    *ret_was_done = false;
    return hold_and_rest(chip, signer, now, ret_was_done, err);
}

static np_code clear(np_chip *chip, np_error *err)
{
    np_aux aux;
    NP_TRY(np_aux_read(&chip->device, &aux, err));
    if (aux.state == NP_AUX_UNREADABLE) {
        return np_error_set(err, NP_ECONFLICT_OTHER,
                            "the chip is not provisioned: its data zone is not locked");
    }
    return np_aux_clear(&chip->device, err);
}

np_code np_chip_aux_clear(np_chip *chip, np_error *err)
{
    return chip_rest(chip, clear(chip, err), err);
}
