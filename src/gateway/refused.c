/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/refused.h"

#include "base/format.h"
#include "gateway/address.h"
#include "gateway/judge.h"
#include <stdlib.h>
#include <unistd.h>

enum { HOST_SIZE = 65 /* HOST_NAME_MAX and NUL */ };

typedef struct kind {
    uint8_t leaf[NP_FINGERPRINT_BYTES];
    np_reason reason;
    char org[NP_ORG_NAME_MAX + 1];
    char identifier[NP_IDENTIFIER_MAX + 1];
    char detail[sizeof(((np_admission *)NULL)->detail)];
    char peer[NP_ADDRESS_TEXT_SIZE];
    uint8_t chain[NP_REFUSAL_CHAIN_MAX];
    size_t chain_len;
    int64_t first_at;
    int64_t last_at;
    uint64_t count;
} kind;

struct gateway_refused {
    kind *kinds[GATEWAY_REFUSED_MAX];
    size_t count;
};

gateway_refused *gateway_refused_create(void)
{
    return calloc(1, sizeof(gateway_refused));
}

void gateway_refused_free(gateway_refused *group)
{
    for (size_t i = 0; group != NULL && i < group->count; i++) {
        free(group->kinds[i]);
    }
    free(group);
}

static void name_it(kind *new, const np_admission *admission, const np_visit *visit)
{
    np_bytes own = np_bytes_text(visit->common_name);
    np_bytes given = np_bytes_of(admission->identifier, admission->identifier_len);
    np_bytes name = given.len > 0 ? given : own;
    if (np_identifier_is_good(name)) {
        np_format(new->identifier, sizeof(new->identifier), "%.*s", (int)name.len,
                  (const char *)name.data);
    }
    memcpy(new->org, visit->org, sizeof(new->org));
    memcpy(new->leaf, visit->leaf, sizeof(new->leaf));
    np_writer chain = np_writer_of(new->chain, sizeof(new->chain));
    np_refusal_write_chain(&chain, visit->parts, visit->count);
    new->chain_len = chain.len;
}

static kind *find_kind(const gateway_refused *group, const uint8_t *leaf, np_reason reason)
{
    for (size_t i = 0; i < group->count; i++) {
        kind *one = group->kinds[i];
        if (one->reason == reason && memcmp(one->leaf, leaf, sizeof(one->leaf)) == 0) {
            return one;
        }
    }
    return NULL;
}

static kind *add_kind(gateway_refused *group, const np_admission *admission, const np_visit *visit,
                      int64_t now)
{
    kind *new = group->count == GATEWAY_REFUSED_MAX ? NULL : calloc(1, sizeof(*new));
    if (new == NULL) {
        return NULL;
    }
    group->kinds[group->count++] = new;
    new->reason = admission->reason;
    new->first_at = now;
    memcpy(new->detail, admission->detail, sizeof(new->detail));
    if (visit != NULL) {
        name_it(new, admission, visit);
    }
    return new;
}

void gateway_refused_add(gateway_refused *group, const np_visitor *visitor, const np_visit *visit,
                         int64_t now)
{
    static const uint8_t nothing[NP_FINGERPRINT_BYTES];
    const np_admission *admission = np_visitor_admission(visitor);
    kind *one = find_kind(group, visit == NULL ? nothing : visit->leaf, admission->reason);
    one = one == NULL ? add_kind(group, admission, visit, now) : one;
    if (one != NULL) {
        one->last_at = now;
        one->count++;
        np_address_format(np_visitor_peer(visitor), one->peer);
    }
}

np_code gateway_refused_store(const gateway_refused *group, np_store *store, np_error *err)
{
    char host[HOST_SIZE] = "";
    np_refusal all[GATEWAY_REFUSED_MAX];
    (void)gethostname(host, sizeof(host) - 1);
    for (size_t i = 0; i < group->count; i++) {
        const kind *one = group->kinds[i];
        all[i] = (np_refusal){.reason = one->reason,
                              .org = np_bytes_text(one->org),
                              .identifier = np_bytes_text(one->identifier),
                              .detail = np_bytes_text(one->detail),
                              .chain = np_bytes_of(one->chain, one->chain_len),
                              .peer = np_bytes_text(one->peer),
                              .gateway = np_bytes_text(host),
                              .first_at = one->first_at,
                              .last_at = one->last_at,
                              .count = one->count};
        memcpy(all[i].leaf, one->leaf, sizeof(all[i].leaf));
    }
    return np_refusals_note(store, all, group->count, err);
}
