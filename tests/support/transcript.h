/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recorded dialogues between modems and the public tools (tests/vectors/nrf/transcripts): a line is
 * a direction, a blank, and the bytes as Python writes them.
 */
#pragma once

#include "base/bytes.h"

enum { TRANSCRIPT_MAX = 65536 };

typedef struct transcript {
    np_bytes rest; /* of the file */
    uint8_t file[TRANSCRIPT_MAX];
    uint8_t bytes[TRANSCRIPT_MAX]; /* of the last line */
} transcript;

/* All files of the folder, and how many. */
extern const char *const transcript_names[];
extern const size_t transcript_count;

/* Fails the test when there is no such file. */
void transcript_open(transcript *ret, const char *name);

/* The next line: who speaks ('>' to the modem, '<' from it), and what. False at the end. */
bool transcript_next(transcript *on, char *ret_direction, np_bytes *ret_bytes);

/* Is the next line of this direction? */
bool transcript_is_next(const transcript *on, char direction);
