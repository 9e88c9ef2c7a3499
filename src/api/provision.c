/* SPDX-License-Identifier: Apache-2.0 */
#include "api/chip.h"

#include "base/wipe.h"
#include "nerveskey/apply.h"
#include "signer/signer.h"

static np_code check_consent(const np_plan *plan, const uint8_t consent[static NP_PLAN_HASH_SIZE],
                             np_error *err)
{
    if (memcmp(plan->hash, consent, NP_PLAN_HASH_SIZE) == 0) {
        return NP_OK;
    }
    np_error_set(err, NP_ECONSENT, "the plan is not the one consented to; nothing was written");
    return np_error_hint(err, NP_ECONSENT, "make the plan again, show it, and ask");
}

/* Asked before anything is written; the steps would find it out only at the certificate. */
static np_code check_key(const np_plan *plan, const np_signer *signer, np_error *err)
{
    if (np_signer_has_key(signer) || !np_plan_has(plan, NP_STEP_ISSUE)) {
        return NP_OK;
    }
    return np_error_set(err, NP_EINPUT_MISSING,
                        "the signer was opened without its key, which must sign a certificate");
}

static np_code ask_progress(void *self, const np_plan *plan, size_t step_index, np_error *err)
{
    const np_chip_order *order = self;
    np_step_kind kind = plan->steps[step_index].kind;
    if (order->progress(order->progress_self, kind, step_index, plan->step_count)) {
        return NP_OK;
    }
    np_error_set(err, NP_EINTERRUPTED, "stopped before step %zu of %zu: %s", step_index + 1,
                 plan->step_count, np_step_name(kind));
    return np_error_hint(err, NP_EINTERRUPTED, "provision again to go on");
}

/* It can hold keys. */
static void clear_plan(np_plan *plan)
{
    np_wipe(plan, sizeof(*plan));
}

static np_code provision(np_chip *chip, np_chip_order *order,
                         const uint8_t consent[static NP_PLAN_HASH_SIZE], np_chip_outcome *ret,
                         np_error *err)
{
    NP_CLEANUP(clear_plan) np_plan plan;
    np_apply_result result;
    np_apply_tools tools = {
        .signing = np_signer_signing(order->signer),
        .random = np_random_system(),
        .before_step = order->progress == NULL ? NULL : ask_progress,
        .before_step_self = order,
    };
    NP_TRY(chip_compute_plan(chip, order, &plan, err));
    NP_TRY(check_consent(&plan, consent, err));
    NP_TRY(check_key(&plan, order->signer, err));
    bool was_done = np_plan_is_done(&plan);
    NP_TRY(np_plan_apply(&plan, &chip->device, &tools, &result, err));
    ret->was_done = was_done;
    ret->is_issued = result.issued;
    ret->certificates.device = result.identity.device;
    ret->certificates.signer = result.identity.signer;
    return NP_OK;
}

np_code np_chip_provision(np_chip *chip, const np_chip_order *order,
                          const uint8_t consent[static NP_PLAN_HASH_SIZE], np_chip_outcome *ret,
                          np_error *err)
{
    np_chip_order copy = *order;
    const np_bus *bus = &chip->device.bus;
    NP_TRY(np_bus_hold(bus, err)); /* what is planned must be what is met */
    np_code code = chip_rest(chip, provision(chip, &copy, consent, ret, err), err);
    np_bus_release(bus);
    return code;
}
