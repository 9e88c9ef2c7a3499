/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/index.h"

#include "crypto/hash.h"
#include "signer/index_internal.h"
#include <stdlib.h>

const np_index_limits np_index_usual = {.entries = 1U << 19, .filter_bytes = 3U << 23};

enum {
    FIRST_SIZE = 4096, /* not tuned */
    FILTER_BLOCK = 64, /* a cache line */
    FILTER_BITS = 3,   /* of each mark, in its block */
};

struct np_index {
    np_index_limits limits;
    index_entry *slots;
    size_t size; /* a power of two, or 0 */
    size_t count;
    index_runs runs;
    uint8_t *filter; /* of what is in runs; NULL while there are none */
};

void np_index_free(np_index *index)
{
    if (index == NULL) {
        return;
    }
    index_runs_clear(&index->runs);
    free(index->filter);
    free(index->slots);
    free(index);
}

np_code np_index_create(const np_index_limits *limits, const np_record_storage *spill,
                        np_index **ret, np_error *err)
{
    *ret = calloc(1, sizeof(**ret));
    if (*ret == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory to look for duplicates");
    }
    (*ret)->limits = *limits;
    (*ret)->runs.storage = spill;
    return NP_OK;
}

/* A cryptographic hash: nobody who writes the input can make two texts of one value. */
uint64_t np_index_mark(uint8_t kind, np_bytes text)
{
    uint8_t digest[NP_SHA256_SIZE];
    const np_bytes parts[] = {{&kind, 1}, text};
    np_sha256_parts(parts, NP_COUNT_OF(parts), digest);
    np_reader reader = np_reader_of(NP_BYTES(digest));
    uint64_t hash = np_read_u64_be(&reader);
    return hash == 0 ? 1 : hash;
}

/* Where it stands, or the free slot where it would. */
static index_entry *find_slot(index_entry *slots, size_t size, uint64_t mark)
{
    size_t at = (size_t)mark & (size - 1);
    while (slots[at].mark != 0 && slots[at].mark != mark) {
        at = (at + 1) & (size - 1);
    }
    return &slots[at];
}

/* A mark has a few bits in one block; which ones is not what its slot is chosen by. */
static void place_in_filter(const np_index *index, uint64_t mark, uint8_t **ret_block,
                            unsigned ret_bits[static FILTER_BITS])
{
    size_t blocks = index->limits.filter_bytes / FILTER_BLOCK;
    uint64_t mixed = mark * UINT64_C(0x9e3779b97f4a7c15); /* 2^64 over the golden ratio */
    *ret_block = index->filter + (size_t)(mark >> 32) % blocks * FILTER_BLOCK;
    for (int i = 0; i < FILTER_BITS; i++) {
        ret_bits[i] = (unsigned)(mixed >> (64 - 9 * (i + 1))) % (8 * FILTER_BLOCK);
    }
}

static bool may_be_in_runs(const np_index *index, uint64_t mark)
{
    uint8_t *block;
    unsigned bits[FILTER_BITS];
    if (index->filter == NULL) {
        return false;
    }
    place_in_filter(index, mark, &block, bits);
    for (int i = 0; i < FILTER_BITS; i++) {
        if ((block[bits[i] / 8] >> bits[i] % 8 & 1) == 0) {
            return false;
        }
    }
    return true;
}

static void add_to_filter(np_index *index, uint64_t mark)
{
    uint8_t *block;
    unsigned bits[FILTER_BITS];
    place_in_filter(index, mark, &block, bits);
    for (int i = 0; i < FILTER_BITS; i++) {
        block[bits[i] / 8] = (uint8_t)(block[bits[i] / 8] | 1U << bits[i] % 8);
    }
}

np_code np_index_find(np_index *index, uint64_t mark, uint64_t *ret_value, np_error *err)
{
    *ret_value = 0;
    if (index->size > 0) {
        *ret_value = find_slot(index->slots, index->size, mark)->value;
    }
    return *ret_value != 0 || !may_be_in_runs(index, mark)
               ? NP_OK
               : index_runs_find(&index->runs, mark, ret_value, err);
}

static np_code grow(np_index *index, np_error *err)
{
    size_t size = index->size == 0 ? FIRST_SIZE : 2 * index->size;
    size =
        size > index->limits.entries && index->runs.storage != NULL ? index->limits.entries : size;
    index_entry *slots = calloc(size, sizeof(*slots));
    if (slots == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory to look for duplicates among %zu",
                            index->count);
    }
    for (size_t i = 0; i < index->size; i++) {
        if (index->slots[i].mark != 0) {
            *find_slot(slots, size, index->slots[i].mark) = index->slots[i];
        }
    }
    free(index->slots);
    index->slots = slots;
    index->size = size;
    return NP_OK;
}

static int by_mark(const void *a, const void *b)
{
    uint64_t left = ((const index_entry *)a)->mark;
    uint64_t right = ((const index_entry *)b)->mark;
    return (left > right) - (left < right);
}

/* All entries become a run: moved together, sorted where they stand, written, and forgotten. */
static np_code spill(np_index *index, np_error *err)
{
    size_t count = 0;
    if (index->filter == NULL) {
        index->filter = calloc(1, index->limits.filter_bytes);
    }
    if (index->filter == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory to look for duplicates");
    }
    for (size_t i = 0; i < index->size; i++) {
        if (index->slots[i].mark != 0) {
            add_to_filter(index, index->slots[i].mark);
            index->slots[count++] = index->slots[i];
        }
    }
    qsort(index->slots, count, sizeof(*index->slots), by_mark);
    NP_TRY(index_runs_add(&index->runs, index->slots, count, err));
    memset(index->slots, 0, index->size * sizeof(*index->slots));
    index->count = 0;
    return NP_OK;
}

np_code np_index_put(np_index *index, uint64_t mark, uint64_t value, np_error *err)
{
    if (index->count + 1 > index->size / 4 * 3) {
        bool is_full = index->size >= index->limits.entries && index->runs.storage != NULL;
        NP_TRY(is_full ? spill(index, err) : grow(index, err));
    }
    index_entry *slot = find_slot(index->slots, index->size, mark);
    index->count += slot->mark == 0;
    *slot = (index_entry){mark, value};
    return NP_OK;
}
