/* SPDX-License-Identifier: Apache-2.0 */
/*
 * State files of virtual modems: what is accepted is encoded again to the same bytes. The digest at
 * the end is put right first, so that what lies before it is looked at.
 */
#include "crypto/hash.h"
#include "virtual/modem_image.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t image[NP_MODEM_IMAGE_MAX];
    static uint8_t again[NP_MODEM_IMAGE_MAX];
    static np_modem_state state;
    np_error err;
    if (size < NP_SHA256_SIZE || size > sizeof(image)) {
        return 0;
    }
    memcpy(image, data, size);
    np_sha256(np_bytes_of(image, size - NP_SHA256_SIZE), image + size - NP_SHA256_SIZE);
    if (np_modem_image_decode(np_bytes_of(image, size), &state, &err) == NP_OK) {
        np_writer writer = np_writer_of(again, sizeof(again));
        np_modem_image_encode(&state, &writer);
        if (!np_bytes_equal(np_writer_bytes(&writer), np_bytes_of(image, size))) {
            abort();
        }
    }
    return 0;
}
