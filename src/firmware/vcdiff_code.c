/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/vcdiff_code.h"

enum {
    MODES = VCDIFF_MODE_SAME + VCDIFF_SAME,
    /* The first code of each block of the table. */
    FIRST_ADD = 1,
    FIRST_COPY = 19,
    FIRST_ADD_COPY = 163,
    FIRST_ADD_COPY_SAME = 235,
    FIRST_COPY_ADD = 247,
    /* 0 and the sizes 4 to 18 */
    COPY_SIZES = 16,
    ADDS_BEFORE_COPY = 4,
    COPIES_BEHIND_ADD = 3,
};

static vcdiff_instruction copy_of(unsigned mode, unsigned size)
{
    return (vcdiff_instruction){.kind = VCDIFF_COPY, .size = size, .mode = mode};
}

static vcdiff_instruction add_of(unsigned size)
{
    return (vcdiff_instruction){.kind = VCDIFF_ADD, .size = size};
}

static void decode_copy(unsigned index, vcdiff_instruction ret[2])
{
    unsigned size = index % COPY_SIZES;
    ret[0] = copy_of(index / COPY_SIZES, size == 0 ? 0 : size + 3);
}

static void decode_add_copy(unsigned index, vcdiff_instruction ret[2])
{
    unsigned in_mode = index % (ADDS_BEFORE_COPY * COPIES_BEHIND_ADD);
    ret[0] = add_of(1 + in_mode / COPIES_BEHIND_ADD);
    ret[1] =
        copy_of(index / (ADDS_BEFORE_COPY * COPIES_BEHIND_ADD), 4 + in_mode % COPIES_BEHIND_ADD);
}

static void decode_add_copy_same(unsigned index, vcdiff_instruction ret[2])
{
    ret[0] = add_of(1 + index % ADDS_BEFORE_COPY);
    ret[1] = copy_of(VCDIFF_MODE_SAME + index / ADDS_BEFORE_COPY, 4);
}

void vcdiff_decode(uint8_t code, vcdiff_instruction ret[2])
{
    ret[0] = (vcdiff_instruction){.kind = VCDIFF_RUN};
    ret[1] = (vcdiff_instruction){.kind = VCDIFF_NOOP};
    if (code >= FIRST_COPY_ADD) {
        ret[0] = copy_of(code - (unsigned)FIRST_COPY_ADD, 4);
        ret[1] = add_of(1);
    } else if (code >= FIRST_ADD_COPY_SAME) {
        decode_add_copy_same(code - (unsigned)FIRST_ADD_COPY_SAME, ret);
    } else if (code >= FIRST_ADD_COPY) {
        decode_add_copy(code - (unsigned)FIRST_ADD_COPY, ret);
    } else if (code >= FIRST_COPY) {
        decode_copy(code - (unsigned)FIRST_COPY, ret);
    } else if (code >= FIRST_ADD) {
        ret[0] = add_of(code - (unsigned)FIRST_ADD);
    }
}

bool vcdiff_address(const vcdiff_cache *cache, unsigned mode, uint64_t number, uint64_t here,
                    uint64_t *ret)
{
    if (mode >= VCDIFF_MODE_SAME) {
        *ret = cache->same[(mode - VCDIFF_MODE_SAME) * 256 + number % 256];
    } else if (mode >= VCDIFF_MODE_NEAR) {
        *ret = cache->near[mode - VCDIFF_MODE_NEAR] + number;
    } else {
        *ret = mode == VCDIFF_MODE_SELF ? number : here - number;
    }
    /* a number that is too large wraps to an address that is as well */
    return mode < MODES && *ret < here;
}

void vcdiff_remember(vcdiff_cache *cache, uint64_t address)
{
    cache->near[cache->next] = address;
    cache->next = (cache->next + 1) % VCDIFF_NEAR;
    cache->same[address % (VCDIFF_SAME * 256)] = address;
}
