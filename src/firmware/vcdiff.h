/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A delta in the form VCDIFF (RFC 3284) as xdelta3 makes it for fwup: no secondary compression, no
 * code table of its own, no copies from earlier windows. Walking it shows that every length and
 * address is possible and that all sections are used up; with the source at hand it also gives the
 * target. The three sections of a window are read side by side, so that walking needs constant
 * memory; the target of one window is kept only when content is asked for.
 */
#pragma once

#include "crypto/blake2b.h"
#include "firmware/reason.h"
#include "firmware/source.h"

/* The delta's bytes from the first to the last: once for each section. */
typedef struct np_vcdiff_input {
    NP_MUST_USE np_code (*read)(void *self, uint8_t *ret, size_t size, size_t *ret_len,
                                np_error *err); /* fewer than size only at the end */
    void *self;
} np_vcdiff_input;

typedef enum np_vcdiff_section {
    NP_VCDIFF_INSTRUCTIONS, /* the headers as well; read to the delta's end */
    NP_VCDIFF_ADDRESSES,
    NP_VCDIFF_DATA, /* not read unless content is asked for */
    NP_VCDIFF_SECTION_COUNT
} np_vcdiff_section;

/* What the target is made of, and what takes it. */
typedef struct np_vcdiff_content {
    const np_firmware_source *source;
    np_blake2b_stream *hash; /* begun by the caller */
} np_vcdiff_content;

enum {
    NP_VCDIFF_HEADER_SIZE = 4,
    /* Of one window's target, when content is asked for; xdelta3 makes them of 8 MiB. */
    NP_VCDIFF_WINDOW_MAX = 64 * 1024 * 1024,
};

bool np_vcdiff_is_header(np_bytes bytes);

/*
 * NP_FIRMWARE_DELTA_FORMAT, also when the target has another size; NP_FIRMWARE_DELTA_CONTENT when
 * the source does not fit. content may be NULL. NP_ESTATION_MEMORY.
 */
NP_MUST_USE np_code np_vcdiff_walk(const np_vcdiff_input inputs[NP_VCDIFF_SECTION_COUNT],
                                   uint64_t target_size, const np_vcdiff_content *content,
                                   np_error *err);
