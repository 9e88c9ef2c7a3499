/* SPDX-License-Identifier: Apache-2.0 */
/* Who has a tty open: the kernel keeps no list, but /proc shows each process's files. */
#pragma once

#include <stdbool.h>
#include <sys/types.h>

typedef struct serial_holder {
    pid_t pid;
    char name[32];
} serial_holder;

/* False when none is found; of other users' processes only the superuser sees the files. */
bool serial_holder_find(const char *path, serial_holder *ret);
