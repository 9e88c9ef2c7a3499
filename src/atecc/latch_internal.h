/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the room: the command that reads, sets and clears the latch. */
#pragma once

#include "atecc/device.h"

/* Info in its latch mode; what shall become of the latch is P2. */
NP_MUST_USE np_code latch_call_info(np_atecc *chip, uint16_t latch, bool needs_session,
                                    bool *ret_is_set, np_error *err);
