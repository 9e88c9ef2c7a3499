/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <stdio.h>
#include <time.h>
#include <unistd.h>

/* Not tuned: fast enough to be alive, slow enough to be read. */
static const double seconds_between = 0.5;

static double seconds_now(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

void cli_progress_begin(const char *noun, bool is_wanted, cli_progress *ret)
{
    double now = seconds_now();
    *ret = (cli_progress){.noun = noun,
                          .is_shown = is_wanted && isatty(STDERR_FILENO) != 0,
                          .begun = now,
                          .shown = now};
}

/* Blanks at the end: the line before may have been longer. */
static void show(const cli_progress *progress, uint64_t count, double spent, double share)
{
    unsigned long long left = share > 0 ? (unsigned long long)(spent / share * (1 - share)) : 0;
    fprintf(stderr, "\r%llu %s, %.0f a second", (unsigned long long)count, progress->noun,
            (double)count / spent);
    if (share > 0) {
        fprintf(stderr, ", %llu:%02llu:%02llu left   ", left / 3600, left / 60 % 60, left % 60);
    }
}

void cli_progress_step(cli_progress *progress, uint64_t count, double share)
{
    double now;
    if (!progress->is_shown) {
        return;
    }
    now = seconds_now();
    if (now - progress->shown >= seconds_between) {
        show(progress, count, now - progress->begun, share);
        progress->shown = now;
    }
}

void cli_progress_end(const cli_progress *progress)
{
    if (progress->is_shown && progress->shown > progress->begun) {
        fprintf(stderr, "\r%70s\r", "");
    }
}
