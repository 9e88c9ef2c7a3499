/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A proof that one unit's line stands in a batch that a station signed, without the other lines:
 * below 1 kB for batches up to sixteen million units. The form is in doc/formats/record.md.
 */
#pragma once

#include "record/trailer.h"

enum {
    NP_RECORD_PROOF_FIXED = 184,
    NP_RECORD_PROOF_PATH_MAX = 63,
    NP_RECORD_PROOF_MAX =
        NP_RECORD_PROOF_FIXED + NP_RECORD_BATCH_MAX + 32 * NP_RECORD_PROOF_PATH_MAX,
};

typedef struct np_record_proof {
    uint64_t seq; /* of the unit */
    np_record_hash leaf;
    np_record_path path;
    np_record_trailer trailer; /* key and root are not stored: they follow */
} np_record_proof;

void np_record_proof_encode(const np_record_proof *proof, np_writer *writer);

/* NP_EINPUT_FORMAT, NP_EINPUT_RANGE. The batch's name is a slice of bytes. */
NP_MUST_USE np_code np_record_proof_decode(np_bytes bytes, np_record_proof *ret, np_error *err);

/*
 * Does the line (without its line feed) belong to the trailer, and is that of this station key?
 * NP_EINPUT_FORMAT with the reason if not. Completes the trailer.
 */
NP_MUST_USE np_code np_record_proof_check(np_record_proof *proof, np_bytes unit_text,
                                          const uint8_t station_key[static NP_P256_POINT_SIZE],
                                          np_error *err);
