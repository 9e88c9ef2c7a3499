/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/psa/wish.h"

#include "base/text.h"
#include <stdlib.h>

enum { FINGERPRINT_DIGITS = 64, WORD_MAX = 80 };

static bool parse_number(const char *text, uint64_t most, uint64_t *ret)
{
    char *end = NULL;
    bool is_hex = strncmp(text, "0x", 2) == 0 && text[2] != '\0';
    const char *digits = is_hex ? text + 2 : text;
    const char *legal = is_hex ? "0123456789abcdefABCDEF" : "0123456789";
    if (*digits == '\0' || strspn(digits, legal) != strlen(digits) || strlen(digits) > 12) {
        return false;
    }
    *ret = strtoull(digits, &end, is_hex ? 16 : 10);
    return *ret <= most;
}

static np_code refuse(const char *word, const char *takes, np_error *err)
{
    return np_error_set(err, NP_EUSAGE, "'%s': %s", word, takes);
}

static np_code set_id(const char *value, psa_wish *ret, np_error *err)
{
    uint64_t id = 0;
    if (!parse_number(value, PSA_KEY_ID_MAX, &id) || id == 0) {
        return refuse(value, "a key id is a number from 1 to 0x3fffffff", err);
    }
    ret->request.key_id = (uint32_t)id;
    return NP_OK;
}

static np_code set_slot(const char *value, psa_wish *ret, np_error *err)
{
    if (!parse_number(value, PSA_SLOTS - 1, &ret->slot)) {
        return refuse(value, "a chip has the slots 0 to 15", err);
    }
    ret->has_slot = true;
    return NP_OK;
}

/* The core asks no driver at location 0: it would make a software key and say nothing. */
static np_code set_lifetime(const char *value, psa_wish *ret, np_error *err)
{
    uint64_t lifetime = 0;
    if (!parse_number(value, UINT32_MAX, &lifetime)) {
        return refuse(value, "a lifetime is a number such as 0x101", err);
    }
    if (lifetime >> NP_PSA_LOCATION_SHIFT != NP_PSA_LOCATION ||
        (lifetime & NP_PSA_PERSISTENCE_MASK) == 0) {
        np_error_set(err, NP_EUSAGE,
                     "the lifetime '%s' is not that of a key in the secure element: PSA asks no "
                     "driver for it, and makes a software key whose private part lies in a file",
                     value);
        return np_error_hint(err, NP_EUSAGE,
                             "use 0x101 (location 1, persistence 1); 0xf0 was an older driver's");
    }
    ret->request.lifetime = (uint32_t)lifetime;
    return NP_OK;
}

static np_code set_algorithm(const char *value, psa_wish *ret, np_error *err)
{
    bool is_any = strcmp(value, "any") == 0;
    if (!is_any && strcmp(value, "sha256") != 0) {
        return refuse(value, "alg is sha256 or any", err);
    }
    ret->request.algorithm = is_any ? NP_PSA_ALG_ECDSA_ANY : NP_PSA_ALG_ECDSA_SHA_256;
    return NP_OK;
}

static np_code set_fingerprint(const char *value, psa_wish *ret, np_error *err)
{
    ret->has_fingerprint = true;
    return np_parse_hex(value, ret->fingerprint, sizeof(ret->fingerprint), NULL) == NP_OK
               ? NP_OK
               : refuse(value, "expect takes the 64 hex digits of a public key's SHA-256", err);
}

static const struct {
    const char *name;
    np_code (*set)(const char *value, psa_wish *ret, np_error *err);
} words[] = {
    {"id", set_id},         {"slot", set_slot},          {"lifetime", set_lifetime},
    {"alg", set_algorithm}, {"expect", set_fingerprint},
};

static np_code set_word(char *word, psa_wish *ret, np_error *err)
{
    char *value = strchr(word, '=');
    if (value != NULL) {
        *value++ = '\0';
        for (size_t i = 0; i < NP_COUNT_OF(words); i++) {
            if (strcmp(words[i].name, word) == 0) {
                return words[i].set(value, ret, err);
            }
        }
    }
    np_code code = np_error_set(err, NP_EUSAGE,
                                "a key is asked for like id=18,slot=2; '%s' is not "
                                "known",
                                word);
    return np_error_hint(err, code, "id, slot, lifetime, alg and expect");
}

np_code psa_wish_parse(const char *text, np_psa_method method, psa_wish *ret, np_error *err)
{
    *ret = (psa_wish){.request = {.method = method,
                                  .lifetime = NP_PSA_LIFETIME,
                                  .type = NP_PSA_TYPE_P256_PAIR,
                                  .bits = NP_PSA_P256_BITS,
                                  .usage = NP_PSA_USAGE_SIGN | NP_PSA_USAGE_VERIFY,
                                  .algorithm = NP_PSA_ALG_ECDSA_SHA_256}};
    for (const char *at = text; *at != '\0';) {
        char word[WORD_MAX];
        size_t len = strcspn(at, ",");
        if (len >= sizeof(word)) {
            return refuse(text, "too long for a key", err);
        }
        memcpy(word, at, len);
        word[len] = '\0';
        NP_TRY(set_word(word, ret, err));
        at += len + (at[len] == ',');
    }
    if (ret->request.key_id == 0) {
        return refuse(text, "a key needs its id, as in id=18", err);
    }
    return method == NP_PSA_REGISTER && !ret->has_slot
               ? refuse(text, "a key that is registered needs its slot, as in slot=0", err)
               : NP_OK;
}
