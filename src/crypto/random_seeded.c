/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include "base/wipe.h"
#include "crypto/hash.h"
#include "crypto/random.h"

static np_code fill_from_seed(void *self, uint8_t *ret_bytes, size_t size, np_error *err)
{
    (void)err;
    np_random_seeded *state = self;
    while (size > 0) {
        uint8_t input[16];
        uint8_t digest[NP_SHA256_SIZE];
        np_writer writer = np_writer_of(input, sizeof(input));
        np_write_u64_be(&writer, state->seed);
        np_write_u64_be(&writer, state->counter++);
        np_sha256(NP_BYTES(input), digest);
        size_t part = size < sizeof(digest) ? size : sizeof(digest);
        memcpy(ret_bytes, digest, part);
        np_wipe(digest, sizeof(digest));
        ret_bytes += part;
        size -= part;
    }
    return NP_OK;
}

np_random np_random_by_seed(np_random_seeded *state)
{
    return (np_random){.fill = fill_from_seed, .self = state};
}
