/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An entry of the token cache. The digest at its end is made good first, or no input would come
 * further. An entry that is taken is of a locked chip, and is written again as it was.
 */
#include "crypto/hash.h"
#include "token/cache.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    uint8_t entry[CACHE_ENTRY_SIZE] = {0};
    uint8_t again[CACHE_ENTRY_SIZE];
    np_token_facts facts;
    const size_t contents = sizeof(entry) - NP_SHA256_SIZE;
    if (size > 0) {
        memcpy(entry, data, size < contents ? size : contents);
    }
    np_sha256(np_bytes_of(entry, contents), entry + contents);
    require(!cache_decode(np_bytes_of(entry, contents), &facts));
    if (!cache_decode(NP_BYTES(entry), &facts)) {
        return 0;
    }
    require(facts.has_key && facts.has_identity && facts_are_final(&facts));
    require(facts.identity.device.len > 0 && facts.identity.signer.len > 0);
    cache_encode(&facts, again);
    require(facts.aux.state == NP_AUX_BROKEN || memcmp(entry, again, sizeof(entry)) == 0);
    return 0;
}
