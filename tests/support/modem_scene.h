/* SPDX-License-Identifier: Apache-2.0 */
/* A virtual modem on a virtual line, with a host on it. */
#pragma once

#include "virtual/modem_line.h"

typedef struct modem_scene {
    np_random_seeded seeded;
    np_modem_state state;
    np_virtual_modem_options options;
    np_virtual_line line;
    np_modem modem;
} modem_scene;

/* A new modem behind this host; commands take their time on the virtual clock. */
void modem_scene_begin(modem_scene *scene, np_modem_model model, np_modem_host host);

/* The same modem with other faults, in +CFUN 0 again; faults as text, NULL: none. */
void modem_scene_restart(modem_scene *scene, const char *faults);

/* Opens the host anew; what it returns. */
np_code modem_scene_open(modem_scene *scene, np_error *err);

void modem_scene_end(modem_scene *scene);
