/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is about to be done, before it is: a file beside the record, of units that are in work. A
 * unit begins with its serial and its part; its certificate is added before anybody can get hold of
 * it; it ends when its line is in the record. Whatever has not ended when the file is read again
 * was interrupted. Inside the room; pure, the storage is handed in.
 *
 * A line is 16 hex digits (the beginning of the SHA-256 of what follows), a space, and a JSON
 * object in canonical form. A line that does not fit is where a crash has cut the file: it and what
 * follows was never promised to anybody.
 */
#pragma once

#include "record/storage.h"

typedef enum station_intent_kind {
    STATION_INTENT_BEGIN, /* uid, serial, bay, started, attempt, authorization */
    STATION_INTENT_ISSUE, /* uid, certificate */
    STATION_INTENT_LABEL, /* uid, label */
    STATION_INTENT_END,   /* uid */
    STATION_INTENT_COUNT
} station_intent_kind;

enum { STATION_INTENT_MAX = 8192 /* bytes of a line: a certificate in Base64, and texts */ };

typedef struct station_intent {
    station_intent_kind kind;
    np_bytes uid;
    np_bytes serial;
    np_bytes bay;
    np_bytes started;
    np_bytes authorization; /* its id; empty: none */
    uint64_t attempt;
    np_bytes certificate; /* DER */
    np_bytes label;       /* what a scanner is to read on it */
} station_intent;

/* One line, with its line feed. */
void station_intent_write(const station_intent *intent, np_writer *writer);

/*
 * A line without its line feed; texts are slices of it, certificate and label of decoded, which
 * has STATION_INTENT_MAX bytes. False: it is none.
 */
bool station_intent_read(np_bytes line, uint8_t *decoded, station_intent *ret);

typedef struct station_intents {
    const np_record_storage *storage;
    uint64_t durable; /* bytes */
    size_t len;       /* of what waits */
    bool is_given_up;
    uint8_t *waiting; /* heap */
} station_intents;

/*
 * Reads what is there, and calls visit for each line in order; makes the file where there is none.
 * NP_ESTATION_IO, NP_ESTATION_BUSY, NP_ESTATION_MEMORY, and what visit returns.
 */
NP_MUST_USE np_code station_intents_open(const np_record_storage *storage,
                                         np_code (*visit)(void *self, const station_intent *intent,
                                                          np_error *err),
                                         void *self, station_intents *ret, np_error *err);

/* In memory; NP_EINPUT_RANGE when it is too long, NP_ESTATION_MEMORY. */
NP_MUST_USE np_code station_intents_add(station_intents *intents, const station_intent *intent,
                                        np_error *err);

/* What was added is durable when this returns NP_OK. After an error the file must be opened anew.
 */
NP_MUST_USE np_code station_intents_commit(station_intents *intents, np_error *err);

/* Everything has ended: the file is empty, durably. */
NP_MUST_USE np_code station_intents_clear(station_intents *intents, np_error *err);

/* Drops what waits; accepts all zero. */
void station_intents_close(station_intents *intents);
