/* SPDX-License-Identifier: Apache-2.0 */
/*
 * /v1/admit: a front door that is there already asks whether a device may come in. GET with the
 * certificate in a header, as PEM with escapes (nginx's $ssl_client_escaped_cert), or POST with a
 * chain. The answer is a status and headers, which is all that nginx's auth_request looks at.
 */
#include "base/format.h"
#include "crypto/hash.h"
#include "gateway/address.h"
#include "gateway/manage/notes.h"
#include "gateway/manage/problems.h"
#include "gateway/manage/routes.h"
#include "registry/gate.h"
#include "registry/presented.h"
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
static void read_peer(const manage_call *call, char ret[static NP_ADDRESS_TEXT_SIZE])
{
    np_bytes peer = np_http_find(call->head, "x-real-ip");
    bool is_good = np_identifier_is_good(peer);
    np_format(ret, NP_ADDRESS_TEXT_SIZE, "%.*s", is_good ? (int)peer.len : 0,
              is_good ? (const char *)peer.data : "");
}

/* Beside those whom the gateway itself has refused, or seen. What is no certificate is known by
 * its hash as well. */
static void note(const manage_call *call, const question *self, np_bytes text)
{
    uint8_t leaf[NP_SHA256_SIZE];
    char peer[NP_ADDRESS_TEXT_SIZE];
    const np_presented *presented = &self->presented;
    np_sha256(presented->count > 0 ? presented->chain[0] : text, leaf);
    read_peer(call, peer);
    const gateway_newcomer newcomer = {.admission = &self->admission,
                                       .org = self->org,
                                       .leaf = text.len > 0 ? leaf : NULL,
                                       .chain = presented->chain,
                                       .chain_len = presented->count,
                                       .peer = peer};
    manage_notes_take(call->shared->notes, &newcomer, call->actor.now);
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
    note(call, self, text);
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
