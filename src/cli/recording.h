/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --record on commands that make something: the record is opened and searched before anything
 * irreversible happens, and the unit's line is durable and signed before success is reported.
 * Everything here does nothing when --record is not given.
 */
#pragma once

#include "cli/command.h"
#include "files/key.h"
#include "record/file.h"
#include "record/record.h"

typedef struct cli_recording {
    const cli_arguments *arguments;
    np_record_file file;
    np_record_storage storage;
    np_p256_key *key;
    np_signing station;
    np_record *record; /* NULL: none was asked for */
    /* what is looked for when it is opened */
    np_bytes serial;
    np_bytes uid; /* empty: the unit has none that lasts */
    np_bytes issuer;
    int64_t started;
    /* what was found */
    uint64_t serial_line; /* with this serial and another uid; 0: none */
    uint64_t uid_line;    /* with this uid and another serial */
    uint64_t same_line;   /* with both */
    uint8_t same_cert_sha256[NP_SHA256_SIZE];
    bool knows_issuer; /* the header has its certificate */
} cli_recording;

/*
 * serial, uid and issuer (DER) must live as long as the recording. NP_EUSAGE when one of --record
 * and --station-key is missing; NP_EPOLICY when the serial or the uid is recorded for another unit;
 * else what np_record_open says.
 */
NP_MUST_USE np_code cli_recording_begin(const cli_arguments *arguments, np_bytes serial,
                                        np_bytes uid, np_bytes issuer, cli_recording *ret,
                                        np_error *err);

typedef struct cli_recorded {
    np_bytes certificate; /* DER */
    const char *model;    /* NULL: none */
    const char *origin;
    const char *where;
    const char *board;
} cli_recorded;

/*
 * Adds the unit and signs for it. A unit that is recorded already with this certificate is left as
 * it is; with another one, NP_ECONFLICT_OTHER.
 */
NP_MUST_USE np_code cli_recording_add(cli_recording *recording, const cli_recorded *unit,
                                      np_error *err);

/* For NP_CLEANUP; accepts all zero. */
void cli_recording_clear(cli_recording *recording);
