/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A delta from a stranger: the first four bytes say how much it shall make, the rest is the delta,
 * and all of it is the source. What can be made from a source was found good without one.
 */
#include "firmware/vcdiff.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static np_code read_bytes(void *self, uint8_t *ret, size_t size, size_t *ret_len, np_error *err)
{
    np_bytes *rest = self;
    (void)err;
    *ret_len = size < rest->len ? size : rest->len;
    if (*ret_len > 0) {
        memcpy(ret, rest->data, *ret_len);
    }
    *rest = np_bytes_of(rest->data + *ret_len, rest->len - *ret_len);
    return NP_OK;
}

static np_code walk(np_bytes delta, uint64_t target_size, const np_vcdiff_content *content)
{
    np_error err;
    np_bytes rests[NP_VCDIFF_SECTION_COUNT];
    np_vcdiff_input inputs[NP_VCDIFF_SECTION_COUNT];
    for (unsigned i = 0; i < NP_VCDIFF_SECTION_COUNT; i++) {
        rests[i] = delta;
        inputs[i] = (np_vcdiff_input){.read = read_bytes, .self = &rests[i]};
    }
    np_code code = np_vcdiff_walk(inputs, target_size, content, &err);
    require(code == NP_OK || code == NP_EINPUT_FORMAT || code == NP_ESTATION_MEMORY);
    return code;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    np_reader reader = np_reader_of(np_bytes_of(data, size));
    uint32_t target_size = np_read_u32_be(&reader) & 0xfffff; /* time is not what is looked for */
    np_bytes all = np_bytes_of(data, size);
    np_blake2b_stream hash;
    np_firmware_source source = np_firmware_source_of_bytes(&all);
    const np_vcdiff_content content = {.source = &source, .hash = &hash};
    np_blake2b_begin(&hash);
    np_code code = walk(reader.rest, target_size, NULL);
    require(walk(reader.rest, target_size, &content) != NP_OK || code == NP_OK);
    return 0;
}
