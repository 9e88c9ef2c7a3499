/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/api.h"

#include "base/text.h"
#include "registry/firmware.h"
#include <stdlib.h>
#include <time.h>

struct gateway_question {
    np_errand errand;
    gateway_api api;
    bool is_forgotten;
    int64_t device;
    json_t *list; /* filled in the thread */
};

static gateway_question *tell_me(const gateway_api *api)
{
    const np_admission *admission = api->admission;
    api->answer(api->self, 200,
                json_pack("{s:s, s:s%, s:s}", "organisation", api->visit->org, "identifier",
                          (const char *)admission->identifier, admission->identifier_len, "reason",
                          np_reason_at(admission->reason)->name));
    return NULL;
}

static gateway_question *tell_time(const gateway_api *api)
{
    char text[32];
    time_t now = time(NULL);
    struct tm civil;
    gmtime_r(&now, &civil);
    (void)strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &civil);
    api->answer(api->self, 200, json_pack("{s:I, s:s}", "unix", (json_int_t)now, "utc", text));
    return NULL;
}

/* In the thread. */
static np_code list_key(void *self, const np_trusted_key *key, np_error *err)
{
    gateway_question *question = self;
    char text[64];
    np_writer writer = np_writer_of((uint8_t *)text, sizeof(text));
    np_write_base64(&writer, NP_BYTES(key->key), 0);
    json_t *one =
        json_pack("{s:s%, s:s%, s:s}", "name", (const char *)key->name.data, key->name.len,
                  "public_key", text, writer.len, "state", np_trusted_key_state_name(key->state));
    return json_array_append_new(question->list, one) == 0
               ? NP_OK
               : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
}

static np_code ask_for_keys(np_errand *errand, np_store *store, np_error *err)
{
    gateway_question *question = (gateway_question *)errand;
    return np_trusted_key_each_of_device(store, question->device, list_key, question, err);
}

/* In the loop again. */
static void answer_keys(np_errand *errand, np_code code, const np_error *err)
{
    gateway_question *question = (gateway_question *)errand;
    const gateway_api *api = &question->api;
    (void)err;
    if (!question->is_forgotten && code == NP_OK) {
        api->answer(api->self, 200, json_pack("{s:O}", "keys", question->list));
    } else if (!question->is_forgotten) {
        api->answer(api->self, 503, json_pack("{s:s}", "error", "storage_unavailable"));
    }
    json_decref(question->list);
    free(question);
}

static gateway_question *ask_keys(const gateway_api *api)
{
    gateway_question *question = calloc(1, sizeof(*question));
    json_t *list = json_array();
    if (question != NULL && list != NULL) {
        *question = (gateway_question){.errand = {.run = ask_for_keys, .done = answer_keys},
                                       .api = *api,
                                       .device = api->admission->device,
                                       .list = list};
        if (np_gateway_judge_send(api->judge, &question->errand)) {
            return question;
        }
    }
    free(question);
    json_decref(list);
    api->answer(api->self, 503, json_pack("{s:s}", "error", "out of memory"));
    return NULL;
}

typedef struct api_row {
    const char *path;
    gateway_question *(*tell)(const gateway_api *api);
} api_row;

static const api_row rows[] = {
    {"/v1/firmware-keys", ask_keys},
    {"/v1/me", tell_me},
    {"/v1/time", tell_time},
};

static const api_row *find_row(np_bytes path)
{
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        if (np_bytes_equal(path, np_bytes_text(rows[i].path))) {
            return &rows[i];
        }
    }
    return NULL;
}

gateway_question *gateway_api_ask(const gateway_api *api, const np_http_request *request)
{
    const api_row *row = find_row(request->path);
    if (row == NULL) {
        api->answer(
            api->self, 404,
            json_pack("{s:s}", "error", "GET /v1/me, /v1/time and /v1/firmware-keys are here"));
        return NULL;
    }
    if (!np_bytes_equal(request->method, np_bytes_text("GET"))) {
        api->answer(api->self, 405, json_pack("{s:s}", "error", "only GET"));
        return NULL;
    }
    return row->tell(api);
}

void gateway_api_forget(gateway_question *question)
{
    if (question != NULL) {
        question->is_forgotten = true;
    }
}
