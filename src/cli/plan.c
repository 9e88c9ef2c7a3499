/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/plan.h"

#include "base/wipe.h"
#include "cli/certificate.h"
#include "cli/file.h"
#include "cli/signer_key.h"
#include "nerveskey/apply.h"

void cli_planning_clear(cli_planning *planning)
{
    cli_chip_abandon(&planning->chip);
    np_signer_free(planning->signer);
    np_wipe(planning, sizeof(*planning));
}

static np_code load_user_data(const char *path, cli_file *ret, np_error *err)
{
    return path == NULL ? NP_OK : cli_file_load(path, ret, err);
}

static np_bytes bytes_of_option(const char *text)
{
    return text == NULL ? (np_bytes){0} : np_bytes_text(text);
}

static np_code find_layout(const char *name, const np_layout **ret, np_error *err)
{
    *ret = np_layout_by_name(name == NULL ? np_layouts[NP_LAYOUT_NERVESKEY].name : name);
    if (*ret == NULL) {
        np_error_set(err, NP_EUSAGE, "--layout: there is no layout '%s'", name);
        return np_error_hint(err, NP_EUSAGE, "nerveskey, nerveskey-volatile or application");
    }
    return NP_OK;
}

static np_code load_keys(const cli_arguments *arguments, cli_planning *ret, np_error *err)
{
    if (arguments->activation_key_file != NULL) {
        NP_TRY(cli_volatile_key_load(arguments->activation_key_file, &ret->activation_key, err));
    }
    return arguments->encryption_key_file == NULL
               ? NP_OK
               : cli_volatile_key_load(arguments->encryption_key_file, &ret->encryption_key, err);
}

/* Empty when no file was given. */
static np_bytes key_of(const char *path, const cli_volatile_key *key)
{
    return path == NULL ? (np_bytes){0} : NP_BYTES(key->bytes);
}

static np_plan_request make_request(const cli_arguments *arguments, const cli_file *user_data,
                                    cli_planning *planning)
{
    np_signer_compressed(planning->signer, planning->signer_compressed);
    np_signer_public_key(planning->signer, planning->signer_key);
    np_signer_fingerprint(planning->signer, planning->signer_fingerprint);
    return (np_plan_request){
        .serial = bytes_of_option(arguments->serial),
        .board = bytes_of_option(arguments->board),
        .user_data = cli_file_bytes(user_data),
        .activation_key = key_of(arguments->activation_key_file, &planning->activation_key),
        .encryption_key = key_of(arguments->encryption_key_file, &planning->encryption_key),
        .signer =
            {
                .certificate = np_signer_certificate(planning->signer),
                .compressed = planning->signer_compressed,
                .public_key = planning->signer_key,
                .fingerprint = planning->signer_fingerprint,
            },
        .now = planning->chip.now,
        .address = planning->chip.device.address,
    };
}

np_code cli_planning_begin(const cli_arguments *arguments, cli_planning *ret, np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file user_data = {0};
    const np_layout *layout = NULL;
    np_snapshot snapshot;
    NP_TRY(cli_signer_open(arguments, &ret->signer, err));
    NP_TRY(load_user_data(arguments->user_data, &user_data, err));
    NP_TRY(find_layout(arguments->layout, &layout, err));
    NP_TRY(load_keys(arguments, ret, err));
    NP_TRY(cli_chip_open(arguments, &ret->chip, err));
    /* Until the link is closed: what is planned must be what is met. */
    NP_TRY(np_bus_hold(&ret->chip.device.bus, err));
    np_plan_request request = make_request(arguments, &user_data, ret);
    request.layout = layout;
    NP_TRY(np_snapshot_take(&ret->chip.device, &snapshot, err));
    NP_TRY(np_atecc_sleep(&ret->chip.device, err)); /* people take their time to consent */
    NP_TRY(np_plan_compute(&snapshot, &request, &ret->plan, err));
    return np_plan_check_keys(&ret->plan, &ret->chip.device, np_random_system(), err);
}
