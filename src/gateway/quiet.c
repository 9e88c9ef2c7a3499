/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/quiet.h"

#include "crypto/hash.h"
#include <stdlib.h>

enum {
    PLACES = 1024, /* sources that are told apart in a period; not tuned */
    PROBES = 8,    /* then two share a place, and its limit */
};

typedef struct place {
    uint8_t name[8]; /* of a hash; all zero: free */
    unsigned lines;
} place;

struct gateway_quiet {
    place places[PLACES];
    uint64_t since_ms;
    unsigned lines; /* of all */
    uint64_t left_out;
};

gateway_quiet *gateway_quiet_create(void)
{
    return calloc(1, sizeof(gateway_quiet));
}

void gateway_quiet_free(gateway_quiet *quiet)
{
    free(quiet);
}

static bool is_over(const gateway_quiet *quiet, uint64_t now_ms)
{
    return now_ms - quiet->since_ms >= GATEWAY_QUIET_PERIOD_MS;
}

/* What was left out is kept until somebody has asked for it. */
static void begin_anew(gateway_quiet *quiet, uint64_t now_ms)
{
    memset(quiet->places, 0, sizeof(quiet->places));
    quiet->since_ms = now_ms;
    quiet->lines = 0;
}

static place *find_place(gateway_quiet *quiet, np_bytes source)
{
    static const uint8_t nobody[8] = {0};
    uint8_t digest[NP_SHA256_SIZE];
    place *found = NULL;
    np_sha256(source, digest);
    digest[7] |= 1; /* never all zero */
    size_t at = (size_t)digest[8] << 8 | digest[9];
    for (size_t i = 0; i < PROBES; i++) {
        found = &quiet->places[(at + i) % PLACES];
        if (memcmp(found->name, digest, sizeof(nobody)) == 0) {
            return found;
        }
        if (memcmp(found->name, nobody, sizeof(nobody)) == 0) {
            memcpy(found->name, digest, sizeof(nobody));
            return found;
        }
    }
    return found;
}

bool gateway_quiet_may_tell(gateway_quiet *quiet, const gateway_quiet_policy *policy,
                            np_bytes source, uint64_t now_ms)
{
    if (is_over(quiet, now_ms)) {
        begin_anew(quiet, now_ms);
    }
    place *own = find_place(quiet, source);
    bool is_too_many = (policy->of_one > 0 && own->lines >= policy->of_one) ||
                       (policy->of_all > 0 && quiet->lines >= policy->of_all);
    if (is_too_many) {
        quiet->left_out++;
        return false;
    }
    own->lines++;
    quiet->lines++;
    return true;
}

uint64_t gateway_quiet_take_left_out(gateway_quiet *quiet, uint64_t now_ms)
{
    uint64_t left_out = is_over(quiet, now_ms) ? quiet->left_out : 0;
    quiet->left_out -= left_out;
    return left_out;
}
