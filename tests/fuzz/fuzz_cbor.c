/* SPDX-License-Identifier: Apache-2.0 */
/* CBOR of strangers without the Base64 around it: as a COSE_Sign1, and item by item. */
#include "modem/cose.h"
#include "modem/token_cbor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    np_cose_sign1 message;
    uint8_t digest[32];
    np_bytes bytes = np_bytes_of(data, size);
    if (np_cose_parse(bytes, &message, NULL) == NP_OK) {
        np_cose_digest(&message, bytes, digest);
    }
    np_reader reader = token_cbor_reader(bytes);
    while (!reader.failed && reader.rest.len > 0 && token_cbor_skip(&reader)) {
    }
    return 0;
}
