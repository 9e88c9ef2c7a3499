/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The authorization under which `issue` runs: whether it may, and each unit's count, by a registry
 * or, without one, by the record. Everything here does nothing when none is given and the signer's
 * configuration wants none.
 */
#pragma once

#include "cli/authorization/file.h"
#include "signer/journal.h"

typedef struct cli_issue_authorization {
    bool is_given;
    np_authorization_file file;
    const char *profile;
    uint8_t station[32]; /* SHA-256 of its public key */
    np_store *store;     /* NULL: no registry */
    np_issuance_found found;
    np_record_hash head; /* the record's, as the registry knows it */
    np_issuance issuance;
    const np_journal *journal;
    bool has_record;
    uint64_t counted;        /* without a registry */
    np_issuance_unit *units; /* heap: of one group */
} cli_issue_authorization;

/*
 * Reads and judges: pinned authority, signature, time, station, profile; opens the registry.
 * NP_EPOLICY says what is not allowed, NP_EUSAGE what is missing on the command line.
 */
NP_MUST_USE np_code cli_issue_authorization_open(const cli_arguments *arguments,
                                                 cli_issue_authorization *ret, np_error *err);

/*
 * The record is open now: was it rolled back? Begins to count. NP_EPOLICY when record and registry
 * do not fit together.
 */
NP_MUST_USE np_code cli_issue_authorization_begin(cli_issue_authorization *authorization,
                                                  const cli_arguments *arguments,
                                                  const np_journal *journal, np_error *err);

/* Stands between the journal and the output. */
np_issue_part cli_issue_authorization_part(cli_issue_authorization *authorization);

/* For NP_CLEANUP; accepts all zero. */
void cli_issue_authorization_close(cli_issue_authorization *authorization);
