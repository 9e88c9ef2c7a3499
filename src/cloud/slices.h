/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON of strangers (RFC 8259), taken apart into slices of itself: where a million values are read
 * once each and forgotten, building trees of them costs more than checking their signatures does.
 * Strict: one value and nothing behind it, UTF-8, no member twice in any object, no escapes in
 * names. No heap.
 */
#pragma once

#include "base/bytes.h"

enum {
    CLOUD_SLICES_MAX = 64, /* in one object or array: what no honest manifest comes near */
    CLOUD_SLICES_DEPTH_MAX = 16,
};

typedef struct cloud_member {
    np_bytes name;  /* without its quotes */
    np_bytes value; /* as it is written */
} cloud_member;

typedef struct cloud_members {
    cloud_member at[CLOUD_SLICES_MAX];
    size_t count;
} cloud_members;

typedef struct cloud_items {
    np_bytes at[CLOUD_SLICES_MAX];
    size_t count;
} cloud_items;

/*
 * Is this one value, with containers no deeper than this (at most CLOUD_SLICES_DEPTH_MAX)? What is
 * wrong, or NULL.
 */
const char *cloud_slices_check(np_bytes text, unsigned depth_max);

/* The rest is for values that were checked. False when the value is of another kind. */
bool cloud_slices_members(np_bytes object, cloud_members *ret);
bool cloud_slices_items(np_bytes array, cloud_items *ret);

/* The member's value; empty when there is none. */
np_bytes cloud_slices_find(const cloud_members *members, const char *name);

/*
 * What a string says: a slice of it, or of the room where it has escapes. False for another kind,
 * for half a surrogate pair, for a NUL, and when the room is too small. The room needs no more than
 * the value has, and is used up from its beginning.
 */
bool cloud_slices_text(np_bytes value, np_writer *room, np_bytes *ret);
