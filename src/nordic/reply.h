/* SPDX-License-Identifier: Apache-2.0 */
/* What a modem says about a key that it made: the request in the reply to KEYGEN, and its proof. */
#pragma once

#include "modem/modem.h"
#include "x509/csr.h"

/* Slices point into its own bytes: not to be copied. */
typedef struct np_nordic_reply {
    np_csr csr;
    np_bytes common_name;         /* empty: the request has none */
    char uuid[NP_UUID_TEXT_SIZE]; /* of the device, by its attestation; empty: it has none */
    size_t der_len;
    uint8_t der[NP_CSR_MAX];
} np_nordic_reply;

/*
 * Takes a reply apart and checks all that can be checked without the device's identity key: the
 * request is signed by its key, the attestation is of these bytes and of this tag. id is what the
 * common name must be; empty: the UUID of the attestation. NP_EINPUT_FORMAT when the reply is
 * damaged, NP_EDEVICE_VERIFY when it does not fit together.
 */
NP_MUST_USE np_code np_nordic_reply_check(const np_modem_token *token, np_sec_tag tag,
                                          const char *id, np_nordic_reply *ret, np_error *err);

/* The device's UUID in the answer to ATTESTTOKEN. NP_EINPUT_FORMAT. */
NP_MUST_USE np_code np_nordic_attested_uuid(const np_modem_token *token,
                                            char ret[static NP_UUID_TEXT_SIZE], np_error *err);
