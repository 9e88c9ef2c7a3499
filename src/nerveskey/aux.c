/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/aux.h"

#include "nerveskey/layout.h"

static const char *const state_names[NP_AUX_STATE_COUNT] = {
    [NP_AUX_UNREADABLE] = "unreadable",
    [NP_AUX_ABSENT] = "absent",
    [NP_AUX_PRESENT] = "present",
    [NP_AUX_BROKEN] = "broken",
};

const char *np_aux_state_name(np_aux_state state)
{
    return (unsigned)state < NP_AUX_STATE_COUNT ? state_names[state] : "unknown";
}

static np_code read_device_slot(np_atecc *chip, uint8_t *ret_compressed, np_aux_state *ret,
                                np_error *err)
{
    NP_TRY(np_atecc_read_slot(chip, NP_NERVESKEY_AUX_DEVICE_CERTIFICATE_SLOT, NP_COMPRESSED_SIZE,
                              ret_compressed, err));
    bool is_zero = np_bytes_are_all(np_bytes_of(ret_compressed, NP_COMPRESSED_SIZE), 0);
    *ret = is_zero ? NP_AUX_ABSENT : NP_AUX_PRESENT;
    return NP_OK;
}

np_code np_aux_look(np_atecc *chip, np_aux_state *ret, np_error *err)
{
    uint8_t locks[NP_ATECC_WORD_SIZE];
    uint8_t compressed[NP_COMPRESSED_SIZE];
    *ret = NP_AUX_UNREADABLE;
    NP_TRY(np_atecc_read_config(chip, NP_CONFIG_USER_EXTRA, sizeof(locks), locks, err));
    if (locks[NP_CONFIG_LOCK_VALUE - NP_CONFIG_USER_EXTRA] != NP_ATECC_LOCKED) {
        return NP_OK;
    }
    return read_device_slot(chip, compressed, ret, err);
}

static np_code take_config(np_atecc *chip, np_aux *ret, np_error *err)
{
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    NP_TRY(np_atecc_read_config(chip, 0, sizeof(config), config, err));
    ret->identity.chip_serial = np_config_serial(config);
    if (!np_atecc_model_by_revision(config + NP_CONFIG_REVISION, &ret->model)) {
        return np_error_set(err, NP_ECONFLICT_FOREIGN, "the part is no ATECC508A, 608A or 608B");
    }
    if (config[NP_CONFIG_LOCK_VALUE] != NP_ATECC_LOCKED) {
        return NP_OK;
    }
    if (np_layout_of(config) == NULL) {
        return np_error_set(err, NP_ECONFLICT_FOREIGN, "the configuration is not NervesKey's");
    }
    ret->state = NP_AUX_ABSENT;
    return NP_OK;
}

/* What both pairs have in common. */
static np_code take_device(np_atecc *chip, np_identity *ret, np_error *err)
{
    NP_TRY(np_atecc_read_otp(chip, 0, sizeof(ret->otp_bytes), ret->otp_bytes, err));
    if (!np_nerveskey_otp_decode(ret->otp_bytes, &ret->otp)) {
        return np_error_set(err, NP_ECONFLICT_FOREIGN,
                            "the OTP zone does not begin with NervesKey's \"Nrvs\"");
    }
    return np_atecc_genkey_public(chip, NP_NERVESKEY_KEY_SLOT, ret->public_key, err);
}

static np_code take_signer(np_atecc *chip, np_identity *ret, np_error *err)
{
    NP_TRY(np_atecc_read_slot(chip, NP_NERVESKEY_AUX_SIGNER_KEY_SLOT, sizeof(ret->signer_key),
                              ret->signer_key, err));
    return np_atecc_read_slot(chip, NP_NERVESKEY_AUX_SIGNER_CERTIFICATE_SLOT, NP_COMPRESSED_SIZE,
                              ret->signer_compressed, err);
}

static np_code rebuild(const np_profile *profile, const np_profile_values *values,
                       const uint8_t *compressed, np_identity_der *ret, np_error *err)
{
    np_writer writer = np_writer_of(ret->bytes, sizeof(ret->bytes));
    NP_TRY(np_profile_rebuild(profile, values, compressed, &writer, err));
    ret->len = writer.len;
    return NP_OK;
}

static np_code rebuild_pair(np_identity *identity, np_error *err)
{
    const np_manufacturer_serial *serial = &identity->otp.serial;
    np_profile_values signer = {.public_key = identity->signer_key};
    np_profile_values device = {
        .subject = np_bytes_of(serial->text, serial->len),
        .public_key = identity->public_key,
        .authority_key = identity->signer_key,
        .chip_serial = NP_BYTES(identity->chip_serial.bytes),
    };
    np_code code = rebuild(&np_profile_nerveskey_signer, &signer, identity->signer_compressed,
                           &identity->signer, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "auxiliary signer certificate in slot %d",
                               NP_NERVESKEY_AUX_SIGNER_CERTIFICATE_SLOT);
    }
    code = rebuild(&np_profile_nerveskey_device, &device, identity->device_compressed,
                   &identity->device, err);
    return code == NP_OK ? NP_OK
                         : np_error_prefix(err, code, "auxiliary device certificate in slot %d",
                                           NP_NERVESKEY_AUX_DEVICE_CERTIFICATE_SLOT);
}

void np_aux_rebuild(np_aux *aux)
{
    aux->state =
        rebuild_pair(&aux->identity, &aux->error) == NP_OK ? NP_AUX_PRESENT : NP_AUX_BROKEN;
}

static np_code read_pair(np_atecc *chip, np_aux *ret, np_error *err)
{
    NP_TRY(read_device_slot(chip, ret->identity.device_compressed, &ret->state, err));
    if (ret->state == NP_AUX_ABSENT) {
        return NP_OK;
    }
    NP_TRY(take_signer(chip, &ret->identity, err));
    np_aux_rebuild(ret);
    return NP_OK;
}

np_code np_aux_read_beside(np_atecc *chip, const np_identity *primary, np_aux *ret, np_error *err)
{
    *ret = (np_aux){.identity = *primary};
    return read_pair(chip, ret, err);
}

np_code np_aux_read(np_atecc *chip, np_aux *ret, np_error *err)
{
    *ret = (np_aux){.state = NP_AUX_UNREADABLE};
    np_identity *identity = &ret->identity;
    NP_TRY(take_config(chip, ret, err));
    if (ret->state == NP_AUX_UNREADABLE) {
        return NP_OK;
    }
    NP_TRY(take_device(chip, identity, err));
    return read_pair(chip, ret, err);
}
