/* SPDX-License-Identifier: Apache-2.0 */
/* An authorization's file, as commands and stations read it. */
#pragma once

#include "files/load.h"
#include "registry/issuance.h"
#include "signer/authorization.h"

typedef struct np_authorization_file {
    np_file file; /* which the texts are slices of */
    np_authorization terms;
    char id[2 * NP_AUTHORIZATION_ID_SIZE + 1];
} np_authorization_file;

/* Parsed, and no more. Errors name the file. */
NP_MUST_USE np_code np_authorization_file_load(const char *path, np_authorization_file *ret,
                                               np_error *err);

/* For NP_CLEANUP; accepts all zero. */
void np_authorization_file_clear(np_authorization_file *authorization);

/* Is it signed with the public key in this file? What np_authorization_verify says. */
NP_MUST_USE np_code np_authorization_file_verify(const np_authorization_file *authorization,
                                                 const char *path, const char *key_path,
                                                 np_error *err);

/* As a registry counts it; slices of the authorization. */
np_issuance_terms np_authorization_file_issuance(const np_authorization_file *authorization,
                                                 const uint8_t station[static 32]);
