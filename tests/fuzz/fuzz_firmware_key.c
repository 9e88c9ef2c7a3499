/* SPDX-License-Identifier: Apache-2.0 */
/* Key files from a stranger: what is taken is a good key, and written again it is the same. */
#include "firmware/key.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void take_private(np_bytes text)
{
    uint8_t room[NP_FIRMWARE_PRIVATE_TEXT];
    np_firmware_private_key key;
    np_firmware_private_key again;
    if (np_firmware_private_key_decode(text, &key, NULL) != NP_OK) {
        return;
    }
    np_writer writer = np_writer_of(room, sizeof(room));
    np_firmware_write_private(&key, &writer);
    require(np_firmware_private_key_decode(np_writer_bytes(&writer), &again, NULL) == NP_OK);
    require(memcmp(&key, &again, sizeof(key)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    np_firmware_key key;
    np_bytes text = np_bytes_of(data, size);
    if (np_firmware_key_decode(text, &key, NULL) == NP_OK) {
        require(np_ed25519_is_public(key.bytes));
        require(size >= sizeof(key.bytes));
    }
    take_private(text);
    return 0;
}
