/* SPDX-License-Identifier: Apache-2.0 */
#include "base/bytes.h"
#include <nameplate/psa.h>

/* What an application is told, and what people are. */
static const struct {
    np_psa_status status;
    const char *words;
} rows[NP_PSA_REASON_COUNT] = {
    [NP_PSA_YES] = {NP_PSA_SUCCESS, "nothing stands against it"},
    [NP_PSA_NO_SUCH_SLOT] = {NP_PSA_ERROR_INVALID_ARGUMENT, "a chip has the slots 0 to 15"},
    [NP_PSA_CONFIG_OPEN] = {NP_PSA_ERROR_BAD_STATE, "the configuration zone is not locked"},
    [NP_PSA_DATA_OPEN] = {NP_PSA_ERROR_BAD_STATE, "the data zone is not locked"},
    [NP_PSA_NOT_PRIVATE] = {NP_PSA_ERROR_INVALID_ARGUMENT, "the slot is not for a private key"},
    [NP_PSA_IS_PRIVATE] = {NP_PSA_ERROR_INVALID_ARGUMENT, "the slot is for a private key"},
    [NP_PSA_TOO_SMALL] = {NP_PSA_ERROR_INVALID_ARGUMENT,
                          "slots 0 to 7 have no room for a public key"},
    [NP_PSA_NOT_P256] = {NP_PSA_ERROR_INVALID_ARGUMENT, "the slot is not for a key of P-256"},
    [NP_PSA_NOT_SECRET] = {NP_PSA_ERROR_INVALID_ARGUMENT,
                           "the slot is not secret, and the chip uses no such private key"},
    [NP_PSA_IS_SECRET] = {NP_PSA_ERROR_INVALID_ARGUMENT, "the slot is secret, nobody may read it"},
    [NP_PSA_SLOT_LOCKED] = {NP_PSA_ERROR_NOT_PERMITTED,
                            "the slot is locked, its contents are final"},
    [NP_PSA_GENKEY_FORBIDDEN] = {NP_PSA_ERROR_NOT_PERMITTED,
                                 "the slot's configuration does not allow GenKey"},
    [NP_PSA_PUBLIC_HIDDEN] =
        {NP_PSA_ERROR_NOT_PERMITTED,
         "the slot's configuration does not give out the public key (PubInfo)"},
    [NP_PSA_SIGN_FORBIDDEN] = {NP_PSA_ERROR_NOT_PERMITTED,
                               "the slot's configuration signs no digests from outside"},
    [NP_PSA_AGREE_FORBIDDEN] = {NP_PSA_ERROR_NOT_PERMITTED,
                                "the slot's configuration does not allow ECDH"},
    [NP_PSA_AGREE_HIDDEN] = {NP_PSA_ERROR_NOT_PERMITTED,
                             "the chip's configuration keeps the secret of an ECDH"},
    [NP_PSA_DISABLED] = {NP_PSA_ERROR_NOT_PERMITTED,
                         "the key works only after an authorisation (persistent latch)"},
    [NP_PSA_NEEDS_AUTHORISATION] = {NP_PSA_ERROR_NOT_PERMITTED,
                                    "each use of the slot needs an authorisation (ReqAuth)"},
    [NP_PSA_LIMITED] = {NP_PSA_ERROR_NOT_PERMITTED, "the number of the key's uses is limited"},
    [NP_PSA_WRITE_FORBIDDEN] = {NP_PSA_ERROR_NOT_PERMITTED,
                                "the slot's configuration does not allow writing in the clear"},
    [NP_PSA_OTHER_LIFETIME] = {NP_PSA_ERROR_INVALID_ARGUMENT,
                               "the lifetime is not one of the secure element (0x101)"},
    [NP_PSA_TYPE_UNKNOWN] = {NP_PSA_ERROR_NOT_SUPPORTED,
                             "keys are ECC keys of secp256r1 with 256 bits"},
    [NP_PSA_METHOD_UNKNOWN] = {NP_PSA_ERROR_NOT_SUPPORTED,
                               "private keys are generated or registered, public ones imported or "
                               "registered"},
    [NP_PSA_USAGE_UNKNOWN] = {NP_PSA_ERROR_NOT_SUPPORTED, "the key cannot be used in this way"},
    [NP_PSA_NEVER_LEAVES] = {NP_PSA_ERROR_NOT_PERMITTED, "a private key never leaves the chip"},
    [NP_PSA_ALGORITHM_UNKNOWN] = {NP_PSA_ERROR_NOT_SUPPORTED,
                                  "the algorithms are ECDSA with SHA-256, ECDSA of any hash of 32 "
                                  "bytes, and ECDH"},
    [NP_PSA_NO_KEY] = {NP_PSA_ERROR_DOES_NOT_EXIST, "there is no key in the slot"},
    [NP_PSA_OCCUPIED] = {NP_PSA_ERROR_ALREADY_EXISTS, "the slot has a key already"},
    [NP_PSA_ID_EXISTS] = {NP_PSA_ERROR_ALREADY_EXISTS, "there is a key with this id already"},
    [NP_PSA_FULL] = {NP_PSA_ERROR_INSUFFICIENT_STORAGE,
                     "no slot is free that could take such a key"},
    [NP_PSA_OTHER_CHIP] = {NP_PSA_ERROR_BAD_STATE, "the keys are those of another chip"},
};

np_psa_status np_psa_reason_status(np_psa_reason reason)
{
    return (unsigned)reason < NP_PSA_REASON_COUNT ? rows[reason].status
                                                  : NP_PSA_ERROR_GENERIC_ERROR;
}

const char *np_psa_reason_words(np_psa_reason reason)
{
    return (unsigned)reason < NP_PSA_REASON_COUNT ? rows[reason].words : "unknown";
}
