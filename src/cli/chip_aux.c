/* SPDX-License-Identifier: Apache-2.0 */
/* Looking at auxiliary certificates. */
#include "cli/chip_aux.h"

#include "base/wipe.h"
#include "cli/certificate.h"

static np_bytes der_of(const np_identity_der *der)
{
    return np_bytes_of(der->bytes, der->len);
}

static void put_nothing(cli_output *output)
{
    static const char *const keys[] = {"device_fingerprint", "signer_fingerprint", "not_before",
                                       "not_after"};
    for (size_t i = 0; i < NP_COUNT_OF(keys); i++) {
        cli_put_json(output, keys[i], json_null());
    }
}

np_code cli_put_aux(cli_output *output, const np_aux *aux, np_error *err)
{
    np_certificate device;
    cli_put_text(output, "state", "auxiliary certificates", np_aux_state_name(aux->state));
    if (aux->state != NP_AUX_PRESENT) {
        put_nothing(output);
        return NP_OK;
    }
    NP_TRY(np_certificate_parse(der_of(&aux->identity.device), &device, err));
    cli_put_fingerprint(output, "device_fingerprint", "device fingerprint",
                        der_of(&aux->identity.device));
    cli_put_fingerprint(output, "signer_fingerprint", "signer fingerprint",
                        der_of(&aux->identity.signer));
    cli_put_validity(output, &device.validity);
    return NP_OK;
}

static np_code refuse_damaged(const np_aux *aux, np_error *err)
{
    if (aux->state == NP_AUX_BROKEN) {
        np_error_set(err, NP_EDEVICE_VERIFY, "%s", aux->error.message);
    } else {
        np_error_set(err, NP_EDEVICE_VERIFY,
                     "the auxiliary signer did not sign a certificate for the key in slot 0");
    }
    return np_error_hint(err, NP_EDEVICE_VERIFY,
                         "writing was interrupted: run nameplate chip aux provision again, or "
                         "nameplate chip aux clear");
}

/* What is there and is not good is an error; that there is nothing, is not. */
static np_code check_damage(const np_aux *aux, np_error *err)
{
    bool is_good = false;
    if (aux->state == NP_AUX_UNREADABLE || aux->state == NP_AUX_ABSENT) {
        return NP_OK;
    }
    NP_TRY(np_aux_check(aux, &is_good, err));
    return is_good ? NP_OK : refuse_damaged(aux, err);
}

np_code cli_chip_aux_show(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_chip_abandon) cli_chip chip = {0};
    np_aux aux;
    NP_TRY(cli_chip_open(arguments, &chip, err));
    NP_TRY(np_aux_read(&chip.device, &aux, err));
    NP_TRY(cli_chip_close(&chip, err));
    NP_TRY(cli_put_aux(output, &aux, err));
    return check_damage(&aux, err);
}

static np_code require_present(const np_aux *aux, np_error *err)
{
    if (aux->state == NP_AUX_ABSENT) {
        np_error_set(err, NP_ECONFLICT_OTHER, "the chip carries no auxiliary certificates");
        return np_error_hint(err, NP_ECONFLICT_OTHER, "give it some: nameplate chip aux provision");
    }
    if (aux->state == NP_AUX_UNREADABLE) {
        np_error_set(err, NP_ECONFLICT_OTHER,
                     "the chip carries no certificates: its data zone is not locked");
        return np_error_hint(err, NP_ECONFLICT_OTHER, "give it some: nameplate chip provision");
    }
    return check_damage(aux, err);
}

np_code cli_chip_aux_cert(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_chip_abandon) cli_chip chip = {0};
    np_aux aux;
    if (arguments->chain && arguments->signer) {
        return np_error_set(err, NP_EUSAGE, "--signer and --chain exclude each other");
    }
    NP_TRY(cli_chip_open(arguments, &chip, err));
    NP_TRY(np_aux_read(&chip.device, &aux, err));
    NP_TRY(cli_chip_close(&chip, err));
    NP_TRY(require_present(&aux, err));
    if (arguments->chain || !arguments->signer) {
        cli_put_pem(output, "device_certificate", der_of(&aux.identity.device));
    }
    if (arguments->chain || arguments->signer) {
        cli_put_pem(output, "signer_certificate", der_of(&aux.identity.signer));
    }
    return NP_OK;
}
