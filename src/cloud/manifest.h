/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Manifests of secure elements as Microchip's Trust Platform has them (specs of manifests 1, 2): a
 * JSON array, each element a flattened JWS (RFC 7515) about one chip. An element says nothing until
 * its signature is verified, with the certificate of a signer that the caller pins. The dates of
 * that certificate are not looked at: signers of manifests live for months, manifests for ever.
 */
#pragma once

#include "crypto/hash.h"
#include "crypto/p256.h"
#include "record/line.h"

enum {
    NP_MANIFEST_ELEMENT_MAX = 65536, /* bytes; real ones have about 4000 */
    NP_MANIFEST_DEPTH_MAX = 8,       /* of containers in one another; real ones have 5 */
    NP_MANIFEST_KEYS_MAX = 32,       /* of one chip, which has 16 slots */
    NP_MANIFEST_CHAIN_MAX = 4,       /* certificates of one key */
    NP_MANIFEST_ID_SIZE = 19,        /* 18 hex digits of a chip's serial, and a NUL */
    NP_MANIFEST_SIGNERS_MAX = 16,
    NP_MANIFEST_REASON_SIZE = 160,
};

/* Who may have signed. */
typedef struct np_manifest_signer {
    uint8_t key[NP_P256_POINT_SIZE];
    uint8_t thumbprint[NP_SHA256_SIZE]; /* of the certificate */
    uint8_t key_id[NP_SHA1_SIZE];       /* the certificate's own, else SHA-1 of 04 | key */
} np_manifest_signer;

typedef struct np_manifest_signers {
    np_manifest_signer at[NP_MANIFEST_SIGNERS_MAX];
    size_t count;
} np_manifest_signers;

/* NP_EINPUT_FORMAT when it is no certificate, NP_EINPUT_KEY when its key is not of P-256. */
NP_MUST_USE np_code np_manifest_signer_read(np_bytes certificate, np_manifest_signer *ret,
                                            np_error *err);

typedef struct np_manifest_entry {
    uint64_t number; /* in the array, counted from 1 */
    bool is_refused;
    char unique_id[NP_MANIFEST_ID_SIZE]; /* empty when a refused one does not get that far */
    char reason[NP_MANIFEST_REASON_SIZE];
    size_t line_len;
    uint8_t line[NP_RECORD_LINE_MAX]; /* an accepted one: JSON, canonical, without a line feed */
} np_manifest_entry;

/*
 * Reads and verifies one element; every fault of the element is a reason, not an error. *ret has
 * the line with the members that a record has for them: uid, serial (the common name of the
 * certificate, else the uid), cert, chain and so on; the chip's further keys are in keys.
 * NP_ESTATION_CRYPTO. One verifier is for one thread at a time.
 */
NP_MUST_USE np_code np_manifest_read(const np_manifest_signers *signers, np_p256_verifier *verifier,
                                     np_bytes element, np_manifest_entry *ret, np_error *err);
