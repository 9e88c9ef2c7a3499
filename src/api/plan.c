/* SPDX-License-Identifier: Apache-2.0 */
#include "api/chip.h"

#include "base/wipe.h"
#include "nerveskey/apply.h"
#include "nerveskey/words.h"
#include "signer/signer.h"
#include <stdlib.h>

np_plan_signer chip_copy_signer(const np_signer *signer, signer_copy *copy)
{
    np_signer_compressed(signer, copy->compressed);
    np_signer_public_key(signer, copy->public_key);
    np_signer_fingerprint(signer, copy->fingerprint);
    return (np_plan_signer){
        .certificate = np_signer_certificate(signer),
        .compressed = copy->compressed,
        .public_key = copy->public_key,
        .fingerprint = copy->fingerprint,
    };
}

np_code chip_compute_plan(np_chip *chip, const np_chip_order *order, np_plan *plan, np_error *err)
{
    np_snapshot snapshot;
    signer_copy copy;
    np_plan_request request = {
        .serial = order->serial,
        .board = order->board,
        .user_data = order->user_data,
        .activation_key = order->activation_key,
        .encryption_key = order->encryption_key,
        .signer = chip_copy_signer(order->signer, &copy),
        .now = order->now,
        .address = chip->device.address,
    };
    if ((unsigned)order->layout >= NP_LAYOUT_COUNT) {
        return np_error_set(err, NP_EUSAGE, "there is no layout %u", (unsigned)order->layout);
    }
    request.layout = &np_layouts[order->layout];
    NP_TRY(np_snapshot_take(&chip->device, &snapshot, err));
    NP_TRY(np_plan_compute(&snapshot, &request, plan, err));
    return np_plan_check_keys(plan, &chip->device, np_random_system(), err);
}

np_code np_chip_plan_make(np_chip *chip, const np_chip_order *order, np_chip_plan **ret,
                          np_error *err)
{
    *ret = NULL;
    np_chip_plan *made = calloc(1, sizeof(*made));
    if (made == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the plan");
    }
    np_code code = chip_rest(chip, chip_compute_plan(chip, order, &made->plan, err), err);
    if (code != NP_OK) {
        np_chip_plan_free(made);
        return code;
    }
    *ret = made;
    return NP_OK;
}

void np_chip_plan_free(np_chip_plan *plan)
{
    if (plan != NULL) {
        np_wipe(plan, sizeof(*plan)); /* it can hold keys */
    }
    free(plan);
}

void np_chip_plan_hash(const np_chip_plan *plan, uint8_t ret[static NP_PLAN_HASH_SIZE])
{
    memcpy(ret, plan->plan.hash, NP_PLAN_HASH_SIZE);
}

bool np_chip_plan_is_done(const np_chip_plan *plan)
{
    return np_plan_is_done(&plan->plan);
}

bool np_chip_plan_line(const np_chip_plan *plan, size_t index, np_plan_line *ret)
{
    size_t at = 0;
    for (size_t i = 0; np_plan_next_line(&plan->plan, &at, ret); i++) {
        if (i == index) {
            return true;
        }
    }
    return false;
}
