/* SPDX-License-Identifier: Apache-2.0 */
/* Commands and answers in the data sheet's names, for people. Pure. */
#pragma once

#include "atecc/commands.h"
#include "atecc/packet.h"
#include "base/error.h"

/* The longest: Verify, 128 bytes of data at three characters each, and its name. */
enum { TRACE_TEXT_SIZE = 512 };

/* A text that is cut off at its end. */
typedef struct trace_text {
    size_t len;
    char text[TRACE_TEXT_SIZE];
} trace_text;

void trace_put(trace_text *text, const char *format, ...) NP_PRINTF(2, 3);

/* "87 20 0f 0f" */
void trace_put_bytes(trace_text *text, np_bytes bytes);

/* "Write config word 0x05 (SlotConfig 0-1): 87 20 0f 0f" */
void trace_put_command(trace_text *text, const np_atecc_command *command);

/*
 * "success", "execution error", or the data. Random numbers are not shown: somebody may make a
 * secret of them.
 */
void trace_put_answer(trace_text *text, uint8_t opcode, np_bytes answer);
