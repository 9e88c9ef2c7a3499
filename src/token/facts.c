/* SPDX-License-Identifier: Apache-2.0 */
#include "token/facts.h"

#include "nerveskey/layout.h"
#include "nerveskey/settle.h"
#include "nerveskey/trust_and_go.h"

enum {
    READ_KEY_ECDH = 0x0004,      /* ReadKey of a private key: ECDH is allowed */
    READ_KEY_STORES_IT = 0x0008, /* and its result goes to the next slot */
    WRITE_NEVER = 0xa000,        /* either bit of WriteConfig: 001x and 10xx, of data slots */
};

static bool is_data_locked(const uint8_t *config)
{
    return np_lock_state_of(config[NP_CONFIG_LOCK_VALUE]) == NP_LOCK_CLOSED &&
           np_lock_state_of(config[NP_CONFIG_LOCK_CONFIG]) == NP_LOCK_CLOSED;
}

/* A private P-256 key that signs digests from outside. */
static bool can_sign(const uint8_t *config)
{
    uint16_t key = np_config_key_config(config, NP_NERVESKEY_KEY_SLOT);
    uint16_t slot = np_config_slot_config(config, NP_NERVESKEY_KEY_SLOT);
    return (key & NP_KEY_PRIVATE) != 0 && (key & NP_KEY_TYPE_MASK) == NP_KEY_TYPE_P256 &&
           (slot & NP_SLOT_EXTERNAL_SIGN) != 0;
}

void facts_take_config(np_token_facts *facts)
{
    uint16_t slot = np_config_slot_config(facts->config, NP_NERVESKEY_KEY_SLOT);
    facts->chip_serial = np_config_serial(facts->config);
    facts->can_agree = (slot & (READ_KEY_ECDH | READ_KEY_STORES_IT)) == READ_KEY_ECDH;
}

/* The chip itself says whether a signature is good: no libcrypto. */
static np_code ask_chip(void *self, const uint8_t public_key[static 64],
                        const uint8_t digest[static 32], const uint8_t signature[static 64],
                        bool *ret_is_good, np_error *err)
{
    return np_atecc_verify(self, public_key, digest, signature, ret_is_good, err);
}

static np_code read_identity(np_atecc *chip, np_token_facts *facts, np_error *err)
{
    np_identity *identity = &facts->identity;
    np_identity_kind kind = np_trust_and_go_has_config(facts->config) ? NP_IDENTITY_TRUST_AND_GO
                                                                      : NP_IDENTITY_NERVESKEY;
    NP_TRY(np_identity_read_contents(chip, &facts->chip_serial, kind, identity, err));
    NP_TRY(np_identity_rebuild(identity, err));
    return np_identity_settle_by(identity, NULL, (np_judge){ask_chip, chip}, err);
}

/* A refusal says that there is nothing to see; a wire that fails says nothing. */
static bool is_wire(np_code code)
{
    return np_error_class(code) == NP_CLASS_STATION || code == NP_EDEVICE_ANSWER;
}

static np_code read_key(np_atecc *chip, np_token_facts *facts, np_error *err)
{
    np_code code = read_identity(chip, facts, err);
    facts->has_identity = code == NP_OK;
    facts->has_key = facts->has_identity;
    if (code == NP_OK || is_wire(code)) {
        return code;
    }
    facts->identity = (np_identity){.chip_serial = facts->chip_serial};
    code = np_atecc_genkey_public(chip, NP_NERVESKEY_KEY_SLOT, facts->identity.public_key, err);
    facts->has_key = code == NP_OK;
    return is_wire(code) ? code : NP_OK;
}

np_code facts_read(np_atecc *chip, const uint8_t first[static NP_ATECC_BLOCK_SIZE],
                   np_token_facts *ret, np_error *err)
{
    *ret = (np_token_facts){0};
    memcpy(ret->config, first, NP_ATECC_BLOCK_SIZE);
    NP_TRY(np_atecc_read_config(chip, NP_ATECC_BLOCK_SIZE,
                                sizeof(ret->config) - NP_ATECC_BLOCK_SIZE,
                                ret->config + NP_ATECC_BLOCK_SIZE, err));
    if (!np_atecc_model_by_revision(ret->config + NP_CONFIG_REVISION, &ret->model)) {
        return np_error_set(err, NP_ECONFLICT_FOREIGN, "the part is no ATECC508A, 608A or 608B");
    }
    facts_take_config(ret);
    return is_data_locked(ret->config) && can_sign(ret->config) ? read_key(chip, ret, err) : NP_OK;
}

np_code facts_read_aux(np_atecc *chip, np_token_facts *facts, np_error *err)
{
    facts->has_aux = false;
    if (!facts->has_identity || facts->identity.kind != NP_IDENTITY_NERVESKEY) {
        return NP_OK;
    }
    NP_TRY(np_aux_read_beside(chip, &facts->identity, &facts->aux, err));
    facts->has_aux = facts->aux.state == NP_AUX_PRESENT;
    return NP_OK;
}

static bool is_fixed(const uint8_t *config, unsigned slot)
{
    uint16_t word = np_config_slot_config(config, slot);
    return np_config_slot_is_locked(config, slot) ||
           ((word & NP_SLOT_WRITE_ENCRYPTED) == 0 && (word & WRITE_NEVER) != 0);
}

bool facts_are_final(const np_token_facts *facts)
{
    return facts->has_identity && np_config_key_is_fixed(facts->config, NP_NERVESKEY_KEY_SLOT) &&
           is_fixed(facts->config, NP_NERVESKEY_DEVICE_CERTIFICATE_SLOT) &&
           is_fixed(facts->config, NP_NERVESKEY_SIGNER_KEY_SLOT) &&
           is_fixed(facts->config, NP_NERVESKEY_SIGNER_CERTIFICATE_SLOT);
}
