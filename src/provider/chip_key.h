/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key as the provider has it: one in a chip, or the public key of a peer. Never changed once it
 * is complete, so that threads share it.
 */
#pragma once

#include "provider/root.h"

enum { FACE_POINT_OCTETS = 65, FACE_DIGEST_SIZE = 32, FACE_SIGNATURE_MAX = 72 };

/* P-256 has one name in OpenSSL's parameters. */
#define FACE_GROUP "prime256v1"

/* What decoders and keys agree on in object parameters. */
#define FACE_KEY_TYPE  "EC"
#define FACE_STRUCTURE "nameplate-key-reference"

typedef struct face_key {
    face_root *root;
    atomic_uint users;
    bool has_point;
    np_key_reference reference; /* of a peer: the point alone */
    face_chip *chip;            /* NULL: a peer's */
} face_key;

/* Without point and chip; NULL: no memory. */
face_key *face_key_new(face_root *root);

/* A key in a chip; touches no bus. */
NP_MUST_USE np_code face_key_from_reference(face_root *root, const np_key_reference *reference,
                                            face_key **ret, np_error *err);
face_key *face_key_share(face_key *key);
void face_key_free(face_key *key);

static inline void face_key_clear(face_key **key)
{
    face_key_free(*key);
}

/* 04|X|Y */
void face_key_write_point(const face_key *key, uint8_t ret[static FACE_POINT_OCTETS]);

/* A digest of any length, cut or padded as ECDSA says (SEC 1 4.1.3), signed by the chip; in DER. */
NP_MUST_USE np_code face_key_sign(face_key *key, np_bytes digest, np_writer *writer, np_error *err);

/* Verified by libcrypto in the provider's own context: the chip is not asked. */
bool face_key_verify(const face_key *key, np_bytes digest, np_bytes signature);

/* ECDH with a peer's key, computed by the chip. */
NP_MUST_USE np_code face_key_agree(face_key *key, const face_key *peer, uint8_t ret[static 32],
                                   np_error *err);
