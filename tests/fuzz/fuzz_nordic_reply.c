/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies to KEYGEN from strangers: what is taken has a request of a P-256 key and the name that
 * was asked for.
 */
#include "nordic/reply.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static np_modem_token token;
    static np_nordic_reply reply;
    char uuid[NP_UUID_TEXT_SIZE];
    if (size >= sizeof(token.text)) {
        return 0;
    }
    memcpy(token.text, data, size);
    token.len = size > 0 && data[size - 1] == '\n' ? size - 1 : size;
    token.text[token.len] = '\0';
    if (np_nordic_reply_check(&token, 16842753, "", &reply, NULL) == NP_OK) {
        require(reply.csr.der.len <= reply.der_len && reply.common_name.len > 0);
    }
    if (np_nordic_attested_uuid(&token, uuid, NULL) == NP_OK) {
        require(strlen(uuid) == NP_UUID_TEXT_SIZE - 1);
    }
    return 0;
}
