/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /v1/admit: a front door that is there already asks whether a device may come in. GET with the
 * certificate in a header, as PEM with escapes (nginx's $ssl_client_escaped_cert), or POST with a
 * chain. The answer is a status and headers, which is all that nginx's auth_request looks at.
 */
#include "gateway/manage/problems.h"
#include "gateway/manage/routes.h"
#include "registry/gate.h"
#include "registry/presented.h"
#include "registry/refusals.h"
#include "x509/verify.h"
#include <stdlib.h>
#include <unistd.h>

enum { TEXT_MAX = 65536 }; /* of a chain in PEM: NP_ADMISSION_CHAIN_MAX certificates fit */

static const char certificate_field[] = "x-nameplate-certificate";

/* One question, on the heap: it is large. */
typedef struct question {
    np_presented presented;
    np_admission admission;
    char org[NP_ORG_NAME_MAX + 1];
    uint8_t text[TEXT_MAX];
    uint8_t chain[NP_REFUSAL_CHAIN_MAX];
    char host[256]; /* where this runs */
} question;

static void free_question(question **self)
{
    free(*self);
}

static np_gate_options options_of(const manage_call *call)
{
    return (np_gate_options){.policy = call->shared->config->policy,
                             .judge = np_judge_libcrypto(),
                             .now = call->actor.now};
}

/* A token of one organisation lets in nobody else's devices, and records none of them. */
static np_code judge_for_org(manage_call *call, question *self, bool *ret_is_ours, np_error *err)
{
    const np_gate_options options = options_of(call);
    const np_admission_store ask = np_gate_ask(call->store);
    const np_admission_request request = {.chain = self->presented.chain,
                                          .chain_len = self->presented.count,
                                          .store = &ask,
                                          .policy = options.policy,
                                          .judge = options.judge,
                                          .now = options.now};
    NP_TRY(np_admission_decide(&request, &self->admission, err));
    NP_TRY(np_org_name(call->store, self->admission.org, self->org, err));
    *ret_is_ours =
        self->org[0] == '\0' || np_bytes_equal(call->token->org, np_bytes_text(self->org));
    if (!*ret_is_ours) {
        self->admission = (np_admission){.reason = NP_REASON_MISMATCHED_ORG};
        self->org[0] = '\0';
    }
    return NP_OK;
}

static np_code judge(manage_call *call, question *self, np_error *err)
{
    bool is_ours = true;
    const np_gate_options options = options_of(call);
    const np_gate_request request = {self->presented.chain, self->presented.count};
    if (self->presented.count == 0) {
        self->admission.reason = NP_REASON_NO_CERTIFICATE;
        return NP_OK;
    }
    if (call->token->org.len > 0) {
        NP_TRY(judge_for_org(call, self, &is_ours, err));
    }
    if (is_ours) {
        NP_TRY(np_gate_admit(call->store, &options, &request, 1, &self->admission, err));
        NP_TRY(np_org_name(call->store, self->admission.org, self->org, err));
    }
    return NP_OK;
}

/* Where the device came from, as far as the front door says so in the header that nginx's users
 * have for it. */
static np_bytes peer_of(const manage_call *call)
{
    np_bytes peer = np_http_find(call->head, "x-real-ip");
    return np_identifier_is_good(peer) ? peer : np_bytes_text("");
}

static np_refusal tell_refusal(const manage_call *call, question *self)
{
    const np_admission *admission = &self->admission;
    np_writer chain = np_writer_of(self->chain, sizeof(self->chain));
    np_refusal_write_chain(&chain, self->presented.chain, self->presented.count);
    np_refusal ret = {.reason = admission->reason,
                      .org = np_bytes_text(self->org),
                      .identifier = np_bytes_of(admission->identifier, admission->identifier_len),
                      .detail = np_bytes_text(admission->detail),
                      .chain = np_writer_bytes(&chain),
                      .peer = peer_of(call),
                      .gateway = np_bytes_text(self->host),
                      .first_at = call->actor.now,
                      .last_at = call->actor.now,
                      .count = 1};
    memcpy(ret.leaf, admission->leaf_sha256, sizeof(ret.leaf));
    return ret;
}

static np_arrival tell_arrival(const manage_call *call, const question *self)
{
    const np_admission *admission = &self->admission;
    np_arrival ret = {.reason = admission->reason,
                      .org = np_bytes_text(self->org),
                      .identifier = np_bytes_of(admission->identifier, admission->identifier_len),
                      .peer = peer_of(call),
                      .gateway = np_bytes_text(self->host),
                      .arrived_at = call->actor.now};
    memcpy(ret.leaf, admission->leaf_sha256, sizeof(ret.leaf));
    return ret;
}

/* Beside those whom the gateway itself has refused, or seen for the first time. A failure changes
 * no answer. */
static void note_news(manage_call *call, question *self)
{
    np_error ignored = {0};
    bool is_admitted = np_reason_at(self->admission.reason)->is_admitted;
    if (self->presented.count == 0 || self->admission.reason == NP_REASON_KNOWN) {
        return;
    }
    (void)gethostname(self->host, sizeof(self->host) - 1);
    const np_refusal refusal = tell_refusal(call, self);
    const np_arrival arrival = tell_arrival(call, self);
    const np_door_news news = {.refusals = &refusal,
                               .refusal_count = is_admitted ? 0 : 1,
                               .arrivals = &arrival,
                               .arrival_count = is_admitted ? 1 : 0};
    (void)!np_door_news_note(call->store, &news, &ignored);
}

static void answer(manage_call *call, const question *self)
{
    const np_admission *admission = &self->admission;
    const np_reason_row *row = np_reason_at(admission->reason);
    call->reply.status = row->is_admitted                                ? 204
                         : admission->reason == NP_REASON_NO_CERTIFICATE ? 401
                                                                         : 403;
    if (!row->is_admitted) {
        call->reply.json = json_pack("{s:s, s:s}", "reason", row->name, "sentence", row->sentence);
    }
    manage_add_field(call, "X-Nameplate-Reason: %s\r\n", row->name);
    if (self->org[0] != '\0') {
        manage_add_field(call, "X-Nameplate-Organisation: %s\r\n", self->org);
    }
    if (admission->identifier_len > 0) {
        manage_add_field(call, "X-Nameplate-Identifier: %.*s\r\n", (int)admission->identifier_len,
                         (const char *)admission->identifier);
    }
}

/* What is no certificate is a refusal of the device, and no error of the caller. */
static np_code judge_text(manage_call *call, np_bytes text, question *self, np_error *err)
{
    np_error why = {0};
    if (text.len > 0 && np_presented_read(text, &self->presented, &why) != NP_OK) {
        self->admission.reason = NP_REASON_MALFORMED;
    } else {
        NP_TRY(judge(call, self, err));
    }
    note_news(call, self);
    answer(call, self);
    return NP_OK;
}

static np_code create(question **ret, np_error *err)
{
    *ret = calloc(1, sizeof(**ret));
    return *ret != NULL ? NP_OK : np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
}

np_code manage_get_admit(manage_call *call, np_error *err)
{
    NP_CLEANUP(free_question) question *self = NULL;
    NP_TRY(create(&self, err));
    np_writer writer = np_writer_of(self->text, sizeof(self->text));
    np_bytes escaped = np_http_find(call->head, certificate_field);
    bool is_good = escaped.len == 0 || np_http_unescape(escaped, &writer);
    /* what has bad escapes is no certificate either */
    return judge_text(call, is_good ? np_writer_bytes(&writer) : escaped, self, err);
}

np_code manage_post_admit(manage_call *call, np_error *err)
{
    NP_CLEANUP(free_question) question *self = NULL;
    NP_TRY(create(&self, err));
    if (call->file_size > sizeof(self->text)) {
        return np_error_set(err, NP_EINPUT_RANGE, "a chain has at most %d bytes", TEXT_MAX);
    }
    ssize_t len = pread(call->file, self->text, sizeof(self->text), 0);
    if (len < 0 || (uint64_t)len != call->file_size) {
        return np_error_set(err, NP_ESTATION_IO, "the body cannot be read again");
    }
    return judge_text(call, np_bytes_of(self->text, (size_t)len), self, err);
}
