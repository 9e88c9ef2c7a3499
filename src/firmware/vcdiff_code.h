/* SPDX-License-Identifier: Apache-2.0 */
/* The default code table and the address cache of RFC 3284 sections 5.3 and 5.6. Pure. */
#pragma once

#include <stdbool.h>
#include <stdint.h>

typedef enum vcdiff_kind { VCDIFF_NOOP, VCDIFF_ADD, VCDIFF_RUN, VCDIFF_COPY } vcdiff_kind;

typedef struct vcdiff_instruction {
    vcdiff_kind kind;
    uint64_t size; /* 0: it follows the code */
    unsigned mode; /* of a copy's address */
} vcdiff_instruction;

/* The two instructions that a code stands for; the second is mostly NOOP. */
void vcdiff_decode(uint8_t code, vcdiff_instruction ret[2]);

enum {
    VCDIFF_NEAR = 4,
    VCDIFF_SAME = 3,
    VCDIFF_MODE_SELF = 0,
    VCDIFF_MODE_HERE = 1,
    VCDIFF_MODE_NEAR = 2,
    VCDIFF_MODE_SAME = VCDIFF_MODE_NEAR + VCDIFF_NEAR,
};

typedef struct vcdiff_cache {
    uint64_t near[VCDIFF_NEAR];
    unsigned next;
    uint64_t same[VCDIFF_SAME * 256];
} vcdiff_cache;

/* The address that the mode and the number behind it mean; false when there is none. */
bool vcdiff_address(const vcdiff_cache *cache, unsigned mode, uint64_t number, uint64_t here,
                    uint64_t *ret);
void vcdiff_remember(vcdiff_cache *cache, uint64_t address);
