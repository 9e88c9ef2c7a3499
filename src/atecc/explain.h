/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration zone in words: what each slot is, and who may read, write and use it (specs of
 * the chip 3.2, 3.4 to 3.6). Pure; knows nothing of NervesKey.
 */
#pragma once

#include "atecc/zones.h"

enum { NP_SLOT_WORDS_SIZE = 200 };

/* Texts are NUL-terminated, lower case, without a final stop. */
typedef struct np_slot_words {
    bool is_locked;   /* nothing in it changes any more */
    bool is_lockable; /* Lock is allowed as long as it is not locked */
    const char *type; /* "private key, P-256", "data" ... */
    char read[NP_SLOT_WORDS_SIZE];
    char write[NP_SLOT_WORDS_SIZE]; /* as the locks are now */
    char use[NP_SLOT_WORDS_SIZE];
} np_slot_words;

void np_slot_explain(const uint8_t config[static NP_ATECC_CONFIG_SIZE], np_atecc_model model,
                     unsigned slot, np_slot_words *ret);

enum { NP_CONFIG_FACTS_MAX = 12, NP_CONFIG_FACT_SIZE = 120 };

typedef struct np_config_fact {
    const char *key;   /* stable, for JSON: "i2c_address" */
    const char *label; /* for people: "I2C address" */
    char words[NP_CONFIG_FACT_SIZE];
} np_config_fact;

/* What is not about single slots: address, modes, counters, options. Returns how many. */
size_t np_config_explain(const uint8_t config[static NP_ATECC_CONFIG_SIZE], np_atecc_model model,
                         np_config_fact ret[static NP_CONFIG_FACTS_MAX]);

enum { NP_ATECC_COUNTERS = 2, NP_ATECC_COUNTER_SIZE = 8 };

/* The value that the 8 bytes of Counter0 or Counter1 stand for (specs of the chip 3.5). */
uint32_t np_counter_value(const uint8_t bytes[static NP_ATECC_COUNTER_SIZE]);
