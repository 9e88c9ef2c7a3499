/* SPDX-License-Identifier: Apache-2.0 */
/* Who changes the registry from a command line, for its list of changes. */
#pragma once

#include "registry/fleet.h"

enum { CLI_ACTOR_NAME_SIZE = 64 };

typedef struct cli_actor {
    char name[CLI_ACTOR_NAME_SIZE]; /* of the user whose process this is */
    np_actor actor;                 /* points to it: not to be copied */
} cli_actor;

void cli_actor_init(cli_actor *ret);
