/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the driver: from one command to one answer. session.c wakes, sends, polls and repeats;
 * device.c knows what the commands mean.
 */
#pragma once

#include "atecc/device.h"

/* One command and what is expected of it. */
typedef struct session_call {
    np_atecc_command command;
    const np_atecc_command_row *row;
    size_t answer_size; /* of success; 1: the status byte 0 */
    uint8_t *ret;       /* answer_size bytes; NULL when it is 1 */
    bool needs_session; /* uses what an earlier command left in TempKey: no new session may begin */
} session_call;

/*
 * Errors as device.h lists them. NP_ESTATION_TIMEOUT and NP_EDEVICE_ANSWER leave open whether a
 * command that may not be repeated was executed.
 */
NP_MUST_USE np_code session_execute(np_atecc *chip, const session_call *call, np_error *err);

/* Ends the session if less than this is left of it, and begins one if none is on. */
NP_MUST_USE np_code session_ensure(np_atecc *chip, uint32_t needed_us, np_error *err);

/* How much of a session a command needs before it may begin; more than a whole one: a new one. */
uint32_t session_need_us(const np_atecc *chip, const np_atecc_command_row *row);
