/* SPDX-License-Identifier: Apache-2.0 */
/* The image of a chip in memory: it holds a private key and is wiped. */
#pragma once

#include "base/wipe.h"
#include "virtual/image.h"

typedef struct chip_image {
    uint8_t bytes[NP_CHIP_IMAGE_SIZE];
} chip_image;

static inline void chip_image_clear(chip_image *image)
{
    np_wipe(image, sizeof(*image));
}
