/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands on auxiliary certificates share. */
#pragma once

#include "cli/chip.h"
#include "nerveskey/aux_plan.h"

/* State, and for a pair that is there both fingerprints and the validity; otherwise null. */
NP_MUST_USE np_code cli_put_aux(cli_output *output, const np_aux *aux, np_error *err);
