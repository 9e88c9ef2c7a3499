/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a modem says of itself and signs (specs of the modem 3): the reply to %KEYGEN, which is a
 * certificate request or a public key with an attestation, and the token of %ATTESTTOKEN. Parsed
 * into slices of the token's own bytes, and made, for modems that are not there. Whether the
 * signature is good, attestation.h tells; what the request says, x509/csr.h. No heap.
 */
#pragma once

#include "crypto/signing.h"
#include "modem/cose.h"

enum {
    NP_TOKEN_TEXT_MAX = 4096, /* characters; real ones have up to 575 */
    NP_TOKEN_BYTES_MAX = NP_TOKEN_TEXT_MAX / 4 * 3,
    NP_TOKEN_UUID_SIZE = 16,
    NP_TOKEN_NONCE_SIZE = 16,
    NP_TOKEN_DIGEST_SIZE = 32,
    NP_TOKEN_UUID_TEXT_SIZE = 37, /* and NUL */
};

typedef enum np_token_kind {
    NP_TOKEN_REQUEST,     /* KEYGEN: the body is a certificate request in DER */
    NP_TOKEN_PUBLIC_KEY,  /* KEYGEN: the body is a SubjectPublicKeyInfo */
    NP_TOKEN_ATTESTATION, /* ATTESTTOKEN: the body says who the device is */
    NP_TOKEN_KIND_COUNT
} np_token_kind;

/* "request", "public-key", "attestation" */
const char *np_token_kind_name(np_token_kind kind);

/* What stands in the first place of a KEYGEN attestation. */
enum {
    NP_TOKEN_PUBLIC_KEY_MESSAGE = 8,
    NP_TOKEN_REQUEST_MESSAGE = 9,
    NP_TOKEN_IDENTITY_MESSAGE = 1
};

typedef struct np_token {
    np_token_kind kind;
    bool has_attestation; /* the part behind the dot; without it only kind and body are known */
    uint8_t uuid[NP_TOKEN_UUID_SIZE];
    np_bytes nonce; /* 16 bytes */
    /* of KEYGEN */
    unsigned payload_id;
    uint32_t sec_tag;
    np_bytes digest; /* 32 bytes: what the attestation says is the SHA-256 of the body */
    /* of ATTESTTOKEN */
    unsigned device_type;
    np_bytes firmware_uuid; /* 16 bytes; zeros: none */
    /* the two parts, and the signature over them */
    np_bytes body;
    np_bytes attestation;
    np_cose_sign1 message;
    /* The slices point in here: do not copy the structure. */
    uint8_t bytes[NP_TOKEN_BYTES_MAX];
} np_token;

/*
 * A token alone, the modem's line with it (`%KEYGEN: "..."`), or a whole recorded answer. Padding
 * of Base64 may be there. NP_EINPUT_FORMAT names the part that is wrong, NP_EINPUT_RANGE when it is
 * too long.
 */
NP_MUST_USE np_code np_token_parse(np_bytes text, np_token *ret, np_error *err);

/* "nRF9160 SICA"; NULL for a number that no source names (specs of the modem 1.2). */
const char *np_token_device_type_name(unsigned type);

/* "50503041-3539-47eb-807b-102dbb423b9a" */
void np_token_format_uuid(const uint8_t uuid[static NP_TOKEN_UUID_SIZE],
                          char ret_text[static NP_TOKEN_UUID_TEXT_SIZE]);

/* What the signature covers besides the payload (specs of the modem 3.5). */
typedef enum np_token_form {
    NP_TOKEN_FORM_A, /* the body: ATTESTTOKEN, and KEYGEN of firmware of 2021 */
    NP_TOKEN_FORM_B, /* nothing: KEYGEN of newer firmware, whose payload has the body's digest */
    NP_TOKEN_FORM_COUNT
} np_token_form;

/* What a modem puts into a token. */
typedef struct np_token_facts {
    np_token_kind kind;
    uint8_t uuid[NP_TOKEN_UUID_SIZE];
    uint8_t nonce[NP_TOKEN_NONCE_SIZE];
    /* of KEYGEN */
    np_token_form form;
    uint32_t sec_tag;
    np_bytes body; /* the request or the public key in DER */
    /* of ATTESTTOKEN */
    unsigned device_type;
    uint8_t firmware_uuid[NP_TOKEN_UUID_SIZE];
} np_token_facts;

/*
 * Makes the text of the token, signed with the identity key. NP_EINPUT_RANGE when the body is too
 * long, and what the signing returns.
 */
NP_MUST_USE np_code np_token_make(const np_token_facts *facts, const np_signing *identity,
                                  np_writer *writer, np_error *err);
