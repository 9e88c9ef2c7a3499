/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Puts the questions that no data sheet settles (virtual/readings.h) to a chip: a real one, to
 * learn how our reading stands, or a virtual one, which must agree with itself. What this header
 * offers changes nothing in the EEPROM of a chip, makes no key in a slot and uses no limited key;
 * conformance/spend.h asks the rest of a chip that is given away for it. Rule for callers: the chip
 * is theirs alone meanwhile; TempKey and the other buffers are lost. Pure but for the bus.
 */
#pragma once

#include "atecc/device.h"
#include "virtual/readings.h"

typedef enum np_agreement { NP_AGREED, NP_DIFFERS, NP_NOT_ASKED } np_agreement;

/* "agreed", "differs", "not-asked" */
const char *np_agreement_name(np_agreement agreement);

/* What a chip lets one ask depends on which of its two zones are locked. */
typedef enum np_lock_stage { NP_ALL_OPEN, NP_CONFIG_LOCKED, NP_DATA_LOCKED } np_lock_stage;

/* "open", "configuration-locked", "data-locked" */
const char *np_lock_stage_name(np_lock_stage stage);

typedef struct np_conformance_row {
    const np_reading *reading;
    np_agreement agreement;
    unsigned answer;     /* the chip's, unless not asked */
    np_lock_stage stage; /* of the chip when it answered */
    const char *changes; /* what asking may change on a chip; NULL: nothing; constant */
    const char *why_not; /* when not asked: what it would take; constant */
    bool was_tried;      /* the chip was asked, but did not come to the point */
} np_conformance_row;

typedef struct np_conformance {
    np_atecc_model model;
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    np_conformance_row rows[READING_COUNT]; /* in the order of the readings */
} np_conformance;

/* How many rows ended so. */
size_t np_conformance_count(const np_conformance *run, np_agreement agreement);

/*
 * Called before each question and each step, with words for people; anything but NP_OK stops there.
 * The function may be NULL.
 */
typedef struct np_conformance_watch {
    NP_MUST_USE np_code (*before)(void *self, const char *words, np_error *err);
    void *self;
} np_conformance_watch;

/*
 * A difference counts when it was answered twice, so that a fault on the bus is none. With may_lock
 * a Lock command with a summary that is certainly wrong is sent to an open configuration zone: a
 * chip that took it all the same would be locked for ever. NP_ECONFLICT_FOREIGN for a part that is
 * none of our models; errors of the driver when the chip cannot be asked any more, and of the
 * watch: ret has the answers until then, and no row is without reason.
 */
NP_MUST_USE np_code np_conformance_run(np_atecc *chip, bool may_lock,
                                       const np_conformance_watch *watch, np_conformance *ret,
                                       np_error *err);
