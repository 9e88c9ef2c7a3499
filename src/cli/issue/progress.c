/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/issue/progress.h"

#include "cli/signals.h"
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

void cli_issue_progress_begin(const cli_issue_input *input, bool is_wanted, cli_issue_progress *ret)
{
    double now = seconds_now();
    *ret = (cli_issue_progress){.input = input,
                                .is_shown = is_wanted && isatty(STDERR_FILENO) != 0,
                                .begun = now,
                                .shown = now};
}

static np_code stop_when_told(void *self, np_issue_group *group, np_error *err)
{
    (void)self;
    (void)group;
    if (!cli_signals_take()) {
        return NP_OK;
    }
    np_error_set(err, NP_EINTERRUPTED, "interrupted");
    return np_error_hint(err, NP_EINTERRUPTED, "run the same command again: it goes on from here");
}

/* Blanks at the end: the line before may have been longer. */
static void show(cli_issue_progress *progress, double now)
{
    double spent = now - progress->begun;
    double share = cli_issue_input_share(progress->input);
    unsigned long long left = share > 0 ? (unsigned long long)(spent / share * (1 - share)) : 0;
    fprintf(stderr, "\r%llu units, %.0f a second, %llu:%02llu:%02llu left   ",
            (unsigned long long)progress->units, (double)progress->units / spent, left / 3600,
            left / 60 % 60, left % 60);
    progress->shown = now;
}

static np_code count(void *self, const np_issue_group *group, np_error *err)
{
    cli_issue_progress *progress = self;
    double now = seconds_now();
    (void)err;
    progress->units += group->count;
    if (progress->is_shown && now - progress->shown >= seconds_between) {
        show(progress, now);
    }
    return NP_OK;
}

np_issue_part cli_issue_progress_part(cli_issue_progress *progress)
{
    return (np_issue_part){.reserve = stop_when_told, .confirm = count, .self = progress};
}

void cli_issue_progress_end(const cli_issue_progress *progress)
{
    if (progress->is_shown && progress->shown > progress->begun) {
        fprintf(stderr, "\r%70s\r", "");
    }
}
