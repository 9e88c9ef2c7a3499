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

/* The signer's certificate names the key of its root: with another one it would be another. */
static np_code check_root(const cli_arguments *arguments, const np_identity *identity,
                          np_error *err)
{
    if (arguments->root == NULL || identity->kind != NP_IDENTITY_TRUST_AND_GO ||
        identity->root == NP_ROOT_GIVEN) {
        return NP_OK;
    }
    np_error_set(err, NP_ECONFLICT_OTHER, "%s: this root did not sign the signer on the chip",
                 arguments->root);
    return np_error_hint(err, NP_ECONFLICT_OTHER,
                         "nameplate chip info without --root tells which of the known ones did");
}

np_code cli_chip_cert(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_chip_abandon) cli_chip chip = {0};
    np_snapshot snapshot;
    cli_root root;
    if (arguments->aux && arguments->root != NULL) {
        return np_error_set(err, NP_EUSAGE, "--aux and --root exclude each other");
    }
    if (arguments->aux) {
        return cli_chip_aux_cert(arguments, output, err);
    }
    if (arguments->chain && arguments->signer) {
        return np_error_set(err, NP_EUSAGE, "--signer and --chain exclude each other");
    }
    NP_TRY(cli_root_load(arguments->root, &root, err));
    NP_TRY(cli_chip_open(arguments, &chip, err));
    NP_TRY(cli_chip_look(&chip, root.key, &snapshot, err));
    if (!snapshot.has_identity) {
        return refuse_snapshot(&snapshot, err);
    }
    NP_TRY(check_root(arguments, &snapshot.identity, err));
    put_certificates(arguments, &snapshot.identity, output);
    return cli_chip_close(&chip, err);
}
