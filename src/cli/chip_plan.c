/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/plan.h"

np_code cli_chip_plan(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_planning_clear) cli_planning planning = {0};
    NP_TRY(cli_planning_begin(arguments, &planning, err));
    cli_put_plan(output, &planning);
    return cli_chip_close(&planning.chip, err);
}
