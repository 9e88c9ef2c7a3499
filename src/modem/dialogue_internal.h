/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the dialogue share. */
#pragma once

#include "modem/dialogue.h"

#define DIALOGUE_NS_PER_MS UINT64_C(1000000)

/* Begins to wait; whatever was held of a line is forgotten. */
void dialogue_send(np_dialogue *dialogue, np_dialogue_phase phase, uint64_t deadline_ns);

/* The end of the exchange. */
void dialogue_finish(np_dialogue *dialogue, np_dialogue_end end);

/* ---- probes (dialogue_probe.c) ---- */

/* Begins with the first probe; end is what the exchange ends with when one is answered. */
void dialogue_probe_begin(np_dialogue *dialogue, np_dialogue_end end, bool is_fresh,
                          uint64_t now_ns);
void dialogue_probe_line(np_dialogue *dialogue, np_bytes line, uint64_t now_ns);
/* Its time has passed. */
void dialogue_probe_expire(np_dialogue *dialogue, uint64_t now_ns);

/* ---- texts (dialogue_text.c) ---- */

/* A line without the prompts before it and the blanks around it. */
np_bytes dialogue_trim(np_bytes line);

/* Is it a prompt and nothing else? "uart:~$ " */
bool dialogue_is_prompt(np_bytes partial);

/* Does a shell say that it does not know the command? */
bool dialogue_is_unknown_command(np_bytes line);

bool dialogue_contains(np_bytes line, const char *text);

/*
 * Takes a line that continues the echo of what was sent, in which line breaks count for nothing.
 * False: it does not.
 */
bool dialogue_take_echo(np_dialogue *dialogue, np_bytes line);

/* Is it an information line of this command's answer? */
bool dialogue_is_information(const np_at_row *row, np_bytes line);

/* The command as the host takes it, its line end behind it. False: it cannot be sent. */
bool dialogue_write_command(const np_dialogue *dialogue, const np_exchange *exchange,
                            np_writer *writer);
