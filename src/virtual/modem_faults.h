/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults on demand for a virtual modem: "lose-in@20,urc@100,cme@3:515". Numbers count
 * from 0 since it was made: bytes from the host (in), bytes to the host (out), or commands. Pure.
 */
#pragma once

#include "virtual/fault_words.h"

typedef enum np_modem_fault_kind {
    NP_MODEM_FAULT_LOSE_IN,  /* this byte from the host is lost */
    NP_MODEM_FAULT_LOSE_OUT, /* this byte to the host is lost */
    NP_MODEM_FAULT_URC,      /* a line that nobody asked for, at the first line end from there on */
    NP_MODEM_FAULT_ERROR,    /* this command does nothing and answers ERROR */
    NP_MODEM_FAULT_CME,      /* the same with a number, 0 if none is given */
    NP_MODEM_FAULT_SILENCE,  /* this command is done, and never answered */
    NP_MODEM_FAULT_RESTART,  /* the modem starts anew instead of this command */
    NP_MODEM_FAULT_CUT_IN,   /* power fails for a moment before this byte from the host */
    NP_MODEM_FAULT_CUT_OUT,  /* power fails for a moment before this byte to the host */
    NP_MODEM_FAULT_KIND_COUNT
} np_modem_fault_kind;

/* The second number of a word is the code of NP_MODEM_FAULT_CME. */
extern const np_fault_table np_modem_fault_table;

/* Is there a fault of this kind for just this number? NULL: none. */
const np_fault_word *np_modem_fault_at(const np_fault_words *faults, np_modem_fault_kind kind,
                                       uint64_t number);
