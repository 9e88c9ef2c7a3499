/* SPDX-License-Identifier: Apache-2.0 */
/* A key as the command line asks for it: "id=18,slot=2". */
#pragma once

#include "base/error.h"
#include "psa/records.h"

typedef struct psa_wish {
    np_psa_request request;
    bool has_slot;
    uint64_t slot;
    bool has_fingerprint; /* of the public key, SHA-256 */
    uint8_t fingerprint[32];
} psa_wish;

/*
 * Words "name=value" with commas between them: id (decimal or 0x), slot, lifetime, alg (sha256 or
 * any), expect (64 hex digits). NP_EUSAGE names the word; a lifetime that no driver is asked for is
 * refused with the reason.
 */
NP_MUST_USE np_code psa_wish_parse(const char *text, np_psa_method method, psa_wish *ret,
                                   np_error *err);
