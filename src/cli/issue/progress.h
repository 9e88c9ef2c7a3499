/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One line on a terminal while many units pass: how many, how fast, how long it will still take.
 * A part of a run (signer/issue.h), and the one that ends it between two groups when a signal came.
 */
#pragma once

#include "cli/issue/input.h"
#include "cli/progress.h"

typedef struct cli_issue_progress {
    const cli_issue_input *input;
    cli_progress line;
    uint64_t units;
} cli_issue_progress;

/* Not shown when it is not wanted or stderr is no terminal. */
void cli_issue_progress_begin(const cli_issue_input *input, bool is_wanted,
                              cli_issue_progress *ret);

/* reserve: NP_EINTERRUPTED when a signal waits (cli/signals.h). */
np_issue_part cli_issue_progress_part(cli_issue_progress *progress);

/* Takes the line away. */
void cli_issue_progress_end(const cli_issue_progress *progress);
