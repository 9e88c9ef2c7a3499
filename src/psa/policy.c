/* SPDX-License-Identifier: Apache-2.0 */
#include "psa/policy.h"

enum {
    FIRST_PUBLIC_SLOT = 8,   /* the smaller ones have no room for a public key */
    KEY_DISABLE = 0x1000,    /* KeyConfig bit 12: works while the latch is set */
    READ_KEY_ECDH = 0x0004,  /* of a private key's slot */
    READ_KEY_STORE = 0x0008, /* the secret goes to the next slot */
    PROTECTION_BITS = 0x03,  /* ECDHProt: bits 8 and 9 of ChipOptions */
    PAIR = PSA_COMMAND_GENKEY | PSA_COMMAND_PUBLIC | PSA_COMMAND_SIGN | PSA_COMMAND_AGREE,
    STORED = PSA_COMMAND_READ | PSA_COMMAND_WRITE,
};

static bool key_has(const psa_facts *facts, unsigned slot, unsigned bits)
{
    return (np_config_key_config(facts->config, slot) & bits) != 0;
}

static bool slot_has(const psa_facts *facts, unsigned slot, unsigned bits)
{
    return (np_config_slot_config(facts->config, slot) & bits) != 0;
}

static bool is_config_open(const psa_facts *facts, unsigned slot)
{
    (void)slot;
    return np_lock_state_of(facts->config[NP_CONFIG_LOCK_CONFIG]) != NP_LOCK_CLOSED;
}

static bool is_data_open(const psa_facts *facts, unsigned slot)
{
    (void)slot;
    return np_lock_state_of(facts->config[NP_CONFIG_LOCK_VALUE]) != NP_LOCK_CLOSED;
}

static bool is_not_private(const psa_facts *facts, unsigned slot)
{
    return !key_has(facts, slot, NP_KEY_PRIVATE);
}

static bool is_private(const psa_facts *facts, unsigned slot)
{
    return key_has(facts, slot, NP_KEY_PRIVATE);
}

static bool is_too_small(const psa_facts *facts, unsigned slot)
{
    (void)facts;
    return slot < FIRST_PUBLIC_SLOT;
}

static bool is_not_p256(const psa_facts *facts, unsigned slot)
{
    return (np_config_key_config(facts->config, slot) & NP_KEY_TYPE_MASK) != NP_KEY_TYPE_P256;
}

static bool is_not_secret(const psa_facts *facts, unsigned slot)
{
    return !slot_has(facts, slot, NP_SLOT_IS_SECRET);
}

static bool is_secret(const psa_facts *facts, unsigned slot)
{
    return slot_has(facts, slot, NP_SLOT_IS_SECRET);
}

static bool is_locked(const psa_facts *facts, unsigned slot)
{
    return np_config_slot_is_locked(facts->config, slot);
}

static bool is_disabled(const psa_facts *facts, unsigned slot)
{
    return key_has(facts, slot, KEY_DISABLE) && !facts->has_latch;
}

static bool forbids_genkey(const psa_facts *facts, unsigned slot)
{
    return !slot_has(facts, slot, NP_SLOT_GENKEY_ALLOWED);
}

static bool hides_public_key(const psa_facts *facts, unsigned slot)
{
    return !key_has(facts, slot, NP_KEY_PUB_INFO);
}

static bool forbids_signing(const psa_facts *facts, unsigned slot)
{
    return !slot_has(facts, slot, NP_SLOT_EXTERNAL_SIGN);
}

static bool forbids_agreement(const psa_facts *facts, unsigned slot)
{
    return !slot_has(facts, slot, READ_KEY_ECDH);
}

static bool keeps_secret(const psa_facts *facts, unsigned slot)
{
    bool is_protected = facts->model != NP_ATECC508A &&
                        (facts->config[NP_CONFIG_CHIP_OPTIONS + 1] & PROTECTION_BITS) != 0;
    return slot_has(facts, slot, READ_KEY_STORE) || is_protected;
}

static bool needs_authorisation(const psa_facts *facts, unsigned slot)
{
    return key_has(facts, slot, NP_KEY_REQ_AUTH);
}

static bool is_limited(const psa_facts *facts, unsigned slot)
{
    return slot_has(facts, slot, NP_SLOT_LIMITED_USE);
}

/* WriteConfig: always, or as long as the key is not validated. */
static bool forbids_writing(const psa_facts *facts, unsigned slot)
{
    return np_config_slot_config(facts->config, slot) >> NP_SLOT_WRITE_CONFIG_SHIFT != 0;
}

/* What stands against a command, in the order in which it is told. */
static const struct {
    unsigned commands;
    np_psa_reason reason;
    bool (*holds)(const psa_facts *facts, unsigned slot);
} rules[] = {
    {PAIR | STORED, NP_PSA_CONFIG_OPEN, is_config_open},
    {PAIR | STORED, NP_PSA_DATA_OPEN, is_data_open},
    {PAIR, NP_PSA_NOT_PRIVATE, is_not_private},
    {STORED, NP_PSA_TOO_SMALL, is_too_small},
    {STORED, NP_PSA_IS_PRIVATE, is_private},
    {PAIR | STORED, NP_PSA_NOT_P256, is_not_p256},
    {PAIR, NP_PSA_NOT_SECRET, is_not_secret},
    {STORED, NP_PSA_IS_SECRET, is_secret},
    {PSA_COMMAND_GENKEY | PSA_COMMAND_WRITE, NP_PSA_SLOT_LOCKED, is_locked},
    {PSA_COMMAND_GENKEY, NP_PSA_GENKEY_FORBIDDEN, forbids_genkey},
    {PSA_COMMAND_PUBLIC, NP_PSA_PUBLIC_HIDDEN, hides_public_key},
    {PSA_COMMAND_SIGN, NP_PSA_SIGN_FORBIDDEN, forbids_signing},
    {PSA_COMMAND_AGREE, NP_PSA_AGREE_FORBIDDEN, forbids_agreement},
    {PSA_COMMAND_AGREE, NP_PSA_AGREE_HIDDEN, keeps_secret},
    {PSA_COMMAND_SIGN | PSA_COMMAND_AGREE, NP_PSA_DISABLED, is_disabled},
    {PAIR, NP_PSA_NEEDS_AUTHORISATION, needs_authorisation},
    {PSA_COMMAND_SIGN | PSA_COMMAND_AGREE, NP_PSA_LIMITED, is_limited},
    {PSA_COMMAND_WRITE, NP_PSA_WRITE_FORBIDDEN, forbids_writing},
};

np_psa_reason psa_policy_commands(const psa_facts *facts, unsigned slot, unsigned commands)
{
    if (slot >= NP_ATECC_SLOT_COUNT) {
        return NP_PSA_NO_SUCH_SLOT;
    }
    for (size_t i = 0; i < NP_COUNT_OF(rules); i++) {
        if ((rules[i].commands & commands) != 0 && rules[i].holds(facts, slot)) {
            return rules[i].reason;
        }
    }
    return NP_PSA_YES;
}

/* Randomised ECDSA over 32 bytes, and for ECDH what only opaque drivers are asked for. */
static bool is_algorithm(uint32_t algorithm)
{
    return algorithm == NP_PSA_ALG_ECDSA_SHA_256 || algorithm == NP_PSA_ALG_ECDSA_ANY ||
           algorithm == NP_PSA_ALG_ECDH;
}

static bool is_pair(const np_psa_request *request)
{
    return request->type == NP_PSA_TYPE_P256_PAIR;
}

static np_psa_reason judge_type(const np_psa_request *request)
{
    bool is_known = is_pair(request) || request->type == NP_PSA_TYPE_P256_PUBLIC;
    if (!is_known || (request->bits != 0 && request->bits != NP_PSA_P256_BITS)) {
        return NP_PSA_TYPE_UNKNOWN;
    }
    /* an import tells the size itself */
    return request->bits == 0 && request->method != NP_PSA_IMPORT ? NP_PSA_TYPE_UNKNOWN
                                                                  : NP_PSA_YES;
}

static np_psa_reason judge_method(const np_psa_request *request)
{
    switch (request->method) {
    case NP_PSA_GENERATE:
        return is_pair(request) ? NP_PSA_YES : NP_PSA_METHOD_UNKNOWN;
    case NP_PSA_IMPORT:
        return is_pair(request) ? NP_PSA_METHOD_UNKNOWN : NP_PSA_YES;
    case NP_PSA_REGISTER:
        return NP_PSA_YES;
    default:
        return NP_PSA_METHOD_UNKNOWN;
    }
}

static np_psa_reason judge_usage(const np_psa_request *request)
{
    const uint32_t leaving = NP_PSA_USAGE_EXPORT | NP_PSA_USAGE_COPY;
    const uint32_t known = leaving | NP_PSA_USAGE_SIGN | NP_PSA_USAGE_VERIFY | NP_PSA_USAGE_DERIVE;
    const uint32_t of_pairs = NP_PSA_USAGE_SIGN | NP_PSA_USAGE_DERIVE;
    if ((request->usage & ~known) != 0) {
        return NP_PSA_USAGE_UNKNOWN;
    }
    if (is_pair(request)) {
        return (request->usage & leaving) != 0 ? NP_PSA_NEVER_LEAVES : NP_PSA_YES;
    }
    return (request->usage & of_pairs) != 0 ? NP_PSA_USAGE_UNKNOWN : NP_PSA_YES;
}

static np_psa_reason judge_algorithm(const np_psa_request *request)
{
    bool is_known = is_algorithm(request->algorithm) &&
                    (request->algorithm_2 == 0 || is_algorithm(request->algorithm_2));
    return is_known ? NP_PSA_YES : NP_PSA_ALGORITHM_UNKNOWN;
}

static np_psa_reason judge_lifetime(const np_psa_request *request)
{
    bool is_here = request->lifetime >> NP_PSA_LOCATION_SHIFT == NP_PSA_LOCATION;
    bool is_read_only = (request->lifetime & NP_PSA_PERSISTENCE_MASK) == NP_PSA_READ_ONLY;
    return is_here && !is_read_only ? NP_PSA_YES : NP_PSA_OTHER_LIFETIME;
}

np_psa_reason psa_policy_request(const np_psa_request *request)
{
    static np_psa_reason (*const judges[])(const np_psa_request *) = {
        judge_lifetime, judge_type, judge_method, judge_usage, judge_algorithm,
    };
    np_psa_reason reason = NP_PSA_YES;
    for (size_t i = 0; i < NP_COUNT_OF(judges) && reason == NP_PSA_YES; i++) {
        reason = judges[i](request);
    }
    return reason;
}

unsigned psa_policy_needs(const np_psa_request *request)
{
    if (!is_pair(request)) {
        return request->method == NP_PSA_IMPORT ? STORED : PSA_COMMAND_READ;
    }
    bool signs = (request->usage & NP_PSA_USAGE_SIGN) != 0;
    bool agrees = (request->usage & NP_PSA_USAGE_DERIVE) != 0;
    return PSA_COMMAND_PUBLIC | (signs ? (unsigned)PSA_COMMAND_SIGN : 0) |
           (agrees ? (unsigned)PSA_COMMAND_AGREE : 0) |
           (request->method == NP_PSA_GENERATE ? (unsigned)PSA_COMMAND_GENKEY : 0);
}

np_psa_reason psa_policy_slot(const psa_facts *facts, const np_psa_request *request, uint64_t slot)
{
    np_psa_reason reason = psa_policy_request(request);
    if (reason != NP_PSA_YES || slot >= NP_ATECC_SLOT_COUNT) {
        return reason != NP_PSA_YES ? reason : NP_PSA_NO_SUCH_SLOT;
    }
    return psa_policy_commands(facts, (unsigned)slot, psa_policy_needs(request));
}
