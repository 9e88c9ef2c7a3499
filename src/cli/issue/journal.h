/* SPDX-License-Identifier: Apache-2.0 */
/* The journal of `issue` on disk: the record, the station's key, and the file of what was seen. */
#pragma once

#include "cli/command.h"
#include "cli/issue/authorization.h"
#include "record/file.h"
#include "signer/journal.h"

typedef struct cli_issue_journal {
    np_journal *journal;
    np_p256_key *key;
    np_signing station;
    np_record_file record_file;
    np_record_storage record;
    np_record_file spill_file; /* has no name */
    np_record_storage spill;
} cli_issue_journal;

/*
 * With or without --record, and an authorization, whose batch it is then; the issuer (DER) must
 * live as long. NP_EUSAGE when one of --record and
 * --station-key is missing, or --batch is there without them; what np_journal_open says.
 */
NP_MUST_USE np_code cli_issue_journal_open(const cli_arguments *arguments, np_bytes issuer,
                                           const cli_issue_authorization *authorization,
                                           cli_issue_journal *ret, np_error *err);

/* For NP_CLEANUP; accepts all zero. */
void cli_issue_journal_close(cli_issue_journal *journal);
