/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state file of a virtual chip on disk: read with its limits, replaced whole or not at all,
 * never readable by anybody else. It knows no chip; virtual/image.h does.
 */
#pragma once

#include "virtual/image.h"

typedef struct state_image {
    uint8_t bytes[NP_CHIP_IMAGE_SIZE]; /* holds a private key: wiped */
} state_image;

void state_image_clear(state_image *image);

/* NP_EINPUT_MISSING, NP_EINPUT_FORMAT for another size or no regular file, NP_ESTATION_IO. */
NP_MUST_USE np_code state_file_load(const char *path, state_image *ret, np_error *err);

/* By a new file beside it and a rename; on failure the old file is intact. */
NP_MUST_USE np_code state_file_replace(const char *path, const state_image *image, np_error *err);

/* Removes what a process left that was killed while it replaced the file. The caller holds it. */
void state_file_discard_rest(const char *path);

/* NP_EINPUT_EXISTS when there is anything of this name. */
NP_MUST_USE np_code state_file_create(const char *path, const state_image *image, np_error *err);
