/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Errors as the API tells them: {"error": {"code", "message", "hint"}}, and the status of each. One
 * table; codes are stable, sentences are not. Inside the room.
 */
#pragma once

#include "gateway/manage/call.h"

typedef enum manage_problem {
    MANAGE_BAD_REQUEST,
    MANAGE_UNAUTHORIZED,
    MANAGE_FORBIDDEN,
    MANAGE_NOT_FOUND,
    MANAGE_METHOD_NOT_ALLOWED,
    MANAGE_TIMEOUT,
    MANAGE_CONFLICT,
    MANAGE_LENGTH_REQUIRED,
    MANAGE_TOO_LARGE,
    MANAGE_EXPECTATION,
    MANAGE_UNPROCESSABLE,
    MANAGE_TOO_MANY,
    MANAGE_HEAD_TOO_LARGE,
    MANAGE_STORAGE_UNAVAILABLE,
    MANAGE_INTERNAL,
    MANAGE_VERSION,
    MANAGE_PROBLEM_COUNT
} manage_problem;

/* The answer is this problem; hint NULL: there is none. */
void manage_refuse(manage_call *call, manage_problem problem, const char *message,
                   const char *hint);

/* The answer is what this error means. */
void manage_refuse_error(manage_call *call, np_code code, const np_error *err);

/* The code of a problem whose status this is, for heads that are none (gateway/http.h). */
manage_problem manage_problem_of(unsigned status);
