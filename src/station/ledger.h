/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a station knows and writes down: the record of what was made, the units in work
 * (station/intents.h), and from both what is known of any serial or part. It counts what an
 * authorization allows. Pure: storage, key and time are handed in. One thread at a time: that is
 * the recorder's (station/recorder.h), which lets many bays share one sync.
 *
 * Rule for callers: nothing that cannot be undone is done before np_ledger_commit has returned
 * NP_OK for the claim; no certificate leaves before it has for np_ledger_issue; nobody is told
 * PASS before it has for np_ledger_end. After an error of commit the ledger must be closed; what
 * there is, opening tells.
 */
#pragma once

#include "record/record.h"
#include "signer/authorization.h"
#include "station/label.h"
#include "station/report.h"

enum {
    NP_LEDGER_UID_SIZE = 64, /* of a part: a chip's serial in hex, a modem's UUID; with its NUL */
    NP_LEDGER_CERTIFICATE_MAX = 2048,
};

typedef struct np_ledger np_ledger;

typedef struct np_ledger_options {
    const np_record_storage *record; /* these are borrowed */
    const np_record_storage *intents;
    const np_signing *station;
    np_bytes station_name;
    np_bytes batch;
    np_bytes issuer; /* the signer's certificate, DER */
    np_bytes tool_version;
    const np_authorization *authorization; /* verified; NULL: none */
    bool counts;                           /* its units by this record: no registry does */
    const uint8_t *station_digest;         /* SHA-256 of the station's public key */
    const char *profile;
    const np_record_hash *head; /* an earlier head, to be looked for; NULL: none */
    const np_serials *serials;
    uint64_t first; /* number of the first serial of a pattern */
    np_on_conflict on_conflict;
    np_report *report; /* is told what the record has, at the beginning; NULL: nobody is */
} np_ledger_options;

typedef struct np_ledger_found {
    np_record_found record;
    uint64_t interrupted; /* units that a crash had left in work; each has its line now */
    uint64_t authorized;  /* units under the authorization */
    bool has_head;        /* the line with the earlier head is there */
} np_ledger_found;

/*
 * Opens or begins both files; writes the lines of units that were interrupted. Errors as
 * np_record_open. now: seconds since 1970.
 */
NP_MUST_USE np_code np_ledger_open(const np_ledger_options *options, int64_t now, np_ledger **ret,
                                   np_ledger_found *ret_found, np_error *err);

/* Accepts NULL. Signs nothing: np_ledger_seal does. */
void np_ledger_free(np_ledger *ledger);

static inline void np_ledger_free_at(np_ledger **ledger)
{
    np_ledger_free(*ledger);
}

/* A unit as the ledger sees it, seen from a bay. */
typedef struct np_ledger_view {
    np_unit_memory memory;
    char serial[NP_UNIT_SERIAL_SIZE]; /* which it is to have */
    unsigned attempt;                 /* this one, from 1 on: failures of the unit count */
    bool has_certificate;             /* one was issued to the part with this serial */
    uint8_t cert_sha256[NP_SHA256_SIZE];
    char label[NP_LABEL_TEXT_SIZE]; /* its label is printed, says this, and was not read back */
} np_ledger_view;

/*
 * A part is in the bay (its number is below NP_STATION_BAYS_MAX). serial: what was scanned; empty
 * for a pattern, whose next serial is offered unless the part is known: it then keeps its own, as
 * it does with on_conflict = keep. NP_EPOLICY when a pattern has no serials left, or nothing was
 * scanned.
 */
NP_MUST_USE np_code np_ledger_look(np_ledger *ledger, unsigned bay, np_bytes serial, np_bytes uid,
                                   np_ledger_view *ret, np_error *err);

/*
 * Serial and part that were looked at belong together from here on, and count as one unit.
 * NP_EPOLICY when another bay has one of them in work, all that is authorized is counted, or
 * the authorization does not cover serial, station or time; not for a part that has its certificate
 * already.
 */
NP_MUST_USE np_code np_ledger_claim(np_ledger *ledger, unsigned bay, np_bytes bay_name, int64_t now,
                                    np_error *err);

/* A certificate was signed for the claimed unit. NP_EPOLICY when another unit has this key. */
NP_MUST_USE np_code np_ledger_issue(np_ledger *ledger, unsigned bay, np_bytes der, np_error *err);

/* The claimed unit's label is printed; what a scanner is to read on it. */
NP_MUST_USE np_code np_ledger_label(np_ledger *ledger, unsigned bay, np_bytes label, np_error *err);

/* A second part of a unit that passed: it has a line of its own. */
typedef struct np_ledger_second {
    np_bytes uid;
    np_bytes certificate; /* DER */
    np_record_unit facts; /* device_id as well: it is the line's serial */
} np_ledger_second;

/* How a unit ended. */
typedef struct np_ledger_end_of {
    np_result result;
    np_code code;         /* of a result that is no pass */
    np_bytes message;     /* and in words */
    np_bytes certificate; /* DER; of a pass */
    np_bytes bay;
    np_bytes board;
    int64_t started;
    int64_t finished;
    /* device_id if it is another than the serial, model, imei, origin, where, sku, evidence,
     * operator, tags; the rest is the ledger's */
    np_record_unit facts;
    const np_ledger_second *second; /* NULL: none */
} np_ledger_end_of;

/*
 * Its line, and the bay is free. A unit that was looked at and not claimed has a line too, which
 * takes nobody's serial. NP_ECONFLICT_OTHER when the certificate is not the one that was issued.
 */
NP_MUST_USE np_code np_ledger_end(np_ledger *ledger, unsigned bay, const np_ledger_end_of *end,
                                  np_error *err);

/* The bay is free, and nothing is to be written down. A claimed unit counts as interrupted. */
void np_ledger_leave(np_ledger *ledger, unsigned bay);

/* What was claimed, issued and ended is durable. */
NP_MUST_USE np_code np_ledger_commit(np_ledger *ledger, np_error *err);

/* The station signs for all lines so far, durably. */
NP_MUST_USE np_code np_ledger_seal(np_ledger *ledger, int64_t now, np_error *err);

/* Lines that no signature covers yet. */
uint64_t np_ledger_unsigned(const np_ledger *ledger);

/* Where the record stands; for a registry. */
const np_record_chain *np_ledger_position(const np_ledger *ledger);
