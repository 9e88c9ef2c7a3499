/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/knock.h"

#include "base/format.h"
#include "gateway/http.h"
#include "gateway/writable.h"
#include "registry/secrets.h"
#include <stdlib.h>
#include <strings.h>
#include <time.h>

struct gateway_knocking {
    np_errand errand;
    gateway_knock_options options;
    bool is_forgotten;
    np_nh1 request; /* its slices are of the head */
    np_admission admission;
    char org[NP_ORG_NAME_MAX + 1];
    uint8_t *head; /* heap */
};

static void release(gateway_knocking *knocking)
{
    free(knocking->head);
    free(knocking);
}

static void refuse(const gateway_knock_options *options, np_reason reason)
{
    const np_admission refusal = {.reason = reason};
    options->answer(options->self, &refusal);
}

/* How often it is there; the value is that of the last one. */
static unsigned find_field(const np_http_request *request, const char *name, np_bytes *ret)
{
    unsigned count = 0;
    for (size_t i = 0; i < request->field_count; i++) {
        np_bytes own = request->fields[i].name;
        if (own.len == strlen(name) && strncasecmp((const char *)own.data, name, own.len) == 0) {
            *ret = request->fields[i].value;
            count++;
        }
    }
    return count;
}

/* False when the request says nothing of a secret; a header that is there twice counts as none. */
static bool read_headers(const np_http_request *request, np_nh1_headers *ret)
{
    const struct {
        const char *name;
        np_bytes *value;
    } fields[] = {{"x-nh-alg", &ret->alg},
                  {"x-nh-key", &ret->key},
                  {"x-nh-time", &ret->time},
                  {"x-nh-signature", &ret->signature}};
    unsigned count = 0;
    for (size_t i = 0; i < NP_COUNT_OF(fields); i++) {
        unsigned times = find_field(request, fields[i].name, fields[i].value);
        *fields[i].value = times == 1 ? *fields[i].value : (np_bytes){0};
        count += times;
    }
    return count > 0;
}

/* In a thread. */
static np_code judge(np_errand *errand, np_store *store, np_error *err)
{
    gateway_knocking *self = (gateway_knocking *)errand;
    int64_t now = (int64_t)time(NULL);
    np_admission *ret = &self->admission;
    NP_TRY(errand->is_recording
               ? np_secret_record(store, &self->request, &self->options.policy, now, ret, err)
               : np_secret_judge(store, &self->request, &self->options.policy, now, ret, err));
    return np_org_name(store, ret->org, self->org, err);
}

/* In the loop again. */

static void answer(gateway_knocking *self)
{
    np_visit *visit = self->options.visit;
    gateway_writable_confirm(self->options.writable, &self->admission, visit->trouble,
                             sizeof(visit->trouble));
    memcpy(visit->org, self->org, sizeof(visit->org));
    self->options.answer(self->options.self, &self->admission);
    release(self);
}

static void go_on(np_errand *errand, np_code code, const np_error *err)
{
    gateway_knocking *self = (gateway_knocking *)errand;
    const gateway_knock_options *options = &self->options;
    if (self->is_forgotten) {
        release(self);
        return;
    }
    if (code != NP_OK) {
        np_format(options->visit->trouble, sizeof(options->visit->trouble), "%s", err->message);
        self->admission = (np_admission){.reason = NP_REASON_STORAGE_UNAVAILABLE};
    }
    bool is_welcome = np_reason_at(self->admission.reason)->is_admitted;
    if (is_welcome && !errand->is_recording &&
        np_nh1_seen(options->memory, self->request.headers.signature, &options->policy,
                    (int64_t)time(NULL))) {
        self->admission.reason = NP_REASON_NH1_REPLAYED;
        is_welcome = false;
    }
    bool is_first = (self->admission.effects & NP_EFFECT_CREATE_DEVICE) != 0;
    if (is_welcome && is_first && !errand->is_recording) {
        errand->is_recording = true;
        if (np_gateway_judge_send(options->judge, errand)) {
            return;
        }
        self->admission = (np_admission){.reason = NP_REASON_STORAGE_UNAVAILABLE};
    }
    answer(self);
}

static gateway_knocking *create(const gateway_knock_options *options, np_bytes head)
{
    gateway_knocking *new = calloc(1, sizeof(*new));
    uint8_t *copy = malloc(head.len + 1);
    if (new == NULL || copy == NULL) {
        free(new);
        free(copy);
        return NULL;
    }
    memcpy(copy, head.data, head.len);
    *new = (gateway_knocking){
        .errand = {.run = judge, .done = go_on}, .options = *options, .head = copy};
    return new;
}

static void note_key(np_visit *visit, np_bytes key_id)
{
    np_format(visit->key_id, sizeof(visit->key_id), "%.*s", (int)key_id.len,
              (const char *)key_id.data);
    np_secret_fingerprint(key_id, visit->credential);
}

gateway_knocking *gateway_knock(const gateway_knock_options *options, np_bytes head)
{
    np_nh1_headers headers = {0};
    np_http_request request;
    np_reason reason = NP_REASON_STORAGE_UNAVAILABLE;
    gateway_knocking *new = create(options, head);
    if (new == NULL) {
        refuse(options, reason);
        return NULL;
    }
    if (np_http_read(np_bytes_of(new->head, head.len), &request) != NP_HTTP_REQUEST ||
        !read_headers(&request, &headers)) {
        refuse(options, NP_REASON_NO_CERTIFICATE);
    } else if (!np_nh1_read(&headers, &options->policy, &new->request, &reason)) {
        refuse(options, reason);
    } else {
        note_key(options->visit, headers.key);
        if (np_gateway_judge_send(options->judge, &new->errand)) {
            return new;
        }
        refuse(options, NP_REASON_STORAGE_UNAVAILABLE);
    }
    release(new);
    return NULL;
}

void gateway_knock_forget(gateway_knocking *knocking)
{
    if (knocking != NULL) {
        knocking->is_forgotten = true;
    }
}
