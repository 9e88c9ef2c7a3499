/* SPDX-License-Identifier: Apache-2.0 */
/* What stands behind the scheme of a chip's URI: a place and a query. Pure but for its memory. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

/* How an i2c: bus wakes a chip. */
typedef enum link_wake {
    LINK_WAKE_AUTO, /* zero bytes through the NACK where bus and adapter need and can */
    LINK_WAKE_ZERO, /* the address byte of address 0 alone */
    LINK_WAKE_SLOW, /* and 20 ms for a part that tests itself when it wakes */
    LINK_WAKE_COUNT
} link_wake;

typedef struct link_target {
    char *place;     /* heap; what stands before the query */
    uint8_t address; /* 7 bits; 0: not given */
    uint32_t khz;    /* 0: not given */
    link_wake wake;
} link_target;

/* NP_EUSAGE for an unknown or malformed query, or an empty place. */
NP_MUST_USE np_code link_target_parse(const char *text, link_target *ret, np_error *err);
