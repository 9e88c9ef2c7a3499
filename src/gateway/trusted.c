/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/trusted.h"

#include "base/format.h"

static np_code take_key(void *self, const np_trusted_key *key, np_error *err)
{
    static const np_firmware_key_state states[NP_TRUSTED_STATE_COUNT] = {
        [NP_TRUSTED_ACTIVE] = NP_FIRMWARE_KEY_ACTIVE,
        [NP_TRUSTED_RETIRING] = NP_FIRMWARE_KEY_RETIRING,
        [NP_TRUSTED_REVOKED] = NP_FIRMWARE_KEY_REVOKED,
    };
    np_trusted_keys *ret = self;
    if (ret->count == NP_TRUSTED_KEYS_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "the organisation has more than %d firmware keys",
                            NP_TRUSTED_KEYS_MAX);
    }
    np_format(ret->names[ret->count], sizeof(ret->names[0]), "%.*s", (int)key->name.len,
              (const char *)key->name.data);
    np_firmware_key *taken = &ret->keys[ret->count++];
    memcpy(taken->bytes, key->key, sizeof(taken->bytes));
    taken->state = states[key->state];
    return NP_OK;
}

np_code np_trusted_keys_load(np_store *store, const char *org, const char *product,
                             np_trusted_keys *ret, np_error *err)
{
    /* a name that no product has, so that none of another product's keys counts */
    const char *wanted = product == NULL ? "\n" : product;
    ret->count = 0;
    NP_TRY(
        np_trusted_key_each(store, np_bytes_text(org), np_bytes_text(wanted), take_key, ret, err));
    if (ret->count > 0) {
        return NP_OK;
    }
    np_error_set(err, NP_EINPUT_MISSING, "%s has no firmware key for %s", org,
                 product == NULL ? "all products (name one: --product)" : product);
    return np_error_hint(err, NP_EINPUT_MISSING, "nameplate registry key add FILE --org %s", org);
}
