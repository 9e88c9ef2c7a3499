/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Faults on demand, as people write them: words such as nack@20 or slow@40:300, with commas between
 * them. Each has a kind, the number of what it strikes, and for some kinds a second number. Pure.
 */
#pragma once

#include "base/error.h"
#include <stddef.h>
#include <stdint.h>

enum { NP_FAULT_WORDS_MAX = 32 };

typedef struct np_fault_word {
    unsigned kind; /* place in the list of kinds */
    uint64_t number;
    unsigned second;
} np_fault_word;

typedef struct np_fault_words {
    size_t count;
    np_fault_word list[NP_FAULT_WORDS_MAX];
} np_fault_words;

typedef struct np_fault_row {
    const char *name;    /* with the sign behind it: "slow@" */
    unsigned second_max; /* 0: it has no second number */
    unsigned second;     /* when none is given */
} np_fault_row;

typedef struct np_fault_table {
    const np_fault_row *rows;
    unsigned count;
    const char *hint; /* all of them, for people */
} np_fault_table;

/* NP_EUSAGE names the word that is none; also for more than NP_FAULT_WORDS_MAX. */
NP_MUST_USE np_code np_fault_words_parse(const np_fault_table *table, const char *text,
                                         np_fault_words *ret, np_error *err);
