/* SPDX-License-Identifier: Apache-2.0 */
/* From a chip on a bus to what applications see of it. Inside the room. */
#pragma once

#include "token/token.h"

/*
 * All but the auxiliary pair: 13 commands for a NervesKey, and 3 for the configuration behind its
 * first block, which the caller has read. What a chip does not let anybody read is not there;
 * errors are those of the wire alone, and NP_ECONFLICT_FOREIGN for a part that is none of our
 * models.
 */
NP_MUST_USE np_code facts_read(np_atecc *chip, const uint8_t first[static NP_ATECC_BLOCK_SIZE],
                               np_token_facts *ret, np_error *err);

/* The auxiliary pair beside it: 4 commands, 10 with a pair. */
NP_MUST_USE np_code facts_read_aux(np_atecc *chip, np_token_facts *facts, np_error *err);

/* What follows from the configuration alone: model, serial, what slot 0 may do. */
void facts_take_config(np_token_facts *facts);

/*
 * Can nothing in the facts change any more, the auxiliary pair apart? Only then they may be
 * remembered beyond this process.
 */
bool facts_are_final(const np_token_facts *facts);
