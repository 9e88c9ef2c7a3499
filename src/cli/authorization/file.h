/* SPDX-License-Identifier: Apache-2.0 */
/* An authorization's file, as the commands about it and `issue` read it. */
#pragma once

#include "cli/command.h"
#include "cli/file.h"
#include "registry/issuance.h"
#include "signer/authorization.h"

typedef struct cli_authorization {
    cli_file file; /* which the texts are slices of */
    np_authorization terms;
    char id[2 * NP_AUTHORIZATION_ID_SIZE + 1];
} cli_authorization;

/* Parsed, and no more. Errors name the file. */
NP_MUST_USE np_code cli_authorization_load(const char *path, cli_authorization *ret, np_error *err);

/* For NP_CLEANUP; accepts all zero. */
void cli_authorization_clear(cli_authorization *authorization);

/* Is it signed with the public key in this file? What np_authorization_verify says. */
NP_MUST_USE np_code cli_authorization_verify(const cli_authorization *authorization,
                                             const char *path, const char *key_path, np_error *err);

/* As a registry counts it; slices of the authorization. */
np_issuance_terms cli_authorization_issuance(const cli_authorization *authorization,
                                             const uint8_t station[static 32]);

/* What it says. */
void cli_authorization_put(const cli_authorization *authorization, cli_output *output);
