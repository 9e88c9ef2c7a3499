/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Any bytes as a key reference: what is accepted is text, a slot and a point, and is encoded again
 * to the same bytes; what is refused says why.
 */
#include "provider/reference.h"

#include "atecc/zones.h"
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void encode_again(const np_key_reference *reference, np_bytes der)
{
    uint8_t again[NP_KEY_REFERENCE_DER_MAX];
    np_writer writer = np_writer_of(again, sizeof(again));
    np_key_reference same = {0};
    require(np_key_reference_set(&same, reference->chip, reference->slot, NULL) == NP_OK);
    np_key_reference_encode(reference, &writer);
    require(np_writer_has_room(&writer));
    require(np_bytes_equal(np_writer_bytes(&writer), der));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    np_bytes der = np_bytes_of(data, size);
    np_key_reference reference;
    np_error err = {0};
    np_code code = np_key_reference_decode(der, &reference, &err);
    if (code == NP_OK) {
        require(reference.slot < NP_ATECC_SLOT_COUNT);
        require(strnlen(reference.chip, sizeof(reference.chip)) < sizeof(reference.chip));
        encode_again(&reference, der);
    } else {
        require(code == NP_EINPUT_MISSING || code == NP_EINPUT_FORMAT || code == NP_EINPUT_RANGE);
        require(err.message[0] != '\0');
    }
    return 0;
}
