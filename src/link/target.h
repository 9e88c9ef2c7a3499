/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind the scheme of a chip's URI: a place and a query. Pure but for its memory. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

typedef struct link_target {
    char *place;     /* heap; what stands before the query */
    uint8_t address; /* 7 bits; 0: not given */
} link_target;

/* NP_EUSAGE for an unknown or malformed query, or an empty place. */
NP_MUST_USE np_code link_target_parse(const char *text, link_target *ret, np_error *err);
