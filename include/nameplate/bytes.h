/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes travel as slices: pointer and length together, borrowed, never owned. */
#pragma once

#include <stddef.h>
#include <stdint.h>

/* len bytes at data; data may be NULL when len is 0. Valid as long as what it points into. */
typedef struct np_bytes {
    const uint8_t *data;
    size_t len;
} np_bytes;
