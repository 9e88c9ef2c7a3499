/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/nrf_answers.h"

#include "base/format.h"
#include <stdlib.h>

/* The old form's sentence has the rows behind these words. */
static const char before_rows[] = "(1-based)]: ";
static const char unknown_reason[] = "refused without a reason";

static np_code no_memory(np_error *err)
{
    return np_error_set(err, NP_ESTATION_MEMORY, "no memory for an answer");
}

static json_t *load(np_bytes body)
{
    return json_loadb((const char *)body.data, body.len, JSON_ALLOW_NUL, NULL);
}

np_code np_nrf_object(np_bytes body, const char *what, json_t **ret, np_error *err)
{
    json_t *document = load(body);
    if (!json_is_object(document)) {
        json_decref(document);
        return np_error_set(err, NP_ESTATION_IO, "%s: the answer is no JSON object", what);
    }
    *ret = document;
    return NP_OK;
}

np_code np_nrf_text(const json_t *object, const char *name, const char *what, const char **ret,
                    np_error *err)
{
    *ret = json_string_value(json_object_get(object, name));
    return *ret != NULL
               ? NP_OK
               : np_error_set(err, NP_ESTATION_IO, "%s: the answer has no text %s", what, name);
}

static void put_plain(np_bytes text, char ret[static NP_NRF_MESSAGE_SIZE])
{
    size_t len = text.len < NP_NRF_MESSAGE_SIZE - 1 ? text.len : NP_NRF_MESSAGE_SIZE - 1;
    for (size_t i = 0; i < len; i++) {
        ret[i] = (char)(text.data[i] < 0x20 || text.data[i] == 0x7f ? ' ' : text.data[i]);
    }
    ret[len] = '\0';
}

void np_nrf_message(np_bytes body, char ret[static NP_NRF_MESSAGE_SIZE])
{
    json_t *document = load(body);
    const char *message = json_string_value(json_object_get(document, "message"));
    json_t *code = json_object_get(document, "code");
    char text[NP_NRF_MESSAGE_SIZE];
    put_plain(message != NULL ? np_bytes_text(message) : body, ret);
    if (json_is_integer(code)) {
        np_format(text, sizeof(text), "%s%scode %d", ret, ret[0] == '\0' ? "" : ", ",
                  (int)json_integer_value(code));
        memcpy(ret, text, sizeof(text));
    }
    json_decref(document);
}

typedef struct state_row {
    const char *word;
    np_nrf_state state;
} state_row;

static const state_row states[] = {
    {"PENDING", NP_NRF_WAITING},
    {"IN_PROGRESS", NP_NRF_WAITING},
    {"SUCCEEDED", NP_NRF_SUCCEEDED},
    {"FAILED", NP_NRF_FAILED},
};

np_code np_nrf_state_of(const json_t *object, np_nrf_state *ret, np_error *err)
{
    const char *word;
    NP_TRY(np_nrf_text(object, "status", "the state of an operation", &word, err));
    for (size_t i = 0; i < NP_COUNT_OF(states); i++) {
        if (strcmp(states[i].word, word) == 0) {
            *ret = states[i].state;
            return NP_OK;
        }
    }
    return np_error_set(err, NP_ESTATION_IO, "the operation has a state that is not known: %s",
                        word);
}

np_code np_nrf_operation_read(np_bytes body, np_nrf_operation *ret, np_error *err)
{
    json_t *document = NULL;
    np_nrf_state state = NP_NRF_WAITING;
    NP_TRY(np_nrf_object(body, "the state of an operation", &document, err));
    np_code code = np_nrf_state_of(document, &state, err);
    if (code != NP_OK) {
        json_decref(document);
        return code;
    }
    *ret = (np_nrf_operation){
        .document = document,
        .state = state,
        .errors_url = json_string_value(json_object_get(document, "errorSummaryUrl")),
    };
    return NP_OK;
}

void np_nrf_operation_clear(np_nrf_operation *operation)
{
    json_decref(operation->document);
    *operation = (np_nrf_operation){0};
}

/* The longer of two reasons for one row is no better: the first stays. */
static bool refuse(np_nrf_refusals *refusals, json_int_t row, const char *reason)
{
    bool is_row = row >= 0 && (uint64_t)row < refusals->rows;
    char **to = is_row ? &refusals->reasons[row] : &refusals->other;
    if (*to != NULL) {
        return true;
    }
    *to = strdup(reason[0] != '\0' ? reason : unknown_reason);
    refusals->count += is_row && *to != NULL ? 1 : 0;
    return *to != NULL;
}

/* "[2]: message": the message, and the row; -1 when it names none. */
static const char *split_entry(const char *entry, json_int_t *ret_row)
{
    json_int_t row = 0;
    size_t digits = entry[0] == '[' ? strspn(entry + 1, "0123456789") : 0;
    *ret_row = -1;
    if (digits == 0 || digits > 9 || strncmp(entry + 1 + digits, "]: ", 3) != 0) {
        return entry;
    }
    for (size_t i = 1; i <= digits; i++) {
        row = row * 10 + (entry[i] - '0');
    }
    *ret_row = row;
    return entry + digits + strlen("[]: ");
}

static bool take_list(np_nrf_refusals *refusals, const json_t *errors)
{
    size_t index;
    json_t *value;
    json_array_foreach(errors, index, value)
    {
        json_int_t row = -1;
        const char *entry = json_string_value(value);
        const char *reason = entry != NULL ? split_entry(entry, &row) : unknown_reason;
        if (!refuse(refusals, row, reason)) {
            return false;
        }
    }
    return true;
}

/* Each member is a reason with the numbers of its rows. */
static bool take_reasons(np_nrf_refusals *refusals, json_t *reasons)
{
    const char *reason;
    json_t *rows;
    json_object_foreach(reasons, reason, rows)
    {
        for (size_t i = 0; i < json_array_size(rows); i++) {
            if (!refuse(refusals, json_integer_value(json_array_get(rows, i)) - 1, reason)) {
                return false;
            }
        }
    }
    return true;
}

/* The object between the words and the sentence's full stop. */
static json_t *find_reasons(const char *sentence)
{
    const char *words = strstr(sentence, before_rows);
    const char *from = words != NULL ? words + strlen(before_rows) : "";
    return json_loads(from, JSON_DISABLE_EOF_CHECK, NULL);
}

static bool take_sentence(np_nrf_refusals *refusals, const char *sentence)
{
    json_t *reasons = find_reasons(sentence);
    bool is_taken =
        json_is_object(reasons) ? take_reasons(refusals, reasons) : refuse(refusals, -1, sentence);
    json_decref(reasons);
    return is_taken;
}

np_code np_nrf_refusals_read(np_bytes body, size_t rows, np_nrf_refusals *ret, np_error *err)
{
    json_t *document = NULL;
    NP_TRY(np_nrf_object(body, "the file of errors", &document, err));
    const json_t *errors = json_object_get(document, "errors");
    const char *sentence = json_string_value(json_object_get(document, "error"));
    np_code code = NP_OK;
    *ret = (np_nrf_refusals){.rows = rows, .reasons = calloc(rows + 1, sizeof(char *))};
    if (!json_is_array(errors) && sentence == NULL) {
        code = np_error_set(err, NP_ESTATION_IO, "the file of errors has none of its two forms");
    } else if (ret->reasons == NULL ||
               !(sentence != NULL ? take_sentence(ret, sentence) : take_list(ret, errors))) {
        code = no_memory(err);
    }
    json_decref(document);
    if (code != NP_OK) {
        np_nrf_refusals_clear(ret);
    }
    return code;
}

void np_nrf_refusals_clear(np_nrf_refusals *refusals)
{
    for (size_t i = 0; refusals->reasons != NULL && i < refusals->rows; i++) {
        free(refusals->reasons[i]);
    }
    free(refusals->reasons);
    free(refusals->other);
    *refusals = (np_nrf_refusals){0};
}
