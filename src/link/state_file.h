/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state file of a virtual part on disk: read with its limits, replaced whole or not at all,
 * never readable by anybody else. It knows no part; virtual/image.h and virtual/modem_image.h do.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

/* What a file is expected to be. */
typedef struct state_kind {
    const char *part;    /* "chip": the file is the state of a virtual one */
    const char *example; /* a model to make one of */
    size_t size_min;
    size_t size_max;
} state_kind;

extern const state_kind state_kind_chip;

/*
 * ret has kind->size_max bytes; it gets private keys: wipe it. NP_EINPUT_MISSING, NP_EINPUT_FORMAT
 * for another size or no regular file, NP_ESTATION_IO.
 */
NP_MUST_USE np_code state_file_load(const char *path, const state_kind *kind, uint8_t *ret,
                                    size_t *ret_len, np_error *err);
