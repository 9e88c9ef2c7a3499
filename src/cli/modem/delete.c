/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/modem/session.h"

static np_code refuse_key(np_error *err)
{
    np_error_set(err, NP_ECONSENT, "nobody can get a deleted key back");
    return np_error_hint(err, NP_ECONSENT, "--force deletes it");
}

np_code cli_modem_delete(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_modem_abandon) cli_modem on = {0};
    cli_modem_place place;
    bool was_there = false;
    NP_TRY(cli_modem_place_of(arguments, &place, err));
    bool is_certificate =
        place.type == NP_CREDENTIAL_ROOT_CA || place.type == NP_CREDENTIAL_CERTIFICATE;
    if (!is_certificate && !arguments->force) {
        return refuse_key(err);
    }
    NP_TRY(cli_modem_open(arguments, &on, err));
    NP_TRY(cli_modem_radio_off(&on, err));
    NP_TRY(np_modem_delete(&on.modem, place.tag, place.type, &was_there, err));
    cli_put_modem_place(output, &place);
    cli_put_flag(output, "was_there", "was there", was_there);
    return cli_modem_close(&on, err);
}
