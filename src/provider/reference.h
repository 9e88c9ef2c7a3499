/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key reference: a small PEM file that names a key in a chip and holds no secret
 * (doc/formats/key-reference.md). Programs that want a file with a private key get it instead.
 * Pure; no heap, no libcrypto.
 */
#pragma once

#include "atecc/model.h"
#include "base/bytes.h"
#include "base/error.h"

#define NP_KEY_REFERENCE_LABEL "NAMEPLATE KEY REFERENCE"

enum {
    NP_KEY_REFERENCE_VERSION = 1,
    NP_KEY_REFERENCE_URI_MAX = 1023, /* a path and a query; not tuned */
    NP_KEY_REFERENCE_DER_MAX = 1200, /* with the longest URI 1149 */
    NP_KEY_REFERENCE_PEM_MAX = 1800, /* 4/3 of that, line ends, two boundaries */
};

typedef struct np_key_reference {
    char chip[NP_KEY_REFERENCE_URI_MAX + 1]; /* as np_link_open takes it; absolute paths */
    unsigned slot;                           /* 0 to 15 */
    np_chip_serial chip_serial;
    uint8_t point[64]; /* X|Y */
} np_key_reference;

/*
 * NP_EINPUT_MISSING when the bytes are something else than a key reference (its first element
 * tells), NP_EINPUT_FORMAT when they are a damaged one, NP_EINPUT_RANGE for another version.
 */
NP_MUST_USE np_code np_key_reference_decode(np_bytes der, np_key_reference *ret, np_error *err);

/* NP_EUSAGE for an empty URI, NP_EINPUT_RANGE for one that is too long or a slot above 15. */
NP_MUST_USE np_code np_key_reference_set(np_key_reference *reference, const char *chip,
                                         unsigned slot, np_error *err);

/* The reference is one that was set or decoded: it always fits. */
void np_key_reference_encode(const np_key_reference *reference, np_writer *writer);
