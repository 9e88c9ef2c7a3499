/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which paths are ours: /dev/i2c-N for the buses that NAMEPLATE_I2C names,
 * "1=unix:PATH,2=unix:PATH". Read anew each time: a program may change its environment.
 */
#pragma once

#include <limits.h>
#include <stdbool.h>

typedef struct preload_node {
    unsigned number;
    char socket_path[PATH_MAX];
} preload_node;

/* False for NULL and for what is not ours. */
bool preload_node_find(const char *path, preload_node *ret);
