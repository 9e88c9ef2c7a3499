/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows of the CSV files around nRF Cloud (specs of nrfcloud 1.6, 1.8, 5.2). Writing asks no rules:
 * np_nrf_row_check does, before. No heap, no files.
 */
#pragma once

#include "base/bytes.h"
#include "base/csv.h"
#include "base/error.h"

enum {
    NP_NRF_ROWS_MAX = 1000,     /* that the service takes in one call */
    NP_NRF_ID_MAX = 64,         /* its API takes 128, a common name has 64 (X.520) */
    NP_NRF_ROW_MAX = 16 * 1024, /* bytes; a certificate is below 4096 in DER. Not tuned */
};

/* Characters besides letters and digits. */
#define NP_NRF_ID_MARKS  ":_-"
#define NP_NRF_TAG_MARKS "_.@:#-"

/* A device as it is uploaded. Slices are borrowed; all but id and certificate may be empty. */
typedef struct np_nrf_row {
    np_bytes id;
    np_bytes sub_type;
    np_bytes tags;           /* with | between them, as are the firmware types */
    np_bytes firmware_types; /* of APP, MODEM, BOOT, SOFTDEVICE, BOOTLOADER, MDM_FULL */
    np_bytes certificate;    /* PEM, its last line ended too */
} np_nrf_row;

/* deviceId,subType,tags,fwTypes,certPem and a line feed. */
void np_nrf_row_write(np_writer *writer, const np_nrf_row *row);

/* "token" or "token","tag,tag" and a line feed: one device of a claim. No tags: NULL. */
void np_nrf_claim_row_write(np_writer *writer, np_bytes token, np_bytes tags);

/* id,firmware,imei and a line feed, as they are: none of the three has a comma. */
void np_nrf_info_row_write(np_writer *writer, np_bytes id, np_bytes firmware, np_bytes imei);

/* What is known of a device that shall be claimed. The time is text, ISO 8601. */
typedef struct np_nrf_attestation {
    np_bytes imei;
    np_bytes uuid;
    np_bytes token;
    np_bytes time;
} np_nrf_attestation;

void np_nrf_attestation_row_write(np_writer *writer, const np_nrf_attestation *row);

/* The certificate of a row, looked into: 64 bytes X|Y of its key. */
typedef struct np_nrf_key {
    uint8_t point[64];
} np_nrf_key;

/*
 * What the service refuses, found out before it is asked: NP_EINPUT_FORMAT or NP_EINPUT_RANGE for
 * an id, a sub type, a tag or a firmware type that it does not take, and for a certificate that
 * cannot be read or whose common name is not the id; NP_EINPUT_KEY for a key that is not P-256.
 */
NP_MUST_USE np_code np_nrf_row_check(const np_nrf_row *row, np_nrf_key *ret, np_error *err);

/* The same for texts alone, before there is a certificate. */
NP_MUST_USE np_code np_nrf_texts_check(const np_nrf_row *row, np_error *err);

/* Room for what the fields of one row say. */
typedef struct np_nrf_row_text {
    uint8_t bytes[NP_NRF_ROW_MAX];
} np_nrf_row_text;

/* From a row of a file. NP_EINPUT_FORMAT unless it has five fields, NP_EINPUT_RANGE for too much.
 */
NP_MUST_USE np_code np_nrf_row_read(const np_csv_row *from, np_nrf_row_text *text, np_nrf_row *ret,
                                    np_error *err);
