/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is the modem in the bay the device that it says it is? It attests, for a challenge of this
 * moment, and whoever knows identity keys (the line's hook) judges.
 */
#include "modem/token.h"
#include "station/bay_internal.h"

enum { TOKENS_MAX = 8 /* two tell which of four candidates its key is, but for odds of 2^-100 */ };

static np_code refuse_silence(np_error *err)
{
    np_error_set(err, NP_ECONFLICT_FOREIGN, "the modem does not attest what it is");
    return np_error_hint(err, NP_ECONFLICT_FOREIGN,
                         "modem.pins asks for modems that do: put it aside");
}

static np_code ask_token(station_bay *bay, const uint8_t challenge[static NP_CHALLENGE_SIZE],
                         np_token *ret, np_error *err)
{
    np_modem_token text;
    np_code code = np_modem_attest(&bay->modem.modem, challenge, &text, err);
    if (code != NP_OK) {
        return code == NP_EDEVICE_STATUS ? refuse_silence(err) : code;
    }
    return np_token_parse(np_bytes_of(text.text, text.len), ret, err) == NP_OK
               ? NP_OK
               : np_error_prefix(err, NP_EDEVICE_ANSWER, "the modem's attestation");
}

/* Of now, and of this modem. */
static np_code check_token(const station_bay *bay, np_bytes challenge, const np_token *token,
                           np_error *err)
{
    char uuid[NP_TOKEN_UUID_TEXT_SIZE];
    const char *told = bay->modem.snapshot.identity.device_uuid;
    if (token->kind != NP_TOKEN_ATTESTATION || !np_bytes_equal(token->nonce, challenge)) {
        return np_error_set(err, NP_EDEVICE_VERIFY,
                            "the modem's attestation is not of this moment's challenge");
    }
    np_token_format_uuid(token->uuid, uuid);
    return told[0] == '\0' || strcmp(told, uuid) == 0
               ? NP_OK
               : np_error_set(err, NP_EDEVICE_VERIFY,
                              "the modem says that it is %s, and attests %s", told, uuid);
}

static np_code judge_once(station_bay *bay, bool *ret_is_decided, np_error *err)
{
    uint8_t challenge[NP_CHALLENGE_SIZE];
    np_token token;
    const np_random *random = &bay->shared->options->random;
    const np_station_hooks *hooks = bay->shared->options->hooks;
    NP_TRY(random->fill(random->self, challenge, sizeof(challenge), err));
    NP_TRY(ask_token(bay, challenge, &token, err));
    NP_TRY(check_token(bay, NP_BYTES(challenge), &token, err));
    return hooks->judge_token(hooks->self, &token, ret_is_decided, err);
}

np_code bay_modem_judge(station_bay *bay, np_error *err)
{
    bool is_decided = bay->shared->options->hooks->judge_token == NULL;
    for (unsigned i = 0; i < TOKENS_MAX && !is_decided; i++) {
        NP_TRY(judge_once(bay, &is_decided, err));
    }
    return is_decided ? NP_OK
                      : np_error_set(err, NP_EDEVICE_VERIFY,
                                     "the modem's attestations do not tell which key is its own");
}
