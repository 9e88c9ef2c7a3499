/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/certificate.h"
#include "cli/chip.h"

static np_code refuse_snapshot(const np_snapshot *snapshot, np_error *err)
{
    if (snapshot->stage == NP_STAGE_DATA_LOCKED || snapshot->stage == NP_STAGE_KEY_LOCKED) {
        *err = snapshot->identity_error;
        return err->code;
    }
    np_error_set(err, NP_ECONFLICT_OTHER, "the chip carries no certificates: its stage is '%s'",
                 np_stage_name(snapshot->stage));
    return np_error_hint(err, NP_ECONFLICT_OTHER, "give it some: nameplate chip provision");
}

static void put_certificate(cli_output *output, const char *key, const np_identity_der *der)
{
    cli_put_pem(output, key, np_bytes_of(der->bytes, der->len));
}

static void put_certificates(const cli_arguments *arguments, const np_identity *identity,
                             cli_output *output)
{
    if (arguments->chain || !arguments->signer) {
        put_certificate(output, "device_certificate", &identity->device);
    }
    if (arguments->chain || arguments->signer) {
        put_certificate(output, "signer_certificate", &identity->signer);
    }
}

np_code cli_chip_cert(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_chip_abandon) cli_chip chip = {0};
    np_snapshot snapshot;
    if (arguments->aux) {
        return cli_chip_aux_cert(arguments, output, err);
    }
    if (arguments->chain && arguments->signer) {
        return np_error_set(err, NP_EUSAGE, "--signer and --chain exclude each other");
    }
    NP_TRY(cli_chip_open(arguments, &chip, err));
    NP_TRY(cli_chip_look(&chip, &snapshot, err));
    if (!snapshot.has_identity) {
        return refuse_snapshot(&snapshot, err);
    }
    put_certificates(arguments, &snapshot.identity, output);
    return cli_chip_close(&chip, err);
}
