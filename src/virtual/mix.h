/* SPDX-License-Identifier: Apache-2.0 */
/* splitmix64: a stream of well mixed numbers out of a fault's seed. Not for secrets. */
#pragma once

#include <stdint.h>

static inline uint64_t np_mix_next(uint64_t *state)
{
    *state += 0x9e3779b97f4a7c15U;
    uint64_t mixed = *state;
    mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9U;
    mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebU;
    return mixed ^ mixed >> 31;
}
