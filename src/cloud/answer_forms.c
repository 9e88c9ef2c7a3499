/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/answer_forms.h"

#include "base/wipe.h"
#include "cloud/nrf_answers.h"
#include "signer/seen.h"
#include <stdlib.h>

enum { AZURE_BODY_MAX = 10, AWS_CALLS = 4, TEXT_SIZE = 400 };

bool answer_set(answer_row *row, np_cloud_outcome outcome, const char *text)
{
    if (row->outcome == NP_CLOUD_FAILED) {
        return true;
    }
    row->outcome = outcome;
    if (outcome != NP_CLOUD_FAILED) {
        return true;
    }
    row->text = strdup(text);
    return row->text != NULL;
}

answer_row *answer_find(answer_rows *rows, const char *name)
{
    uint64_t mark = np_seen_mark(0, np_bytes_text(name));
    for (size_t i = 0; i < rows->count; i++) {
        size_t at = (rows->next + i) % rows->count;
        if (rows->at[at].mark == mark) {
            rows->next = at + 1;
            return &rows->at[at];
        }
    }
    return NULL;
}

static np_code no_memory(np_error *err)
{
    return np_error_set(err, NP_ESTATION_MEMORY, "no memory for an answer");
}

/* JSON documents one behind the other, with any white space between them: lines, for example. */
typedef struct documents {
    np_bytes rest;
    size_t number; /* of the last one, counted from 1 */
} documents;

static np_code next_document(documents *from, json_t **ret, np_error *err)
{
    json_error_t error;
    *ret = NULL;
    while (from->rest.len > 0 && strchr(" \t\r\n", from->rest.data[0]) != NULL &&
           from->rest.data[0] != '\0') {
        from->rest = np_bytes_of(from->rest.data + 1, from->rest.len - 1);
    }
    if (from->rest.len == 0) {
        return NP_OK;
    }
    from->number++;
    *ret = json_loadb((const char *)from->rest.data, from->rest.len,
                      JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &error);
    if (!json_is_object(*ret)) {
        json_decref(*ret);
        *ret = NULL;
        return np_error_set(err, NP_EINPUT_FORMAT, "answer %zu is no JSON object", from->number);
    }
    size_t used = (size_t)error.position;
    from->rest = np_bytes_of(from->rest.data + used, from->rest.len - used);
    return NP_OK;
}

/* A member by its name in small letters: services differ in the first one. */
static const json_t *find(const json_t *object, const char *name)
{
    const char *key;
    json_t *value;
    json_t *unlocked = json_object_get(object, name);
    if (unlocked != NULL || object == NULL) {
        return unlocked;
    }
    json_object_foreach((json_t *)(uintptr_t)object, key, value)
    {
        if (strcasecmp(key, name) == 0) {
            return value;
        }
    }
    return NULL;
}

/* Number or a text of digits; 0: none. */
static size_t number_of(const json_t *value)
{
    if (json_is_integer(value)) {
        return json_integer_value(value) > 0 ? (size_t)json_integer_value(value) : 0;
    }
    const char *text = json_string_value(value);
    return text == NULL ? 0 : (size_t)strtoul(text, NULL, 10);
}

/* nRF Cloud: the error file of one operation; rows of which it says nothing are devices. */
static np_code read_nrf(np_bytes body, answer_rows *rows, np_error *err)
{
    NP_CLEANUP(np_nrf_refusals_clear) np_nrf_refusals refusals = {0};
    np_code code = np_nrf_refusals_read(body, rows->count, &refusals, err);
    if (code == NP_ESTATION_IO) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "it is no error file of a bulk operation of nRF Cloud");
    }
    NP_TRY(code);
    if (refusals.other != NULL) {
        return np_error_set(err, NP_EINPUT_FORMAT, "it names rows that the part does not have: %s",
                            refusals.other);
    }
    for (size_t i = 0; i < rows->count; i++) {
        const char *reason = refusals.reasons[i];
        if (!answer_set(&rows->at[i], reason == NULL ? NP_CLOUD_REGISTERED : NP_CLOUD_FAILED,
                        reason)) {
            return no_memory(err);
        }
    }
    return NP_OK;
}

/* "arn:aws:iot:eu-west-1:123456789012:thing/NAME" */
static const char *thing_of(const json_t *line)
{
    const json_t *inner = find(line, "response");
    const json_t *arns = find(inner != NULL ? inner : line, "resourcearns");
    const char *arn = json_string_value(find(arns, "thing"));
    const char *name = arn == NULL ? NULL : strstr(arn, ":thing/");
    return name == NULL ? NULL : name + strlen(":thing/");
}

static const char *aws_error_of(const json_t *line)
{
    static const char *const names[] = {"errormessage", "message", "error", "errorcode"};
    const json_t *inner = find(line, "response");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *text = json_string_value(find(line, names[i]));
        text = text != NULL ? text : json_string_value(find(inner, names[i]));
        if (text != NULL) {
            return text;
        }
    }
    return NULL;
}

static np_code take_aws(const json_t *line, size_t number, answer_rows *rows, np_error *err)
{
    const char *thing = thing_of(line);
    const char *error = aws_error_of(line);
    size_t row = number_of(find(line, "linenumber"));
    if (thing == NULL && error == NULL) {
        return np_error_set(err, NP_EINPUT_FORMAT, "answer %zu has neither a thing nor an error",
                            number);
    }
    if (thing == NULL && row == 0) {
        return np_error_set(err, NP_EINPUT_FORMAT, "answer %zu does not say whose it is", number);
    }
    answer_row *found = thing != NULL        ? answer_find(rows, thing)
                        : row <= rows->count ? &rows->at[row - 1]
                                             : NULL;
    if (found == NULL) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "answer %zu is about a device that the part does not have", number);
    }
    bool is_set = answer_set(found, error == NULL ? NP_CLOUD_REGISTERED : NP_CLOUD_FAILED, error);
    return is_set ? NP_OK : no_memory(err);
}

/* AWS: the reports of a task, RESULTS or ERRORS, an object a line. */
static np_code read_aws(np_bytes body, answer_rows *rows, np_error *err)
{
    documents from = {.rest = body};
    for (;;) {
        NP_CLEANUP(np_nrf_json_clear) json_t *line = NULL;
        NP_TRY(next_document(&from, &line, err));
        if (line == NULL) {
            return NP_OK;
        }
        NP_TRY(take_aws(line, from.number, rows, err));
    }
}

static np_code take_azure_error(const json_t *error, answer_rows *rows, np_error *err)
{
    const char *id = json_string_value(find(error, "registrationid"));
    const char *status = json_string_value(find(error, "errorstatus"));
    answer_row *row = id == NULL ? NULL : answer_find(rows, id);
    char text[TEXT_SIZE];
    if (row == NULL) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "an error is about a device that the part does not have");
    }
    snprintf(text, sizeof(text), "%zu%s%s", number_of(find(error, "errorcode")),
             status == NULL ? "" : ": ", status == NULL ? "" : status);
    return answer_set(row, NP_CLOUD_FAILED, text) ? NP_OK : no_memory(err);
}

static np_code take_azure(const json_t *answer, size_t number, answer_rows *rows, np_error *err)
{
    const json_t *errors = find(answer, "errors");
    const json_t *is_successful = find(answer, "issuccessful");
    size_t first = (number - 1) * AZURE_BODY_MAX;
    if (!json_is_boolean(is_successful) || first >= rows->count) {
        return np_error_set(err, NP_EINPUT_FORMAT, "answer %zu is of no body of the part", number);
    }
    if (json_is_false(is_successful) && json_array_size(errors) == 0) {
        return np_error_set(err, NP_EINPUT_FORMAT, "answer %zu has failed without errors", number);
    }
    for (size_t i = 0; i < json_array_size(errors); i++) {
        NP_TRY(take_azure_error(json_array_get(errors, i), rows, err));
    }
    for (size_t i = first; i < first + AZURE_BODY_MAX && i < rows->count; i++) {
        (void)answer_set(&rows->at[i], NP_CLOUD_REGISTERED, NULL);
    }
    return NP_OK;
}

/* Azure: the answers to the bodies in their order. */
static np_code read_azure(np_bytes body, answer_rows *rows, np_error *err)
{
    documents from = {.rest = body};
    for (;;) {
        NP_CLEANUP(np_nrf_json_clear) json_t *answer = NULL;
        NP_TRY(next_document(&from, &answer, err));
        if (answer == NULL) {
            return NP_OK;
        }
        NP_TRY(take_azure(answer, from.number, rows, err));
    }
}

/* What a failed call says in words: "409: <error>". */
static void describe_call(const json_t *call, int status, char ret_text[static TEXT_SIZE])
{
    static const char *const names[] = {"error", "message", "detail"};
    const json_t *body = find(call, "body");
    const char *text = json_string_value(body);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]) && text == NULL; i++) {
        text = json_string_value(find(body, names[i]));
    }
    snprintf(ret_text, TEXT_SIZE, "%d%s%s", status, text == NULL ? "" : ": ",
             text == NULL ? "" : text);
}

static np_code status_of(const json_t *call, size_t number, int *ret, np_error *err)
{
    const json_t *status = find(call, "status");
    *ret = (int)json_integer_value(status);
    if (!json_is_integer(status) || *ret < 100 || *ret > 599) {
        return np_error_set(err, NP_EINPUT_FORMAT, "answer %zu has no HTTP status", number);
    }
    return NP_OK;
}

/* Has the server this very device already, with this key? */
static bool is_same_device(const json_t *existing, const json_t *sent)
{
    const json_t *key = json_object_get(sent, "pubkey");
    const json_t *sets = find(existing, "auth_sets");
    bool has_key = json_equal(find(existing, "pubkey"), key) != 0;
    for (size_t i = 0; i < json_array_size(sets); i++) {
        has_key = has_key || json_equal(find(json_array_get(sets, i), "pubkey"), key) != 0;
    }
    return has_key &&
           json_equal(find(existing, "identity_data"), json_object_get(sent, "identity_data")) != 0;
}

/*
 * A call a row, or several: an object each, {"status": 201, "body": ...}, in the order of the part.
 * Where the part is there, a conflict with the very device that was sent is none.
 */
static np_code read_calls(np_bytes body, answer_rows *rows, size_t calls, np_error *err)
{
    documents from = {.rest = body};
    documents parts = {.rest = rows->sent};
    for (;;) {
        NP_CLEANUP(np_nrf_json_clear) json_t *call = NULL;
        NP_CLEANUP(np_nrf_json_clear) json_t *sent = NULL;
        char text[TEXT_SIZE];
        int status = 0;
        NP_TRY(next_document(&from, &call, err));
        if (call == NULL) {
            return NP_OK;
        }
        NP_TRY(next_document(&parts, &sent, err));
        NP_TRY(status_of(call, from.number, &status, err));
        if ((from.number - 1) / calls >= rows->count) {
            return np_error_set(err, NP_EINPUT_FORMAT, "there are more answers than rows");
        }
        bool is_good = (status >= 200 && status < 300) ||
                       (status == 409 && sent != NULL && is_same_device(find(call, "body"), sent));
        describe_call(call, status, text);
        answer_row *row = &rows->at[(from.number - 1) / calls];
        bool is_last = from.number % calls == 0;
        if (is_good && !is_last) {
            continue;
        }
        if (!answer_set(row, is_good ? NP_CLOUD_REGISTERED : NP_CLOUD_FAILED, text)) {
            return no_memory(err);
        }
    }
}

static np_code read_call_a_row(np_bytes body, answer_rows *rows, np_error *err)
{
    return read_calls(body, rows, 1, err);
}

static np_code read_aws_calls(np_bytes body, answer_rows *rows, np_error *err)
{
    return read_calls(body, rows, AWS_CALLS, err);
}

/* NervesHub says of a whole file that it was taken; what became of it, it tells nobody but its
 * users (a count). So only that it was not taken is an answer. */
static np_code read_nerveshub(np_bytes body, answer_rows *rows, np_error *err)
{
    documents from = {.rest = body};
    NP_CLEANUP(np_nrf_json_clear) json_t *call = NULL;
    char text[TEXT_SIZE];
    int status = 0;
    NP_TRY(next_document(&from, &call, err));
    NP_TRY(status_of(call, 1, &status, err));
    describe_call(call, status, text);
    for (size_t i = 0; i < rows->count && status >= 300; i++) {
        if (!answer_set(&rows->at[i], NP_CLOUD_FAILED, text)) {
            return no_memory(err);
        }
    }
    return NP_OK;
}

static const struct {
    const char *target;
    answer_form read;
    bool needs_part;
} forms[] = {
    {"nrfcloud", read_nrf, false},           {"aws", read_aws, false},
    {"aws-calls", read_aws_calls, false},    {"azure", read_azure, false},
    {"azure-group", read_call_a_row, false}, {"golioth", read_call_a_row, false},
    {"mender", read_call_a_row, true},       {"nerveshub", read_nerveshub, false},
};

answer_form answer_form_of(const char *target)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (strcmp(forms[i].target, target) == 0) {
            return forms[i].read;
        }
    }
    return NULL;
}

bool answer_needs_part(const char *target)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (strcmp(forms[i].target, target) == 0) {
            return forms[i].needs_part;
        }
    }
    return false;
}
