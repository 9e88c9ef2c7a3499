/* SPDX-License-Identifier: Apache-2.0 */
/* The other half of cloud export: what the cloud answered. */
#pragma once

#include "cli/command.h"

/* --check-result: the target is the folder of an export. Marks its devices in the registry. */
NP_MUST_USE np_code cli_cloud_check_result(const cli_arguments *arguments, cli_output *output,
                                           np_error *err);
