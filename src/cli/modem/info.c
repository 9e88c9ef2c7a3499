/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/modem/session.h"

static void put_or_null(cli_output *output, const char *key, const char *label, const char *text)
{
    if (text[0] == '\0') {
        cli_put_json(output, key, json_null());
    } else {
        cli_put_text(output, key, label, text);
    }
}

static np_code count_one(void *self, const np_credential *credential, np_error *err)
{
    size_t *count = self;
    (void)err;
    *count += credential->tag <= NP_SEC_TAG_USER_MAX;
    return NP_OK;
}

static np_code put_identity(np_modem *modem, cli_output *output, np_error *err)
{
    np_modem_identity identity;
    unsigned mode = 0;
    NP_TRY(np_modem_identify(modem, &identity, err));
    NP_TRY(np_modem_get_mode(modem, &mode, err));
    cli_put_text(output, "model", "model", identity.model);
    put_or_null(output, "maker", "maker", identity.maker);
    put_or_null(output, "hardware", "hardware", identity.hardware);
    cli_put_text(output, "firmware", "firmware", identity.firmware);
    cli_put_text(output, "imei", "IMEI", identity.imei);
    put_or_null(output, "device_uuid", "device UUID", identity.device_uuid);
    put_or_null(output, "firmware_uuid", "firmware UUID", identity.firmware_uuid);
    cli_put_count(output, "mode", "mode (CFUN)", mode);
    return NP_OK;
}

np_code cli_modem_info(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_modem_abandon) cli_modem on;
    size_t credentials = 0;
    NP_TRY(cli_modem_open(arguments, &on, err));
    cli_put_text(output, "shell", "shell", np_modem_host_name(np_modem_host_of(&on.modem)));
    cli_put_text(output, "line_end", "line end", np_line_end_name(on.modem.dialogue.line_end));
    if (np_modem_has_at(&on.modem)) {
        NP_TRY(put_identity(&on.modem, output, err));
    }
    NP_TRY(np_modem_list(&on.modem, NULL, count_one, &credentials, err));
    cli_put_count(output, "credentials", "credentials", credentials);
    return cli_modem_close(&on, err);
}
