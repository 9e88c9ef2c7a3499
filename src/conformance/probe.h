/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the room: one raw exchange with a chip, nothing repeated and nothing assumed, and the
 * table of questions that can be asked.
 */
#pragma once

#include "conformance/conformance.h"

typedef struct probe_host {
    np_atecc *chip;
    np_atecc_model model;
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    np_error *err;
    np_code trouble; /* of the bus; a probe that met it has no answer */
} probe_host;

/* What the chip said. */
typedef struct probe_reply {
    bool is_answered;
    uint8_t status; /* of a one-byte answer; 0 with data */
    size_t len;
    uint8_t data[NP_ATECC_RESPONSE_DATA_MAX];
} probe_reply;

/* Sends one command to the awake chip (it is woken first if need be) and takes its answer. */
probe_reply probe_ask(probe_host *probe, const np_atecc_command *command);

/* Raw transactions; false: not acknowledged. */
bool probe_write(probe_host *probe, np_bytes bytes);
bool probe_read(probe_host *probe, uint8_t *ret, size_t size);

/* The answer to what was written raw; not answered after two seconds. */
probe_reply probe_take(probe_host *probe);

void probe_wake(probe_host *probe);
void probe_sleep(probe_host *probe);
uint64_t probe_now_ns(const probe_host *probe);
void probe_wait_ns(probe_host *probe, uint64_t ns);

/* Which lock state a question is for. */
typedef enum probe_when {
    PROBE_ALWAYS,
    PROBE_BLANK,      /* configuration open */
    PROBE_CONFIGURED, /* configuration locked, data open or locked */
    PROBE_DATA_LOCKED,
    PROBE_WITH_CONSENT, /* configuration open, and the caller may lock */
} probe_when;

typedef enum probe_who { PROBE_ANY, PROBE_508A, PROBE_608 } probe_who;

typedef struct probe_row {
    const char *id; /* of the reading */
    probe_who who;
    probe_when when;
    /* False when this chip cannot be asked; why_not says what it would take. */
    bool (*ask)(probe_host *probe, unsigned *ret_answer);
    const char *why_not;
} probe_row;

extern const probe_row probe_rows[];
extern const size_t probe_row_count;
