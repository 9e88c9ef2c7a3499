/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a firmware says of itself: meta.conf, the text that the signature covers. Pure; in the
 * strict reading a name stands once, nothing is left open to a reader's environment, and nothing
 * stands behind a NUL.
 */
#pragma once

#include "base/bytes.h"
#include "crypto/blake2b.h"
#include "firmware/reason.h"

enum {
    NP_META_SIZE_MIN = 10, /* specs of fwup 3.1 */
    NP_META_SIZE_MAX = 49999,
    /* A declaration with its hash has at least 97 bytes. */
    NP_META_RESOURCES_MAX = NP_META_SIZE_MAX / 97,
    NP_META_DEPTH_MAX = 8, /* sections in sections; fwup has three */
    /* Names in one section and those around it: a setting has at least four bytes with its line
     * feed, but nothing that fwup knows is that short. */
    NP_META_NAMES_MAX = 2048,
};

typedef struct np_meta_resource {
    np_bytes name;       /* a leading slash: at the archive's root */
    uint64_t length;     /* of the data */
    uint64_t holes;      /* bytes between the data */
    size_t length_count; /* 2 and more: sparse */
    bool has_hash;
    uint8_t hash[NP_BLAKE2B_SIZE]; /* of the data */
} np_meta_resource;

/* In the order in which fwup shows them. */
typedef enum np_meta_field {
    NP_META_PRODUCT,
    NP_META_DESCRIPTION,
    NP_META_VERSION,
    NP_META_AUTHOR,
    NP_META_PLATFORM,
    NP_META_ARCHITECTURE,
    NP_META_MISC,
    NP_META_VCS_IDENTIFIER,
    NP_META_FIELD_COUNT
} np_meta_field;

/* "meta-product" ... */
const char *np_meta_field_name(np_meta_field field);

/* Slices point into texts: do not copy. */
typedef struct np_meta {
    np_bytes fields[NP_META_FIELD_COUNT]; /* data is NULL: not there */
    np_meta_resource resources[NP_META_RESOURCES_MAX];
    size_t resource_count;
    uint8_t texts[NP_META_SIZE_MAX];
} np_meta;

/*
 * The reasons NP_FIRMWARE_META_... and NP_FIRMWARE_FWUP_VERSION. NP_ESTATION_MEMORY: names are
 * remembered on the heap meanwhile.
 */
NP_MUST_USE np_code np_meta_parse(np_bytes text, bool is_lenient, np_meta *ret, np_error *err);

/* The resource of an archive's entry; NULL: none is declared. */
const np_meta_resource *np_meta_find(const np_meta *meta, const char *entry_name);

enum { NP_META_UUID_TEXT_SIZE = 37 };

/* Of the text as it is signed (specs of fwup 3.3). */
void np_meta_format_uuid(np_bytes text, char ret[NP_META_UUID_TEXT_SIZE]);
