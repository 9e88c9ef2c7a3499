/* SPDX-License-Identifier: Apache-2.0 */
/* The commands of virtual parts, as far as the part is a modem. */
#pragma once

#include "cli/command.h"
#include "virtual/modem.h"

np_code cli_virtual_modem_create(const cli_arguments *arguments, np_modem_model model,
                                 cli_output *output, np_error *err);
np_code cli_virtual_modem_serve(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_virtual_modem_show(const cli_arguments *arguments, cli_output *output, np_error *err);
