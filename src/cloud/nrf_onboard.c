/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/nrf_onboard.h"

#include "base/wipe.h"
#include "signer/seen.h"
#include <stdio.h>
#include <stdlib.h>

enum { MARK_NAME, MARK_KEY, FIRST_ROWS = 64 };

static const char *const verdicts[NP_NRF_VERDICT_COUNT] = {
    [NP_NRF_OPEN] = "open",   [NP_NRF_DONE] = "onboarded",  [NP_NRF_THERE] = "existing",
    [NP_NRF_UNFIT] = "unfit", [NP_NRF_REFUSED] = "refused",
};

const char *np_nrf_verdict_name(np_nrf_verdict verdict)
{
    return verdicts[verdict];
}

static np_code no_memory(np_error *err)
{
    return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the rows");
}

void np_nrf_onboarding_clear(np_nrf_onboarding *onboarding)
{
    for (size_t i = 0; i < onboarding->count; i++) {
        free(onboarding->outcomes[i].reason);
    }
    free(onboarding->outcomes);
    json_decref(onboarding->operations);
    *onboarding = (np_nrf_onboarding){0};
}

size_t np_nrf_onboarding_count(const np_nrf_onboarding *onboarding, np_nrf_verdict verdict)
{
    size_t count = 0;
    for (size_t i = 0; i < onboarding->count; i++) {
        count += onboarding->outcomes[i].verdict == verdict ? 1 : 0;
    }
    return count;
}

static np_code judge(np_nrf_outcome *outcome, np_nrf_verdict verdict, const char *reason,
                     np_error *err)
{
    outcome->verdict = verdict;
    free(outcome->reason);
    outcome->reason = reason == NULL ? NULL : strdup(reason);
    return reason != NULL && outcome->reason == NULL ? no_memory(err) : NP_OK;
}

/* Reading. */

typedef struct reading {
    np_nrf_onboarding *onboarding;
    size_t room;
    np_seen seen;
} reading;

static void reading_clear(reading *self)
{
    np_seen_clear(&self->seen);
}

static np_nrf_outcome *add_outcome(reading *self)
{
    np_nrf_onboarding *to = self->onboarding;
    if (to->count == self->room) {
        size_t room = self->room > 0 ? 2 * self->room : FIRST_ROWS;
        np_nrf_outcome *larger = realloc(to->outcomes, room * sizeof(*larger));
        if (larger == NULL) {
            return NULL;
        }
        to->outcomes = larger;
        self->room = room;
    }
    to->outcomes[to->count] = (np_nrf_outcome){0};
    return &to->outcomes[to->count++];
}

static uint64_t mark_of(np_bytes id)
{
    uint8_t folded[NP_NRF_ID_MAX];
    size_t len = id.len < sizeof(folded) ? id.len : sizeof(folded);
    for (size_t i = 0; i < len; i++) {
        bool is_capital = id.data[i] >= 'A' && id.data[i] <= 'Z';
        folded[i] = (uint8_t)(is_capital ? id.data[i] - 'A' + 'a' : id.data[i]);
    }
    return np_seen_mark(MARK_NAME, np_bytes_of(folded, len));
}

static np_code check_new(reading *self, const np_nrf_row *row, const np_nrf_key *key,
                         const char **ret_reason, np_error *err)
{
    uint64_t name = mark_of(row->id);
    uint64_t point = np_seen_mark(MARK_KEY, NP_BYTES(key->point));
    *ret_reason = np_seen_has(&self->seen, name)    ? "a row before has the same device id"
                  : np_seen_has(&self->seen, point) ? "a row before has the same key"
                                                    : NULL;
    NP_TRY(np_seen_add(&self->seen, name, err));
    return np_seen_add(&self->seen, point, err);
}

static np_code read_row(reading *self, const np_csv_row *from, np_error *err)
{
    np_nrf_row_text text;
    np_nrf_row row = {0};
    np_nrf_key key;
    np_error unfit;
    const char *reason = NULL;
    np_nrf_outcome *outcome = add_outcome(self);
    if (outcome == NULL) {
        return no_memory(err);
    }
    outcome->row = from->whole;
    np_code code = np_nrf_row_read(from, &text, &row, &unfit);
    if (code == NP_OK) {
        snprintf(outcome->id, sizeof(outcome->id), "%.*s", (int)row.id.len,
                 (const char *)row.id.data);
        code = np_nrf_row_check(&row, &key, &unfit);
    }
    if (code != NP_OK) {
        return judge(outcome, NP_NRF_UNFIT, unfit.message, err);
    }
    NP_TRY(check_new(self, &row, &key, &reason, err));
    return reason == NULL ? NP_OK : judge(outcome, NP_NRF_UNFIT, reason, err);
}

static np_code read_rows(reading *self, np_bytes text, np_error *err)
{
    np_csv_row row;
    np_csv_found found;
    np_reader reader = np_reader_of(text);
    while ((found = np_csv_next(&reader, &row)) == NP_CSV_ROW) {
        NP_TRY(read_row(self, &row, err));
    }
    if (found != NP_CSV_END) {
        return np_error_set(err, NP_EINPUT_FORMAT, "row %zu is no CSV: %s",
                            self->onboarding->count + 1,
                            found == NP_CSV_OPEN ? "a quote has no end" : "a quote is misplaced");
    }
    return self->onboarding->count > 0 ? NP_OK
                                       : np_error_set(err, NP_EINPUT_MISSING, "there is no row");
}

np_code np_nrf_onboarding_read(np_bytes text, np_nrf_onboarding *ret, np_error *err)
{
    *ret = (np_nrf_onboarding){.operations = json_array()};
    NP_CLEANUP(reading_clear) reading self = {.onboarding = ret};
    np_code code = ret->operations == NULL ? no_memory(err) : read_rows(&self, text, err);
    if (code != NP_OK) {
        np_nrf_onboarding_clear(ret);
    }
    return code;
}

/* Asking for single devices. */

static np_code ask_each(const np_nrf_cloud *cloud, np_nrf_onboarding *onboarding,
                        np_nrf_verdict which, bool is_wanted, np_error *err)
{
    for (size_t i = 0; i < onboarding->count; i++) {
        np_nrf_outcome *outcome = &onboarding->outcomes[i];
        NP_CLEANUP(np_nrf_json_clear) json_t *device = NULL;
        if (outcome->verdict != which) {
            continue;
        }
        NP_TRY(np_nrf_find_device(cloud, outcome->id, &device, err));
        if (device != NULL && !is_wanted) {
            outcome->verdict = NP_NRF_THERE;
        }
        if (device == NULL && is_wanted) {
            NP_TRY(judge(outcome, NP_NRF_REFUSED, "the account does not have it", err));
        }
    }
    return NP_OK;
}

np_code np_nrf_onboarding_skip(const np_nrf_cloud *cloud, np_nrf_onboarding *onboarding,
                               np_error *err)
{
    return ask_each(cloud, onboarding, NP_NRF_OPEN, false, err);
}

np_code np_nrf_onboarding_confirm(const np_nrf_cloud *cloud, np_nrf_onboarding *onboarding,
                                  np_error *err)
{
    return ask_each(cloud, onboarding, NP_NRF_DONE, true, err);
}

/* Sending. */

/* Rows of one call, and which outcomes they are. */
typedef struct part {
    uint8_t *text; /* heap */
    size_t len;
    np_nrf_outcome *outcomes[NP_NRF_ROWS_MAX];
    size_t rows;
} part;

static void part_clear(part *self)
{
    free(self->text);
}

static bool part_add(part *self, np_nrf_outcome *outcome)
{
    np_bytes row = outcome->row;
    uint8_t *larger = realloc(self->text, self->len + row.len + 1);
    if (larger == NULL) {
        return false;
    }
    self->text = larger;
    memcpy(self->text + self->len, row.data, row.len);
    self->len += row.len;
    if (row.data[row.len - 1] != '\n') {
        self->text[self->len++] = '\n';
    }
    self->outcomes[self->rows++] = outcome;
    return true;
}

/* The next open rows from *at on, as many as one call takes. */
static np_code part_fill(part *self, np_nrf_onboarding *onboarding, size_t *at, np_error *err)
{
    for (; *at < onboarding->count && self->rows < NP_NRF_ROWS_MAX; (*at)++) {
        np_nrf_outcome *outcome = &onboarding->outcomes[*at];
        if (outcome->verdict == NP_NRF_OPEN && !part_add(self, outcome)) {
            return no_memory(err);
        }
    }
    return NP_OK;
}

/* A failure that names no row is one of all; rows that are not named are done. */
static np_code judge_failed(const part *self, const np_nrf_refusals *refusals, np_error *err)
{
    bool is_whole = refusals->count == 0;
    for (size_t i = 0; i < self->rows; i++) {
        const char *reason = is_whole ? refusals->other : refusals->reasons[i];
        if (is_whole && reason == NULL) {
            reason = "the service does not tell why";
        }
        NP_TRY(
            judge(self->outcomes[i], reason == NULL ? NP_NRF_DONE : NP_NRF_REFUSED, reason, err));
    }
    return NP_OK;
}

static np_code judge_part(const np_nrf_cloud *cloud, const part *self,
                          const np_nrf_operation *operation, np_error *err)
{
    NP_CLEANUP(np_nrf_refusals_clear) np_nrf_refusals refusals = {0};
    if (operation->state == NP_NRF_FAILED) {
        NP_TRY(np_nrf_refusals_get(cloud, operation, self->rows, &refusals, err));
        return judge_failed(self, &refusals, err);
    }
    for (size_t i = 0; i < self->rows; i++) {
        self->outcomes[i]->verdict = NP_NRF_DONE;
    }
    return NP_OK;
}

static np_code send_part(const np_nrf_cloud *cloud, const part *self, np_nrf_began began,
                         void *listener, json_t *operations, np_error *err)
{
    char name[NP_NRF_OPERATION_SIZE];
    NP_CLEANUP(np_nrf_operation_clear) np_nrf_operation operation = {0};
    NP_TRY(np_nrf_upload(cloud, np_bytes_of(self->text, self->len), name, err));
    if (began != NULL) {
        began(listener, name, self->rows);
    }
    NP_TRY(np_nrf_await(cloud, name, &operation, err));
    if (json_array_append(operations, operation.document) != 0) {
        return no_memory(err);
    }
    return judge_part(cloud, self, &operation, err);
}

np_code np_nrf_onboarding_run(const np_nrf_cloud *cloud, np_nrf_onboarding *onboarding,
                              np_nrf_began began, void *self, np_error *err)
{
    for (size_t at = 0; at < onboarding->count;) {
        NP_CLEANUP(part_clear) part next = {0};
        NP_TRY(part_fill(&next, onboarding, &at, err));
        if (next.rows > 0) {
            NP_TRY(send_part(cloud, &next, began, self, onboarding->operations, err));
        }
    }
    return NP_OK;
}

/* The file of results. */

static void write_text(np_writer *writer, const char *text)
{
    for (; *text != '\0'; text++) {
        np_write_u8(writer, (uint8_t)(*text == '\n' || *text == '\r' ? ' ' : *text));
    }
}

static void write_pair(np_writer *writer, const char *a, const char *b)
{
    write_text(writer, a);
    np_write_u8(writer, ',');
    write_text(writer, b);
    np_write_u8(writer, '\n');
}

static void write_count(np_writer *writer, size_t count)
{
    char number[24];
    snprintf(number, sizeof(number), "%zu", count);
    write_pair(writer, "Error count", number);
}

/* What is no text is written as JSON; Nordic's tool ends there. */
static void write_operation(np_writer *writer, json_t *operation)
{
    const char *name;
    json_t *value;
    json_object_foreach(operation, name, value)
    {
        char *other = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY);
        write_pair(writer, name, other != NULL ? other : json_string_value(value));
        free(other);
    }
}

static const char *result_of(const np_nrf_outcome *outcome)
{
    if (outcome->verdict == NP_NRF_DONE) {
        return "OK";
    }
    return outcome->reason != NULL ? outcome->reason : np_nrf_verdict_name(outcome->verdict);
}

static void write_updates(np_writer *writer, const np_nrf_update *updates, size_t count)
{
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        failed += updates[i].reason != NULL ? 1 : 0;
    }
    np_write_text(writer, "\nModem Firmware Version Shadow Update:\n");
    write_count(writer, failed);
    np_write_text(writer, "\nDevice ID,Modem Firmware Version,Result\n");
    for (size_t i = 0; i < count; i++) {
        write_text(writer, updates[i].id);
        np_write_u8(writer, ',');
        write_pair(writer, updates[i].firmware,
                   updates[i].reason == NULL ? "OK" : updates[i].reason);
    }
}

void np_nrf_results_write(np_writer *writer, const np_nrf_onboarding *onboarding,
                          const np_nrf_update *updates, size_t update_count)
{
    size_t good = np_nrf_onboarding_count(onboarding, NP_NRF_DONE) +
                  np_nrf_onboarding_count(onboarding, NP_NRF_THERE);
    for (size_t i = 0; i < json_array_size(onboarding->operations); i++) {
        write_operation(writer, json_array_get(onboarding->operations, i));
    }
    write_count(writer, onboarding->count - good);
    np_write_text(writer, "\nDevice ID,Result\n");
    for (size_t i = 0; i < onboarding->count; i++) {
        write_pair(writer, onboarding->outcomes[i].id, result_of(&onboarding->outcomes[i]));
    }
    if (update_count > 0) {
        write_updates(writer, updates, update_count);
    }
}
