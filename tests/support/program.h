/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Running real programs on files in a directory of the test's own. Every failure of the helper
 * itself ends the test program with a message.
 */
#pragma once

#include "base/bytes.h"
#include <nameplate/error.h>

enum { PROGRAM_PATH_SIZE = 64 };

typedef struct program_room {
    char path[PROGRAM_PATH_SIZE];
} program_room;

/* Makes a fresh directory and removes it with all that is in it. */
void program_room_open(program_room *room);
void program_room_close(program_room *room);

/* The same for a whole group of cmocka tests: *state is the room. */
int program_room_set_up(void **state);
int program_room_tear_down(void **state);

/* Runs a shell command there, output discarded; returns its exit status. */
int program_run(const program_room *room, const char *format, ...) NP_PRINTF(2, 3);

/* Runs it and returns its standard output (heap, NUL-terminated); the status must be 0. */
char *program_output(const program_room *room, const char *format, ...) NP_PRINTF(2, 3);

void program_store(const program_room *room, const char *name, np_bytes bytes);
uint8_t *program_load(const program_room *room, const char *name, size_t *ret_len);
