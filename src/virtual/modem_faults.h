/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults on demand for a virtual modem, from text: "lose-in@20,urc@100,cme@3:515". Numbers count
 * from 0 since it was made: bytes from the host (in), bytes to the host (out), or commands. Pure.
 */
#pragma once

#include "base/error.h"
#include <stdint.h>

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

typedef struct np_modem_fault {
    np_modem_fault_kind kind;
    uint64_t number;
    unsigned code; /* of NP_MODEM_FAULT_CME */
} np_modem_fault;

enum { NP_MODEM_FAULTS_MAX = 32 };

typedef struct np_modem_faults {
    size_t count;
    np_modem_fault list[NP_MODEM_FAULTS_MAX];
} np_modem_faults;

/* NP_EUSAGE names the word that is none; also for more than NP_MODEM_FAULTS_MAX. */
NP_MUST_USE np_code np_modem_faults_parse(const char *text, np_modem_faults *ret, np_error *err);

/* Is there a fault of this kind for just this number? NULL: none. */
const np_modem_fault *np_modem_fault_at(const np_modem_faults *faults, np_modem_fault_kind kind,
                                        uint64_t number);
