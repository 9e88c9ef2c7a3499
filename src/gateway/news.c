/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/news.h"

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

typedef struct arrival {
    uint8_t leaf[NP_FINGERPRINT_BYTES];
    np_reason reason;
    char org[NP_ORG_NAME_MAX + 1];
    char identifier[NP_IDENTIFIER_MAX + 1];
    char peer[NP_ADDRESS_TEXT_SIZE];
    int64_t at;
} arrival;

struct gateway_news {
    kind *kinds[GATEWAY_NEWS_MAX];
    size_t count;
    arrival arrivals[GATEWAY_NEWS_MAX];
    size_t arrival_count;
};

gateway_news *gateway_news_create(void)
{
    return calloc(1, sizeof(gateway_news));
}

void gateway_news_free(gateway_news *news)
{
    for (size_t i = 0; news != NULL && i < news->count; i++) {
        free(news->kinds[i]);
    }
    free(news);
}

/* Its place, or the count. */
static size_t find_leaf(const gateway_lately *lately, const uint8_t *leaf)
{
    size_t at = 0;
    while (at < lately->count && memcmp(lately->leaves[at], leaf, NP_FINGERPRINT_BYTES) != 0) {
        at++;
    }
    return at;
}

void gateway_lately_add(gateway_lately *lately, const uint8_t leaf[static NP_FINGERPRINT_BYTES])
{
    if (find_leaf(lately, leaf) < lately->count) {
        return;
    }
    memcpy(lately->leaves[lately->next], leaf, NP_FINGERPRINT_BYTES);
    lately->next = (lately->next + 1) % GATEWAY_LATELY_MAX;
    lately->count += lately->count < GATEWAY_LATELY_MAX ? 1 : 0;
}

bool gateway_lately_take(gateway_lately *lately, const uint8_t leaf[static NP_FINGERPRINT_BYTES])
{
    size_t at = find_leaf(lately, leaf);
    if (at == lately->count) {
        return false;
    }
    memset(lately->leaves[at], 0, NP_FINGERPRINT_BYTES); /* nobody's */
    return true;
}

static void copy_identifier(np_bytes text, char ret[static NP_IDENTIFIER_MAX + 1])
{
    np_format(ret, NP_IDENTIFIER_MAX + 1, "%.*s", (int)text.len, (const char *)text.data);
}

static void name_it(kind *new, const np_admission *admission, const np_visit *visit)
{
    np_bytes own = np_bytes_text(visit->common_name);
    np_bytes given = np_bytes_of(admission->identifier, admission->identifier_len);
    np_bytes name = given.len > 0 ? given : own;
    if (np_identifier_is_good(name)) {
        copy_identifier(name, new->identifier);
    }
    memcpy(new->org, visit->org, sizeof(new->org));
    memcpy(new->leaf, visit->leaf, sizeof(new->leaf));
    np_writer chain = np_writer_of(new->chain, sizeof(new->chain));
    np_refusal_write_chain(&chain, visit->parts, visit->count);
    new->chain_len = chain.len;
}

static kind *find_kind(const gateway_news *news, const uint8_t *leaf, np_reason reason)
{
    for (size_t i = 0; i < news->count; i++) {
        kind *one = news->kinds[i];
        if (one->reason == reason && memcmp(one->leaf, leaf, sizeof(one->leaf)) == 0) {
            return one;
        }
    }
    return NULL;
}

static kind *add_kind(gateway_news *news, const np_admission *admission, const np_visit *visit,
                      int64_t now)
{
    kind *new = news->count == GATEWAY_NEWS_MAX ? NULL : calloc(1, sizeof(*new));
    if (new == NULL) {
        return NULL;
    }
    news->kinds[news->count++] = new;
    new->reason = admission->reason;
    new->first_at = now;
    memcpy(new->detail, admission->detail, sizeof(new->detail));
    if (visit != NULL) {
        name_it(new, admission, visit);
    }
    return new;
}

void gateway_news_add_refusal(gateway_news *news, const np_visitor *visitor, const np_visit *visit,
                              int64_t now)
{
    static const uint8_t nothing[NP_FINGERPRINT_BYTES];
    const np_admission *admission = np_visitor_admission(visitor);
    kind *one = find_kind(news, visit == NULL ? nothing : visit->leaf, admission->reason);
    one = one == NULL ? add_kind(news, admission, visit, now) : one;
    if (one != NULL) {
        one->last_at = now;
        one->count++;
        np_address_format(np_visitor_peer(visitor), one->peer);
    }
}

void gateway_news_add_arrival(gateway_news *news, const np_visitor *visitor, const np_visit *visit,
                              int64_t now)
{
    const np_admission *admission = np_visitor_admission(visitor);
    if (news->arrival_count == GATEWAY_NEWS_MAX) {
        return;
    }
    arrival *new = &news->arrivals[news->arrival_count++];
    *new = (arrival){.reason = admission->reason, .at = now};
    memcpy(new->leaf, visit->leaf, sizeof(new->leaf));
    memcpy(new->org, visit->org, sizeof(new->org));
    copy_identifier(np_bytes_of(admission->identifier, admission->identifier_len), new->identifier);
    np_address_format(np_visitor_peer(visitor), new->peer);
}

static np_refusal tell_refusal(const kind *one, np_bytes host)
{
    np_refusal ret = {.reason = one->reason,
                      .org = np_bytes_text(one->org),
                      .identifier = np_bytes_text(one->identifier),
                      .detail = np_bytes_text(one->detail),
                      .chain = np_bytes_of(one->chain, one->chain_len),
                      .peer = np_bytes_text(one->peer),
                      .gateway = host,
                      .first_at = one->first_at,
                      .last_at = one->last_at,
                      .count = one->count};
    memcpy(ret.leaf, one->leaf, sizeof(ret.leaf));
    return ret;
}

static np_arrival tell_arrival(const arrival *one, np_bytes host)
{
    np_arrival ret = {.reason = one->reason,
                      .org = np_bytes_text(one->org),
                      .identifier = np_bytes_text(one->identifier),
                      .peer = np_bytes_text(one->peer),
                      .gateway = host,
                      .arrived_at = one->at};
    memcpy(ret.leaf, one->leaf, sizeof(ret.leaf));
    return ret;
}

np_code gateway_news_store(const gateway_news *news, np_store *store, np_error *err)
{
    char host[HOST_SIZE] = "";
    np_refusal refusals[GATEWAY_NEWS_MAX];
    np_arrival arrivals[GATEWAY_NEWS_MAX];
    const np_door_news all = {refusals, news->count, arrivals, news->arrival_count};
    (void)gethostname(host, sizeof(host) - 1);
    for (size_t i = 0; i < news->count; i++) {
        refusals[i] = tell_refusal(news->kinds[i], np_bytes_text(host));
    }
    for (size_t i = 0; i < news->arrival_count; i++) {
        arrivals[i] = tell_arrival(&news->arrivals[i], np_bytes_text(host));
    }
    return np_door_news_note(store, &all, err);
}
