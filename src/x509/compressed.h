/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The 72-byte compressed certificate (Microchip DS20006367A; specs of NervesKey 2.4, 2.5): the
 * signature, three bytes of dates and four of identifiers; everything else a template supplies.
 * Pure.
 */
#pragma once

#include "x509/certificate.h"

enum {
    NP_DATES_SIZE = 3,
    NP_CERTIFICATE_SERIAL_SIZE = 16,
    NP_DATES_FIRST_YEAR = 2000,
    NP_DATES_LAST_YEAR = 2031, /* five bits of year */
    NP_DATES_MAX_YEARS = 31,   /* five bits of validity; 0 means no expiry */
};

/* Where the certificate serial number comes from; the nibble as stored. */
typedef enum np_serial_source {
    NP_SERIAL_STORED = 0x0,
    NP_SERIAL_FROM_PUBLIC_KEY = 0xa,
    NP_SERIAL_FROM_CHIP_SERIAL = 0xb,
    NP_SERIAL_BY_NIBBLE = 0x10, /* of a profile, never stored: from either of the two above */
} np_serial_source;

typedef struct np_compressed {
    uint8_t signature[64];
    uint8_t dates[NP_DATES_SIZE];
    uint16_t signer_id;
    uint8_t template_id;
    uint8_t chain_id;
    uint8_t serial_source; /* np_serial_source, or a value that no rule knows */
} np_compressed;

void np_compressed_encode(const np_compressed *compressed, uint8_t ret[static NP_COMPRESSED_SIZE]);

/* NP_EINPUT_FORMAT when the format version is not 0, the reserved byte not 0, or all bytes are 0.
 */
NP_MUST_USE np_code np_compressed_decode(const uint8_t bytes[static NP_COMPRESSED_SIZE],
                                         np_compressed *ret, np_error *err);

/*
 * Exact or not at all: whole hours, issue year 2000 to 2031, the same month, day and hour 1 to 31
 * years later, or 9999-12-31 23:59:59 for no expiry. NP_EINPUT_TIME names what does not fit.
 */
NP_MUST_USE np_code np_dates_encode(const np_validity *validity, uint8_t ret[static NP_DATES_SIZE],
                                    np_error *err);

/* Reads what NervesKey reads, 0 years (no expiry) included. NP_EINPUT_FORMAT when it is no date. */
NP_MUST_USE np_code np_dates_decode(const uint8_t dates[static NP_DATES_SIZE], np_validity *ret,
                                    np_error *err);

/*
 * The validity to issue with at this moment: the hour begun, plus so many years; 29 February counts
 * as the 28th. NP_EINPUT_TIME from 2032 on or before 2000, NP_EINPUT_RANGE unless 1 to 31 years.
 */
NP_MUST_USE np_code np_validity_at(int64_t now, unsigned years, np_validity *ret, np_error *err);

/*
 * May a signer with this validity sign at this moment? NP_EINPUT_TIME when it has expired or is not
 * yet valid, with both times.
 */
NP_MUST_USE np_code np_validity_check_signer(const np_validity *validity, int64_t now,
                                             np_error *err);

/* SHA-256(input | dates), the first 16 bytes, top bits 01. Input: 64-byte key or 9-byte serial. */
void np_certificate_serial(np_bytes input, const uint8_t dates[static NP_DATES_SIZE],
                           uint8_t ret[static NP_CERTIFICATE_SERIAL_SIZE]);

/*
 * Do the readers that exist rebuild this signature correctly? They keep leading zeros, so the first
 * nine bits of r and of s must not all be zero (specs of NervesKey 12, item 1).
 */
bool np_signature_suits_old_readers(const uint8_t signature[static 64]);
