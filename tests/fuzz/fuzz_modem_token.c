/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens from strangers: every slice lies in the token's own bytes, and checks end. */
#include "modem/attestation.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require_within(const np_token *token, np_bytes slice)
{
    if (slice.len > 0 && (slice.data < token->bytes ||
                          slice.data + slice.len > token->bytes + sizeof(token->bytes))) {
        abort();
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    np_token token;
    uint8_t digest[32];
    if (np_token_parse(np_bytes_of(data, size), &token, NULL) != NP_OK) {
        return 0;
    }
    const np_bytes slices[] = {token.body,
                               token.attestation,
                               token.nonce,
                               token.digest,
                               token.firmware_uuid,
                               token.message.payload,
                               token.message.protected_header,
                               token.message.signature};
    for (size_t i = 0; i < NP_COUNT_OF(slices); i++) {
        require_within(&token, slices[i]);
    }
    if (token.has_attestation) {
        np_token_signed_digest(&token, NP_TOKEN_FORM_A, digest);
        np_token_signed_digest(&token, NP_TOKEN_FORM_B, digest);
    }
    return 0;
}
