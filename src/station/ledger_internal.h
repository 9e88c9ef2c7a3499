/* SPDX-License-Identifier: Apache-2.0 */
/* What a ledger is made of, for its own files: the units in work, and the memory of lines. */
#pragma once

#include "base/civil.h"
#include "signer/index.h"
#include "station/intents.h"
#include "station/ledger.h"

/* What the index knows lines by: the last of all, and the last with a certificate. */
enum { KIND_SERIAL, KIND_UID, KIND_KEY, KIND_SERIAL_CERTIFIED, KIND_UID_CERTIFIED };

/*
 * The value of a mark: where its last line stands, twice; the lowest bit of a uid's says that the
 * unit is counted under the authorization. A line never stands at 0: the header does.
 */
enum { IS_COUNTED = 1 };

/* A unit in work. */
typedef struct slot {
    bool is_seen;
    bool is_claimed;
    bool counts; /* as a unit that the record does not count yet */
    char serial[NP_UNIT_SERIAL_SIZE];
    char uid[NP_LEDGER_UID_SIZE];
    char offered[NP_UNIT_SERIAL_SIZE]; /* of a pattern, and not used yet: for the next unit here */
    np_ledger_view view;
    int64_t started;
    char authorization[2 * NP_AUTHORIZATION_ID_SIZE + 1]; /* it was begun under; empty: none */
    size_t certificate_len;
    uint8_t key[NP_SHA256_SIZE]; /* the certificate's */
    uint8_t certificate[NP_LEDGER_CERTIFICATE_MAX];
    char label[NP_LABEL_TEXT_SIZE]; /* printed, and not read back */
} slot;

struct np_ledger {
    np_ledger_options options;
    np_record *record;
    station_intents intents;
    np_index *index;
    uint64_t durable;   /* bytes of the record */
    uint64_t next;      /* number of a pattern */
    uint64_t unsigned_; /* lines behind the last trailer */
    uint64_t authorized;
    uint64_t claimed; /* units in work that count beyond these */
    bool has_head;
    bool knows_issuer; /* the header has its certificate */
    bool is_ended;     /* an intent has ended, and nothing else waits: no hurry */
    np_error broken;   /* of the first commit that failed */
    char authorization[2 * NP_AUTHORIZATION_ID_SIZE + 1]; /* empty: none */
    uint8_t issuer_id[NP_SHA256_SIZE];
    slot slots[NP_STATION_BAYS_MAX];
};

/* What the index needs to know of a line. */
typedef struct line_facts {
    np_bytes serial;
    np_bytes uid; /* empty: of a unit that was refused, and nothing is its */
    uint8_t key[NP_SHA256_SIZE];
    bool has_key;
    bool is_authorized;
} line_facts;

/* What a line says, copied: the line itself lives in a buffer. */
typedef struct last_line {
    bool is_found;
    char serial[NP_UNIT_SERIAL_SIZE];
    char uid[NP_LEDGER_UID_SIZE];
    char result[16];
    char started[NP_TIME_TEXT_SIZE];
    uint64_t attempt;
    bool has_certificate;
    uint8_t cert_sha256[NP_SHA256_SIZE];
    char label[NP_LABEL_TEXT_SIZE]; /* as in a view */
} last_line;

/* A text as a string, cut off where there is no room. */
void ledger_format(char *ret, size_t size, np_bytes text);

/* Of np_record_open: each line that is there. */
NP_MUST_USE np_code ledger_visit(void *self, const np_record_line *line,
                                 const np_record_trailer *trailer, np_error *err);

/* Is the line one of a unit that the authorization has let be made? */
bool ledger_is_authorized(const np_ledger *ledger, np_bytes id, bool has_certificate);

/* A line that was added at this place of the record. */
NP_MUST_USE np_code ledger_remember(np_ledger *ledger, const line_facts *facts, uint64_t offset,
                                    np_error *err);

/* The value of a text of this kind; 0: none. */
NP_MUST_USE np_code ledger_find(np_ledger *ledger, uint8_t kind, np_bytes text, uint64_t *ret,
                                np_error *err);

/* The line that a value leads to. */
NP_MUST_USE np_code ledger_load_line(np_ledger *ledger, uint64_t value, last_line *ret,
                                     np_error *err);

/* The last line of this serial or part. */
NP_MUST_USE np_code ledger_find_line(np_ledger *ledger, uint8_t kind, np_bytes text, last_line *ret,
                                     np_error *err);

/* A line without a result is of a program that writes down only what it made. */
bool ledger_has_passed(const last_line *line);
