/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/seen.h"

#include "crypto/hash.h"
#include <stdlib.h>

enum { FIRST_SIZE = 4096 /* not tuned */ };

void np_seen_clear(np_seen *seen)
{
    free(seen->slots);
    *seen = (np_seen){0};
}

/* A cryptographic hash: nobody who writes the input can make two texts of one value. */
uint64_t np_seen_mark(uint8_t kind, np_bytes text)
{
    uint8_t digest[NP_SHA256_SIZE];
    const np_bytes parts[] = {{&kind, 1}, text};
    np_sha256_parts(parts, NP_COUNT_OF(parts), digest);
    np_reader reader = np_reader_of(NP_BYTES(digest));
    uint64_t hash = np_read_u64_be(&reader);
    return hash == 0 ? 1 : hash;
}

/* Where it stands, or the free slot where it would. */
static size_t find_slot(const uint64_t *slots, size_t size, uint64_t hash)
{
    size_t at = (size_t)hash & (size - 1);
    while (slots[at] != 0 && slots[at] != hash) {
        at = (at + 1) & (size - 1);
    }
    return at;
}

bool np_seen_has(const np_seen *seen, uint64_t mark)
{
    return seen->size > 0 && seen->slots[find_slot(seen->slots, seen->size, mark)] == mark;
}

static np_code grow(np_seen *seen, np_error *err)
{
    size_t size = seen->size == 0 ? FIRST_SIZE : 2 * seen->size;
    uint64_t *slots = calloc(size, sizeof(*slots));
    if (slots == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory to look for duplicates among %zu",
                            seen->count);
    }
    for (size_t i = 0; i < seen->size; i++) {
        if (seen->slots[i] != 0) {
            slots[find_slot(slots, size, seen->slots[i])] = seen->slots[i];
        }
    }
    free(seen->slots);
    seen->slots = slots;
    seen->size = size;
    return NP_OK;
}

np_code np_seen_add(np_seen *seen, uint64_t mark, np_error *err)
{
    if (seen->count + 1 > seen->size / 4 * 3) {
        NP_TRY(grow(seen, err));
    }
    size_t at = find_slot(seen->slots, seen->size, mark);
    seen->count += seen->slots[at] == 0;
    seen->slots[at] = mark;
    return NP_OK;
}
