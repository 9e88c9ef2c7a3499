/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/news.h"

#include "base/format.h"
#include "crypto/hash.h"
#include "gateway/address.h"
#include "gateway/judge.h"
#include "x509/certificate.h"
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
    bool is_stranger;
    uint64_t sharer; /* of the room: a hash */
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

/* As he calls himself; empty when he does not. */
static np_bytes own_name(const gateway_newcomer *newcomer)
{
    np_certificate leaf;
    np_bytes name = np_bytes_text("");
    bool is_named = newcomer->chain_len > 0 &&
                    np_certificate_parse(newcomer->chain[0], &leaf, NULL) == NP_OK &&
                    np_certificate_common_name(leaf.subject, &name);
    return is_named ? name : np_bytes_text("");
}

static void name_it(kind *new, const gateway_newcomer *newcomer)
{
    const np_admission *admission = newcomer->admission;
    np_bytes given = np_bytes_of(admission->identifier, admission->identifier_len);
    np_bytes name = given.len > 0 ? given : own_name(newcomer);
    if (np_identifier_is_good(name)) {
        copy_identifier(name, new->identifier);
    }
    np_format(new->org, sizeof(new->org), "%s", newcomer->org);
    np_writer chain = np_writer_of(new->chain, sizeof(new->chain));
    np_refusal_write_chain(&chain, newcomer->chain, newcomer->chain_len);
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

/* Whose room it takes: that of its organisation, or of where it came from. */
static uint64_t sharer_of(const gateway_newcomer *newcomer)
{
    char source[NP_REFUSAL_SOURCE_SIZE];
    uint8_t digest[NP_SHA256_SIZE];
    uint64_t ret;
    np_refusal_source(np_bytes_text(newcomer->peer), source);
    np_sha256(np_bytes_text(newcomer->org[0] != '\0' ? newcomer->org : source), digest);
    memcpy(&ret, digest, sizeof(ret));
    return ret;
}

static size_t count_of(const gateway_news *news, bool is_stranger, uint64_t sharer)
{
    size_t count = 0;
    for (size_t i = 0; i < news->count; i++) {
        const kind *one = news->kinds[i];
        count += one->is_stranger == is_stranger && one->sharer == sharer ? 1 : 0;
    }
    return count;
}

/* The last of the one who has most of this half; NULL: nobody has more than the newcomer would. */
static kind *take_from_most(const gateway_news *news, const kind *new)
{
    kind *found = NULL;
    size_t most = count_of(news, new->is_stranger, new->sharer) + 1;
    for (size_t i = 0; i < news->count; i++) {
        kind *one = news->kinds[i];
        size_t count = one->is_stranger == new->is_stranger
                           ? count_of(news, one->is_stranger, one->sharer)
                           : 0;
        if (count > most || (found != NULL && count == most)) {
            most = count;
            found = one;
        }
    }
    return found;
}

static size_t count_half(const gateway_news *news, bool is_stranger)
{
    size_t count = 0;
    for (size_t i = 0; i < news->count; i++) {
        count += news->kinds[i]->is_stranger == is_stranger ? 1 : 0;
    }
    return count;
}

/* NULL: there is no room, or no memory. */
static kind *make_room(gateway_news *news, const kind *new)
{
    if (count_half(news, new->is_stranger) == GATEWAY_NEWS_MAX / 2) {
        return take_from_most(news, new);
    }
    kind *place = calloc(1, sizeof(*place));
    if (place != NULL) {
        news->kinds[news->count++] = place;
    }
    return place;
}

static kind *add_kind(gateway_news *news, const gateway_newcomer *newcomer, int64_t now)
{
    kind new = {.reason = newcomer->admission->reason,
                .first_at = now,
                .is_stranger = newcomer->org[0] == '\0',
                .sharer = sharer_of(newcomer)};
    kind *place = make_room(news, &new);
    if (place == NULL) {
        return NULL;
    }
    memcpy(new.detail, newcomer->admission->detail, sizeof(new.detail));
    if (newcomer->leaf != NULL) {
        memcpy(new.leaf, newcomer->leaf, sizeof(new.leaf));
    }
    name_it(&new, newcomer);
    *place = new;
    return place;
}

void gateway_news_add_refused(gateway_news *news, const gateway_newcomer *newcomer, int64_t now)
{
    static const uint8_t nothing[NP_FINGERPRINT_BYTES];
    kind *one = find_kind(news, newcomer->leaf == NULL ? nothing : newcomer->leaf,
                          newcomer->admission->reason);
    one = one == NULL ? add_kind(news, newcomer, now) : one;
    if (one != NULL) {
        one->last_at = now;
        one->count++;
        np_format(one->peer, sizeof(one->peer), "%s", newcomer->peer);
    }
}

void gateway_news_add_arrived(gateway_news *news, const gateway_newcomer *newcomer, int64_t now)
{
    const np_admission *admission = newcomer->admission;
    if (news->arrival_count == GATEWAY_NEWS_MAX) {
        return;
    }
    arrival *new = &news->arrivals[news->arrival_count++];
    *new = (arrival){.reason = admission->reason, .at = now};
    memcpy(new->leaf, newcomer->leaf, sizeof(new->leaf));
    np_format(new->org, sizeof(new->org), "%s", newcomer->org);
    copy_identifier(np_bytes_of(admission->identifier, admission->identifier_len), new->identifier);
    np_format(new->peer, sizeof(new->peer), "%s", newcomer->peer);
}

static gateway_newcomer newcomer_of(const np_visitor *visitor, const np_visit *visit,
                                    char peer[static NP_ADDRESS_TEXT_SIZE])
{
    np_address_format(np_visitor_peer(visitor), peer);
    gateway_newcomer ret = {.admission = np_visitor_admission(visitor), .org = "", .peer = peer};
    if (visit != NULL) {
        ret.org = visit->org;
        ret.leaf = visit->leaf;
        ret.chain = visit->parts;
        ret.chain_len = visit->count;
    }
    return ret;
}

void gateway_news_add_refusal(gateway_news *news, const np_visitor *visitor, const np_visit *visit,
                              int64_t now)
{
    char peer[NP_ADDRESS_TEXT_SIZE];
    const gateway_newcomer newcomer = newcomer_of(visitor, visit, peer);
    gateway_news_add_refused(news, &newcomer, now);
}

void gateway_news_add_arrival(gateway_news *news, const np_visitor *visitor, const np_visit *visit,
                              int64_t now)
{
    char peer[NP_ADDRESS_TEXT_SIZE];
    const gateway_newcomer newcomer = newcomer_of(visitor, visit, peer);
    gateway_news_add_arrived(news, &newcomer, now);
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
