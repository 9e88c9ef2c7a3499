/* SPDX-License-Identifier: Apache-2.0 */
/* What an authorization says, for people and programs. */
#pragma once

#include "cli/command.h"
#include "files/authorization.h"

void cli_authorization_put(const np_authorization_file *authorization, cli_output *output);
