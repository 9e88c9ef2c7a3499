/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record says about one unit: the members of the canonical record (specs of factory 5.1).
 * All are slices of the caller's and are left out of the line when they are empty.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "crypto/hash.h"
#include "record/line.h"

typedef struct np_record_pair {
    np_bytes name; /* UTF-8 without quotes, backslashes and control characters */
    np_bytes value;
} np_record_pair;

enum { NP_RECORD_CHAIN_MAX = 4 };

typedef struct np_record_unit {
    /* identity: texts in UTF-8 */
    np_bytes serial; /* the manufacturer's; must be there */
    np_bytes device_id;
    np_bytes uid; /* chip serial or UUID, as text */
    np_bytes imei;
    np_bytes mac; /* JSON: an array of strings */
    np_bytes model;
    np_bytes hw_rev;
    np_bytes sku;
    /* key */
    np_bytes spki_sha256;
    np_bytes public_key; /* SubjectPublicKeyInfo, DER */
    np_bytes alg;
    np_bytes origin; /* "chip", "modem", "imported", "host" */
    np_bytes where;
    /* certificate */
    np_bytes cert;                       /* DER */
    np_bytes chain[NP_RECORD_CHAIN_MAX]; /* DER, the issuer first; ends at the first empty one */
    np_bytes cert_sha256;
    np_bytes cert_sha1;
    np_bytes ski;
    np_bytes aki;
    np_bytes cert_serial; /* content of the INTEGER */
    np_bytes not_before;  /* text */
    np_bytes not_after;
    np_bytes issuer_id; /* SHA-256 of the issuer's certificate */
    /* evidence: JSON in canonical form where it is no text */
    np_bytes attestation;
    np_bytes config_sha256;
    np_bytes lock_state;
    np_bytes verify;
    np_bytes fw;
    /* process */
    np_bytes batch;
    np_bytes authorization_id;
    np_bytes station;
    np_bytes bay;
    np_bytes op; /* the operator */
    np_bytes started;
    np_bytes finished;
    np_bytes attempt; /* JSON: a number from 1 on */
    np_bytes result;  /* "pass"; else what came of it instead */
    np_bytes failure; /* the error's name, where it is no pass */
    np_bytes tool_version;
    /* routing */
    np_bytes tags; /* JSON: an array of strings */
    np_bytes group;
    const np_record_pair *attributes; /* by the bytes of their names, each name once */
    size_t attribute_count;
} np_record_unit;

enum { NP_RECORD_TIME_SIZE = 21 };

/* What a certificate's members point into. */
typedef struct np_record_facts {
    uint8_t cert_sha256[NP_SHA256_SIZE];
    uint8_t cert_sha1[NP_SHA1_SIZE];
    uint8_t spki_sha256[NP_SHA256_SIZE];
    char not_before[NP_RECORD_TIME_SIZE];
    char not_after[NP_RECORD_TIME_SIZE];
} np_record_facts;

/*
 * Fills all members that a certificate tells, with slices of der and of facts, which must live as
 * long as the unit. NP_EINPUT_FORMAT when it is no certificate.
 */
NP_MUST_USE np_code np_record_unit_take_certificate(np_record_unit *unit, np_bytes der,
                                                    np_record_facts *facts, np_error *err);

/*
 * Do the hashes that a unit's line has belong to the certificate and the key that it has?
 * NP_EINPUT_FORMAT names the member that does not. Members that are not there are not missed.
 */
NP_MUST_USE np_code record_unit_check(const np_record_line *line, np_error *err);

/*
 * The line without its line feed. NP_EINPUT_FORMAT for a text that is no UTF-8, JSON that is not
 * canonical, or no serial; NP_EUSAGE for attributes out of order. Too long is the writer's affair.
 */
NP_MUST_USE np_code record_unit_write(const np_record_unit *unit, uint64_t seq,
                                      const uint8_t prev[static NP_SHA256_SIZE], np_writer *writer,
                                      np_error *err);
