/* SPDX-License-Identifier: Apache-2.0 */
/* What a bay is made of, for the files of its parts. */
#pragma once

#include "station/bay.h"

/* The chip in a bay, as far as it is known. */
typedef struct bay_chip {
    np_station_chip link;
    bool is_open;
    bool is_held;
    bool is_fresh; /* the snapshot was taken in this session */
    np_atecc device;
    np_snapshot snapshot;
    np_plan plan;
    np_apply_result result;
    bool is_made; /* result is whole */
    np_step_kind step;
} bay_chip;

/* And the modem. */
typedef struct bay_modem {
    np_station_modem link;
    bool is_open;
    bool is_fresh;
    np_modem modem;
    np_nordic_snapshot snapshot;
    char id[NP_NORDIC_ID_MAX + 1];
    np_nordic_request request;
    np_nordic_plan plan;
    np_nordic_result result;
    bool is_made;
} bay_modem;

/* What a unit was found good in; in the order that the record's JSON has. */
typedef enum bay_verified {
    BAY_VERIFIED_CHALLENGE,
    BAY_VERIFIED_GATEWAY,
    BAY_VERIFIED_LABEL,
    BAY_VERIFIED_MODEM,
    BAY_VERIFIED_SCAN,
    BAY_VERIFIED_COUNT
} bay_verified;

struct station_bay {
    station_shared *shared;
    unsigned index;
    const np_station_bay *config;
    np_bay_state state;
    bool is_known;                     /* the state was told */
    char last_uid[NP_LEDGER_UID_SIZE]; /* what is there and has its result; empty: nothing */
    char scanned[NP_UNIT_SERIAL_SIZE];
    unsigned ended; /* units */
    /* the unit in work */
    np_work work;
    char uid[NP_LEDGER_UID_SIZE];
    np_ledger_view view;
    int64_t started_ms;
    np_error error;
    bool is_seen;  /* the ledger knows that it is here */
    bool is_noted; /* its certificate is */
    station_job look;
    station_job claim;
    station_job issue;
    station_job labelled;
    station_job end;
    uint8_t certificate[NP_LEDGER_CERTIFICATE_MAX];
    size_t certificate_len;
    bool is_verified[BAY_VERIFIED_COUNT];
    char verify[192];               /* the same as JSON */
    char label[NP_LABEL_TEXT_SIZE]; /* what its code says */
    bay_chip chip;
    bay_modem modem;
};

/* A step of the unit, for who watches. */
void bay_tell_step(station_bay *bay, const char *step);

/* Its state now, told; code and err: what is the matter. */
void bay_tell_state(station_bay *bay, np_bay_state state, np_code code, const np_error *err);

/* The unit, for those at the end of the line. */
np_station_made bay_made(const station_bay *bay);

/* Ends the sessions with the parts that are open, and closes their wires. */
NP_MUST_USE np_code bay_close_parts(station_bay *bay, np_error *err);

/* Prints the label, unless it was and the unit was interrupted before it was scanned. */
NP_MUST_USE np_code bay_label(station_bay *bay, np_error *err);

/*
 * Waits until it is scanned. NP_EDEVICE_VERIFY when another one was too often, NP_EINTERRUPTED when
 * the line ends before.
 */
NP_MUST_USE np_code bay_scan(station_bay *bay, np_error *err);

/* What has to be on disk before a step. */
NP_MUST_USE np_code bay_await_claim(station_bay *bay, np_error *err);
NP_MUST_USE np_code bay_await_note(station_bay *bay, np_error *err);

/* The claim is durable, and a registry has counted the unit. */
NP_MUST_USE np_code bay_reserve(station_bay *bay, const char *common_name,
                                const uint8_t key_sha256[static NP_SHA256_SIZE], np_error *err);

/* The unit's certificate; and the recorder shall note that it was issued. */
NP_MUST_USE np_code bay_keep_certificate(station_bay *bay, np_bytes der, np_error *err);
void bay_note_certificate(station_bay *bay);

NP_MUST_USE np_code bay_modem_close(station_bay *bay, np_error *err);
NP_MUST_USE np_code bay_modem_open(station_bay *bay, bool is_whole,
                                   char ret_imei[static NP_IMEI_SIZE], np_error *err);
NP_MUST_USE np_code bay_modem_plan(station_bay *bay, np_unit_sight *ret, np_error *err);

/* Has it attested that it is the device whose name it gives? Nothing where nobody asks. */
NP_MUST_USE np_code bay_modem_judge(station_bay *bay, np_error *err);
NP_MUST_USE np_code bay_modem_apply(station_bay *bay, np_error *err);

/* Ends the session and closes the wire, if it is open. */
NP_MUST_USE np_code bay_chip_close(station_bay *bay, np_error *err);

/* Opens; reads who it is into uid, or with is_whole all that is to be known. */
NP_MUST_USE np_code bay_chip_open(station_bay *bay, bool is_whole, np_error *err);

/* The plan for the serial of the view, and what the chip is, seen so. */
NP_MUST_USE np_code bay_chip_plan(station_bay *bay, np_unit_sight *ret, np_error *err);
NP_MUST_USE np_code bay_chip_apply(station_bay *bay, np_error *err);

/* The checks that the product asks for besides; what passed goes into verify. */
NP_MUST_USE np_code bay_chip_check(station_bay *bay, np_error *err);
