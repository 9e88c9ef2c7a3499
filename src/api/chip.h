/* SPDX-License-Identifier: Apache-2.0 */
/*
 * libnameplate: the library for other programs. It joins the rooms below it behind opaque handles
 * and knows nothing by itself; what it does is declared in include/nameplate. It prints nothing and
 * reads the clock in np_now alone. Rule for this room: every function that has asked the chip ends
 * with chip_rest. Here is what its files share.
 */
#pragma once

#include "link/link.h"
#include "nerveskey/plan.h"
#include <nameplate/chip.h>

struct np_chip {
    np_link *link;
    np_atecc device;
};

struct np_chip_plan {
    np_plan plan;
};

/* Lets the chip sleep. Returns the code handed in, or what sleeping said when that was NP_OK. */
NP_MUST_USE np_code chip_rest(np_chip *chip, np_code code, np_error *err);

/* Reads the chip and computes the plan into plan; writes nothing and does not let it rest. */
NP_MUST_USE np_code chip_compute_plan(np_chip *chip, const np_chip_order *order, np_plan *plan,
                                      np_error *err);
