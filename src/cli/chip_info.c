/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/certificate.h"
#include "cli/chip.h"
#include "nerveskey/layout.h"

/* What the chip says about its owner; absent keys are there with null. */
static np_code put_identity(const np_identity *identity, cli_output *output, np_error *err)
{
    np_certificate device;
    np_bytes der = np_bytes_of(identity->device.bytes, identity->device.len);
    NP_TRY(np_certificate_parse(der, &device, err));
    cli_put_identity(output, identity);
    cli_put_fingerprint(output, "device_fingerprint", "device fingerprint", der);
    cli_put_fingerprint(output, "signer_fingerprint", "signer fingerprint",
                        np_bytes_of(identity->signer.bytes, identity->signer.len));
    cli_put_validity(output, &device.validity);
    return NP_OK;
}

static void put_no_identity(const np_snapshot *snapshot, cli_output *output)
{
    static const char *const keys[] = {"identity",
                                       "serial",
                                       "board",
                                       "user_data",
                                       "eui48",
                                       "root",
                                       "device_fingerprint",
                                       "signer_fingerprint",
                                       "not_before",
                                       "not_after"};
    for (size_t i = 0; i < NP_COUNT_OF(keys); i++) {
        cli_put_json(output, keys[i], json_null());
    }
    if (snapshot->stage < NP_STAGE_DATA_LOCKED) {
        cli_print(output, "identity: none yet");
    } else if (snapshot->stage != NP_STAGE_LOST) {
        cli_put_text(output, "identity_error", "identity", snapshot->identity_error.message);
    }
}

static np_code put_snapshot(const np_snapshot *snapshot, cli_output *output, np_error *err)
{
    np_chip_serial serial = np_config_serial(snapshot->config);
    np_manufacturer_serial by_default = np_manufacturer_serial_default(&serial);
    cli_put_text(output, "model", "model", np_atecc_model_name(snapshot->model));
    cli_put_chip_state(output, snapshot->config);
    cli_put_text(output, "mode", "mode", np_nerveskey_mode(snapshot->config));
    cli_put_text(output, "default_serial", "default serial", by_default.text);
    cli_put_flag(output, "is_provisioned", "provisioned",
                 snapshot->has_identity && snapshot->stage == NP_STAGE_KEY_LOCKED);
    if (!snapshot->has_identity) {
        put_no_identity(snapshot, output);
        return NP_OK;
    }
    return put_identity(&snapshot->identity, output, err);
}

np_code cli_chip_info(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_chip_abandon) cli_chip chip = {0};
    np_snapshot snapshot;
    cli_root root;
    NP_TRY(cli_root_load(arguments->root, &root, err));
    NP_TRY(cli_chip_open(arguments, &chip, err));
    NP_TRY(cli_chip_look(&chip, root.key, &snapshot, err));
    NP_TRY(put_snapshot(&snapshot, output, err));
    return cli_chip_close(&chip, err);
}
