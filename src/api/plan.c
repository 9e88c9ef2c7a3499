/* SPDX-License-Identifier: Apache-2.0 */
#include "api/chip.h"

#include "nerveskey/words.h"
#include "signer/signer.h"
#include <stdlib.h>

/* What a plan needs of a signer, copied out of it. */
typedef struct signer_copy {
    uint8_t compressed[NP_COMPRESSED_SIZE];
    uint8_t public_key[NP_PUBLIC_KEY_SIZE];
    uint8_t fingerprint[NP_FINGERPRINT_SIZE];
} signer_copy;

static np_plan_signer copy_signer(const np_signer *signer, signer_copy *copy)
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
        .signer = copy_signer(order->signer, &copy),
        .now = order->now,
        .address = chip->device.address,
    };
    NP_TRY(np_snapshot_take(&chip->device, &snapshot, err));
    return np_plan_compute(&snapshot, &request, plan, err);
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
        free(made);
        return code;
    }
    *ret = made;
    return NP_OK;
}

void np_chip_plan_free(np_chip_plan *plan)
{
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
