/* SPDX-License-Identifier: Apache-2.0 */
/* What the module can do: one table for lists, checks and the operations themselves. */
#pragma once

#include "crypto/digest.h"
#include "pkcs11/slot.h"

typedef struct mechanism {
    CK_MECHANISM_TYPE type;
    CK_MECHANISM_INFO info;
    bool has_hash;
    np_digest_kind hash;
    bool is_agreement; /* listed only where the chip's configuration allows it */
} mechanism;

/* NULL when the slot has none such. in may be NULL: nothing is known of the chip. */
const mechanism *mechanism_find(CK_MECHANISM_TYPE type, const view *in);

size_t mechanism_count(void);
/* NULL when the slot does not have this row. */
const mechanism *mechanism_at(size_t index, const view *in);

/* One that can do this (a CKF_ flag) and has no parameter where it takes none. */
CK_RV mechanism_choose(const CK_MECHANISM *wanted, CK_FLAGS use, const view *in,
                       const mechanism **ret);
