/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/issue/progress.h"

#include "cli/signals.h"

void cli_issue_progress_begin(const cli_issue_input *input, bool is_wanted, cli_issue_progress *ret)
{
    *ret = (cli_issue_progress){.input = input};
    cli_progress_begin("units", is_wanted, &ret->line);
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

static np_code count(void *self, const np_issue_group *group, np_error *err)
{
    cli_issue_progress *progress = self;
    (void)err;
    progress->units += group->count;
    cli_progress_step(&progress->line, progress->units, cli_issue_input_share(progress->input));
    return NP_OK;
}

np_issue_part cli_issue_progress_part(cli_issue_progress *progress)
{
    return (np_issue_part){.reserve = stop_when_told, .confirm = count, .self = progress};
}

void cli_issue_progress_end(const cli_issue_progress *progress)
{
    cli_progress_end(&progress->line);
}
