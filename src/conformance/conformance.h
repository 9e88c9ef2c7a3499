/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the questions that no data sheet settles (virtual/readings.h) to a chip: a real one, to
 * learn how our reading stands, or a virtual one, which must agree with itself. It changes nothing
 * in the EEPROM of a chip, makes no key and uses no limited key. Rule for callers: the chip is
 * theirs alone meanwhile; TempKey and the other buffers are lost. Pure but for the bus.
 */
#pragma once

#include "atecc/device.h"
#include "virtual/readings.h"

typedef enum np_agreement { NP_AGREED, NP_DIFFERS, NP_NOT_ASKED } np_agreement;

/* "agreed", "differs", "not-asked" */
const char *np_agreement_name(np_agreement agreement);

typedef struct np_conformance_row {
    const np_reading *reading;
    np_agreement agreement;
    unsigned answer;     /* the chip's, unless not asked */
    const char *why_not; /* when not asked: what it would take; constant */
} np_conformance_row;

enum { NP_CONFORMANCE_ROWS_MAX = 128 };

typedef struct np_conformance {
    np_atecc_model model;
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    size_t count; /* one row a reading, in the order of the readings */
    np_conformance_row rows[NP_CONFORMANCE_ROWS_MAX];
} np_conformance;

/*
 * With may_lock a Lock command with a summary that is certainly wrong is sent to an open
 * configuration zone: a chip that took it all the same would be locked for ever.
 * NP_ECONFLICT_FOREIGN for a part that is none of our models; errors of the driver when the chip
 * cannot be asked any more.
 */
NP_MUST_USE np_code np_conformance_run(np_atecc *chip, bool may_lock, np_conformance *ret,
                                       np_error *err);
