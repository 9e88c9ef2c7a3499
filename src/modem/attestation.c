/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/attestation.h"

void np_token_signed_digest(const np_token *token, np_token_form form, uint8_t ret_digest[32])
{
    np_cose_digest(&token->message, form == NP_TOKEN_FORM_A ? token->body : (np_bytes){NULL, 0},
                   ret_digest);
}

static bool can_have(const np_token *token, np_token_form form)
{
    return token->has_attestation &&
           (form == NP_TOKEN_FORM_A || token->kind != NP_TOKEN_ATTESTATION);
}

np_code np_token_verify(const np_token *token, const uint8_t identity[static NP_P256_POINT_SIZE],
                        np_p256_verifier *verifier, bool *ret_is_valid, np_token_form *ret_form,
                        np_error *err)
{
    static const np_token_form order[] = {NP_TOKEN_FORM_B, NP_TOKEN_FORM_A};
    *ret_is_valid = false;
    for (size_t i = 0; i < NP_COUNT_OF(order) && !*ret_is_valid; i++) {
        uint8_t digest[32];
        if (!can_have(token, order[i])) {
            continue;
        }
        np_token_signed_digest(token, order[i], digest);
        NP_TRY(np_p256_verifier_check(verifier, identity, digest, token->message.signature.data,
                                      ret_is_valid, err));
        *ret_form = order[i];
    }
    return NP_OK;
}

np_code np_token_recover(const np_token *token, np_token_form form, np_token_keys *ret,
                         np_error *err)
{
    uint8_t digest[32];
    ret->count = 0;
    if (!can_have(token, form)) {
        return NP_OK;
    }
    np_token_signed_digest(token, form, digest);
    return np_p256_recover(digest, token->message.signature.data, ret->points, &ret->count, err);
}

np_code np_token_candidates(const np_token *token, np_token_keys *ret, np_error *err)
{
    ret->count = 0;
    for (unsigned form = 0; form < NP_TOKEN_FORM_COUNT; form++) {
        np_token_keys some;
        NP_TRY(np_token_recover(token, (np_token_form)form, &some, err));
        memcpy(ret->points[ret->count], some.points, some.count * sizeof(some.points[0]));
        ret->count += some.count;
    }
    return NP_OK;
}

static bool has_key(const np_token_keys *keys, const uint8_t *point)
{
    for (size_t i = 0; i < keys->count; i++) {
        if (memcmp(keys->points[i], point, sizeof(keys->points[i])) == 0) {
            return true;
        }
    }
    return false;
}

void np_token_keys_intersect(np_token_keys *keys, const np_token_keys *with)
{
    size_t kept = 0;
    for (size_t i = 0; i < keys->count; i++) {
        if (has_key(with, keys->points[i])) {
            memmove(keys->points[kept], keys->points[i], sizeof(keys->points[i]));
            kept++;
        }
    }
    keys->count = kept;
}
