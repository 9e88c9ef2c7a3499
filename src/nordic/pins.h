/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trust on first use: which identity keys a device may have, by the tokens seen of it. A text with
 * a line a device, "UUID POINT,POINT,...", each point 128 hex digits (X, Y); lines that begin with
 * # are comments. The first token leaves its candidates, the second the one that both have: the
 * pin, which later tokens must verify with. Pure: the file is the caller's.
 */
#pragma once

#include "modem/attestation.h"

typedef enum np_pin_outcome {
    NP_PIN_FIRST,     /* nothing was known of the device; its candidates are noted now */
    NP_PIN_UNDECIDED, /* more than one candidate is left: the same token once more */
    NP_PIN_MADE,      /* just one is left: pinned now */
    NP_PIN_KEPT,      /* it was pinned before, and the token is of that key */
    NP_PIN_BROKEN,    /* the token is of none of the keys that are noted; nothing is changed */
} np_pin_outcome;

/* "first", "undecided", "made", "kept", "broken" */
const char *np_pin_outcome_name(np_pin_outcome outcome);

/*
 * What the token does to the pins: *ret_key is the pinned key if there is one now (MADE, KEPT), and
 * the text as it is to be stored goes to the writer. NP_EINPUT_FORMAT names a bad line of the
 * text, NP_EINPUT_MISSING a token without attestation.
 */
NP_MUST_USE np_code np_pins_update(np_bytes text, const np_token *token, np_pin_outcome *ret,
                                   uint8_t ret_key[static NP_P256_POINT_SIZE], np_writer *writer,
                                   np_error *err);
