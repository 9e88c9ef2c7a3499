/* SPDX-License-Identifier: Apache-2.0 */
/* One line on a terminal while much passes: how many, how fast, how long it will still take. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef struct cli_progress {
    const char *noun; /* plural, of what is counted */
    bool is_shown;
    double begun; /* monotonic seconds */
    double shown;
} cli_progress;

/* Not shown when it is not wanted or stderr is no terminal. */
void cli_progress_begin(const char *noun, bool is_wanted, cli_progress *ret);

/* So many passed, which is this share of all, 0 to 1; 0: nobody knows. Shown twice a second. */
void cli_progress_step(cli_progress *progress, uint64_t count, double share);

/* Takes the line away. */
void cli_progress_end(const cli_progress *progress);
