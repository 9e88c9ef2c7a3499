/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/enrolment.h"

#include "base/text.h"
#include "x509/verify.h"

np_code np_challenge_give(np_store *store, const np_challenge_request *request, np_challenge *ret,
                          np_error *err)
{
    uint8_t bytes[NP_CHALLENGE_BYTES];
    uint8_t token[NP_CHALLENGE_SIZE] = {0};
    bool is_expired;
    np_writer writer = np_writer_of(token, sizeof(token) - 1);
    NP_TRY(np_authority_check(request->authority, request->now, &is_expired, err));
    NP_TRY(request->random.fill(request->random.self, bytes, sizeof(bytes), err));
    bytes[0] &= 0x7f; /* no "-" at its beginning, which a command would take for an option */
    np_write_base64url(&writer, NP_BYTES(bytes));
    memcpy(ret->token, token, sizeof(token));
    ret->expires_at = request->now + NP_CHALLENGE_LIFETIME_S;
    const np_new_challenge challenge = {.org = request->org,
                                        .authority = request->authority,
                                        .token = ret->token,
                                        .now = request->now,
                                        .expires_at = ret->expires_at};
    return np_challenge_add(store, &challenge, err);
}

/* The challenge that a good proof carries. */
static np_code check_proof(np_bytes authority, np_bytes proof, int64_t now, char *ret_token,
                           np_error *err)
{
    const np_ownership ownership = {.authority = authority,
                                    .proof = proof,
                                    .challenge = ret_token,
                                    .judge = np_judge_libcrypto(),
                                    .now = now};
    NP_TRY(np_ownership_find_challenge(proof, ret_token, err));
    return np_ownership_check(&ownership, err);
}

np_code np_authority_register(np_store *store, const np_authority *authority,
                              const np_shown_proof *proof, const np_actor *actor,
                              bool *ret_is_expired, np_error *err)
{
    char token[NP_CHALLENGE_SIZE] = "";
    NP_TRY(np_authority_check(authority->der, actor->now, ret_is_expired, err));
    if (proof->der.len > 0) {
        np_code code = check_proof(authority->der, proof->der, actor->now, token, err);
        if (code != NP_OK) {
            return np_error_prefix(err, code == NP_EINPUT_MISSING ? NP_EINPUT_FORMAT : code, "%s",
                                   proof->name);
        }
    }
    return np_authority_add(store, authority, proof->der.len == 0 ? NULL : token, actor, err);
}
