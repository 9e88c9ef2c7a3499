/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/manage/problems.h"

typedef struct problem_row {
    unsigned status;
    const char *code;
    const char *fields; /* of the head */
} problem_row;

static const problem_row problems[MANAGE_PROBLEM_COUNT] = {
    [MANAGE_BAD_REQUEST] = {400, "bad_request", ""},
    [MANAGE_UNAUTHORIZED] = {401, "unauthorized", "WWW-Authenticate: Bearer\r\n"},
    [MANAGE_FORBIDDEN] = {403, "forbidden", ""},
    [MANAGE_NOT_FOUND] = {404, "not_found", ""},
    [MANAGE_METHOD_NOT_ALLOWED] = {405, "method_not_allowed", ""},
    [MANAGE_TIMEOUT] = {408, "timeout", ""},
    [MANAGE_CONFLICT] = {409, "conflict", ""},
    [MANAGE_LENGTH_REQUIRED] = {411, "length_required", ""},
    [MANAGE_TOO_LARGE] = {413, "too_large", ""},
    [MANAGE_EXPECTATION] = {417, "expectation_failed", ""},
    [MANAGE_UNPROCESSABLE] = {422, "unprocessable", ""},
    [MANAGE_TOO_MANY] = {429, "too_many_requests", "Retry-After: 60\r\n"},
    [MANAGE_HEAD_TOO_LARGE] = {431, "head_too_large", ""},
    [MANAGE_STORAGE_UNAVAILABLE] = {503, "storage_unavailable", "Retry-After: 5\r\n"},
    [MANAGE_INTERNAL] = {500, "internal", ""},
    [MANAGE_VERSION] = {505, "version_not_supported", ""},
};

/* What an error of the registry means to a caller; all others are troubles of this machine. */
static manage_problem problem_of_code(np_code code)
{
    switch (np_error_class(code)) {
    case NP_CLASS_USAGE:
        return MANAGE_BAD_REQUEST;
    case NP_CLASS_INPUT:
        return code == NP_EINPUT_MISSING ? MANAGE_NOT_FOUND : MANAGE_UNPROCESSABLE;
    case NP_CLASS_CONFLICT:
    case NP_CLASS_POLICY:
        return MANAGE_CONFLICT;
    default:
        return code == NP_ESTATION_CRYPTO ? MANAGE_INTERNAL : MANAGE_STORAGE_UNAVAILABLE;
    }
}

void manage_refuse(manage_call *call, manage_problem problem, const char *message, const char *hint)
{
    const problem_row *row = &problems[problem];
    json_t *error = json_pack("{s:s, s:s}", "code", row->code, "message", message);
    if (hint != NULL && hint[0] != '\0') {
        (void)json_object_set_new(error, "hint", json_string(hint));
    }
    json_decref(call->reply.json);
    call->reply.json = json_pack("{s:o}", "error", error);
    call->reply.status = row->status;
    call->reply.type = NULL;
    manage_add_field(call, "%s", row->fields);
}

void manage_refuse_error(manage_call *call, np_code code, const np_error *err)
{
    manage_refuse(call, problem_of_code(code), err->message, err->hint);
}

manage_problem manage_problem_of(unsigned status)
{
    for (manage_problem problem = 0; problem < MANAGE_PROBLEM_COUNT; problem++) {
        if (problems[problem].status == status) {
            return problem;
        }
    }
    return MANAGE_BAD_REQUEST;
}
