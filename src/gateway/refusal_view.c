/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/refusal_view.h"

#include "base/format.h"
#include "crypto/hash.h"
#include "gateway/view.h"
#include "x509/constraints.h"
#include "x509/describe.h"
#include "x509/pem.h"
#include <stdlib.h>

enum { WORDS_SIZE = 512, CIVIL_SIZE = 32 };

/* As it is written, also when no calendar has the day. */
static json_t *civil_view(const np_civil *time)
{
    char text[CIVIL_SIZE];
    np_format(text, sizeof(text), "%04d-%02d-%02dT%02d:%02d:%02dZ", time->year, time->month,
              time->day, time->hour, time->minute, time->second);
    return json_string(text);
}

static json_t *name_view(np_bytes name)
{
    char text[WORDS_SIZE];
    x509_name_words(name, text, sizeof(text));
    return json_string(text);
}

/* What x509_describe_key explains is what is not simply P-256. */
static json_t *key_view(const np_certificate *certificate)
{
    char text[WORDS_SIZE] = "P-256";
    if (certificate->point.len == 0) {
        x509_describe_key(certificate->spki, text, sizeof(text));
    }
    return json_string(text);
}

static json_t *pem_view(np_bytes der)
{
    np_writer measure = np_writer_of(NULL, 0);
    np_pem_encode(&measure, "CERTIFICATE", der);
    uint8_t *text = malloc(measure.len);
    np_writer writer = np_writer_of(text, text == NULL ? 0 : measure.len);
    if (text == NULL) {
        return NULL;
    }
    np_pem_encode(&writer, "CERTIFICATE", der);
    json_t *view = np_text_view(np_writer_bytes(&writer));
    free(text);
    return view;
}

json_t *np_certificate_view(np_bytes der)
{
    uint8_t sha256[NP_SHA256_SIZE];
    np_certificate certificate = {0};
    np_constraints constraints = {0};
    bool is_read = np_certificate_parse(der, &certificate, NULL) == NP_OK;
    bool is_judged = is_read && np_constraints_read(&certificate, &constraints, NULL) == NP_OK;
    np_sha256(der, sha256);
    return json_pack(
        "{s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}", "fingerprint", np_digest_view(sha256),
        "subject", is_read ? name_view(certificate.subject) : json_null(), "issuer",
        is_read ? name_view(certificate.issuer) : json_null(), "not_before",
        is_read ? civil_view(&certificate.validity.not_before) : json_null(), "not_after",
        is_read ? civil_view(&certificate.validity.not_after) : json_null(), "key",
        is_read ? key_view(&certificate) : json_null(), "is_ca",
        is_judged ? json_boolean(constraints.is_ca) : json_null(), "pem", pem_view(der));
}

static json_t *chain_view(np_bytes chain)
{
    np_bytes parts[NP_ADMISSION_CHAIN_MAX];
    size_t count = np_refusal_read_chain(chain, parts);
    json_t *view = json_array();
    for (size_t i = 0; i < count; i++) {
        (void)json_array_append_new(view, np_certificate_view(parts[i]));
    }
    return view;
}

static bool has_leaf(const np_refusal *refusal)
{
    return !np_bytes_are_all(NP_BYTES(refusal->leaf), 0);
}

json_t *np_refusal_view(const np_refusal *refusal, bool with_chain)
{
    const np_reason_row *reason = np_reason_at(refusal->reason);
    const np_remedy_row *remedy = np_remedy_at(np_remedy_of(refusal->reason));
    json_t *view = json_pack(
        "{s:I, s:I, s:o, s:s, s:s, s:o, s:s, s:{s:s, s:s, s:s}, s:o, s:o, s:o, s:o, s:o, s:o,"
        " s:o, s:o, s:I, s:o}",
        "id", (json_int_t)refusal->id, "seq", (json_int_t)refusal->seq, "fingerprint",
        has_leaf(refusal) ? np_digest_view(refusal->leaf) : json_null(), "reason", reason->name,
        "sentence", reason->sentence, "detail", np_text_view(refusal->detail), "next",
        reason->next == NULL ? "" : reason->next, "remedy", "name", remedy->name, "title",
        remedy->title, "words", remedy->words, "org", np_text_view(refusal->org), "identifier",
        np_text_view(refusal->identifier), "subject", np_text_view(refusal->subject), "issuer",
        np_text_view(refusal->issuer), "peer", np_text_view(refusal->peer), "gateway",
        np_text_view(refusal->gateway), "first_at", np_time_view(refusal->first_at), "last_at",
        np_time_view(refusal->last_at), "count", (json_int_t)refusal->count, "admitted_at",
        np_time_view(refusal->admitted_at));
    if (with_chain) {
        (void)json_object_set_new(view, "chain", chain_view(refusal->chain));
    }
    return view;
}
