/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The end of a batch: how many units it has, their Merkle root, and the station's signature, which
 * covers every line before it because prev is signed too. Signed is the line's text without its
 * last member, which is the signature.
 */
#pragma once

#include "crypto/signing.h"
#include "record/line.h"

enum { NP_RECORD_BATCH_MAX = 32 /* so that a proof stays below 1 kB. Not tuned otherwise */ };

typedef struct np_record_trailer {
    np_bytes batch; /* UTF-8, may be empty */
    uint64_t count;
    uint64_t first;     /* seq of the first unit */
    uint64_t recovered; /* units that a run found without a trailer when it opened the record */
    uint64_t seq;
    int64_t finished; /* seconds since 1970 */
    np_record_hash prev;
    np_record_hash root;
    np_record_hash key; /* SHA-256 of the station's SubjectPublicKeyInfo */
    uint8_t signature[NP_P256_SIGNATURE_SIZE];
} np_record_trailer;

/* NP_EINPUT_RANGE or NP_EINPUT_FORMAT when the name of a batch cannot stand in a trailer. */
NP_MUST_USE np_code np_record_check_batch(np_bytes batch, np_error *err);

/* Signs; the rest is filled in already. */
NP_MUST_USE np_code record_trailer_sign(np_record_trailer *trailer, const np_signing *signing,
                                        np_error *err);

void record_trailer_write(const np_record_trailer *trailer, np_writer *writer);

/* NP_EINPUT_FORMAT unless the line is just what record_trailer_write would write. */
NP_MUST_USE np_code np_record_trailer_parse(const np_record_line *line, np_record_trailer *ret,
                                            np_error *err);

/* NP_EINPUT_FORMAT when the signature is not of this key. */
NP_MUST_USE np_code np_record_trailer_verify(const np_record_trailer *trailer,
                                             const uint8_t station_key[static NP_P256_POINT_SIZE],
                                             np_error *err);
