/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/limiter.h"

#include "crypto/hash.h"
#include "crypto/random.h"
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

enum {
    BUCKETS = 65536,       /* addresses whose hashes meet share a count; the hash has a secret */
    TOKENS_PER_ONE = 1000, /* thousandths, so that a millisecond brings something */
};

struct np_limiter {
    np_limiter_policy policy;
    size_t count;
    uint64_t tokens; /* in thousandths of a connection */
    uint64_t filled_ms;
    uint8_t secret[NP_SHA256_SIZE];
    uint16_t per_bucket[BUCKETS];
};

np_limiter *np_limiter_create(const np_limiter_policy *policy)
{
    np_limiter *limiter = calloc(1, sizeof(*limiter));
    np_random random = np_random_system();
    if (limiter == NULL ||
        random.fill(random.self, limiter->secret, sizeof(limiter->secret), NULL) != NP_OK) {
        free(limiter);
        return NULL;
    }
    limiter->policy = *policy;
    limiter->tokens = UINT64_C(2) * policy->per_second * TOKENS_PER_ONE;
    return limiter;
}

void np_limiter_free(np_limiter *limiter)
{
    free(limiter);
}

/* What names one customer; a peer without an address (a unix socket) has none. */
static np_bytes address_of(const struct sockaddr_storage *peer)
{
    const struct sockaddr_in *four = (const struct sockaddr_in *)peer;
    const struct sockaddr_in6 *six = (const struct sockaddr_in6 *)peer;
    enum { CUSTOMER_BYTES = 8 };
    switch (peer->ss_family) {
    case AF_INET:
        return (np_bytes){(const uint8_t *)&four->sin_addr, sizeof(four->sin_addr)};
    case AF_INET6:
        return (np_bytes){(const uint8_t *)&six->sin6_addr, CUSTOMER_BYTES};
    default:
        return (np_bytes){NULL, 0};
    }
}

static uint16_t *bucket_of(np_limiter *limiter, const struct sockaddr_storage *peer)
{
    uint8_t digest[NP_SHA256_SIZE];
    const np_bytes parts[] = {{limiter->secret, sizeof(limiter->secret)}, address_of(peer)};
    np_sha256_parts(parts, 2, digest);
    return &limiter->per_bucket[digest[0] << 8 | digest[1]];
}

/* A token bucket that holds two seconds' worth. */
static bool has_token(np_limiter *limiter, uint64_t now_ms)
{
    uint64_t rate = limiter->policy.per_second; /* thousandths a millisecond */
    uint64_t most = UINT64_C(2) * rate * TOKENS_PER_ONE;
    uint64_t passed = now_ms > limiter->filled_ms ? now_ms - limiter->filled_ms : 0;
    if (rate == 0) {
        return true;
    }
    limiter->tokens = passed > most / rate ? most : limiter->tokens + passed * rate;
    limiter->tokens = limiter->tokens > most ? most : limiter->tokens;
    limiter->filled_ms = now_ms;
    if (limiter->tokens < TOKENS_PER_ONE) {
        return false;
    }
    limiter->tokens -= TOKENS_PER_ONE;
    return true;
}

np_limiter_verdict np_limiter_come(np_limiter *limiter, const struct sockaddr_storage *peer,
                                   uint64_t now_ms)
{
    const np_limiter_policy *policy = &limiter->policy;
    uint16_t *bucket = bucket_of(limiter, peer);
    if (policy->connections > 0 && limiter->count >= policy->connections) {
        return NP_LIMITER_FULL;
    }
    if (address_of(peer).len > 0 && policy->per_address > 0 && *bucket >= policy->per_address) {
        return NP_LIMITER_TOO_MANY_OF_ONE;
    }
    if (*bucket == UINT16_MAX || !has_token(limiter, now_ms)) {
        return NP_LIMITER_TOO_FAST;
    }
    limiter->count++;
    (*bucket)++;
    return NP_LIMITER_WELCOME;
}

void np_limiter_leave(np_limiter *limiter, const struct sockaddr_storage *peer)
{
    uint16_t *bucket = bucket_of(limiter, peer);
    limiter->count--;
    (*bucket)--;
}

size_t np_limiter_count(const np_limiter *limiter)
{
    return limiter->count;
}
