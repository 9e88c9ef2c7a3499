/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/file.h"
#include "cli/modem/session.h"

/* What is there already: the same text in whatever form, or another. */
static np_code look(cli_modem *on, const cli_modem_place *place, np_bytes text, bool *ret_is_there,
                    np_text_form *ret_form, np_error *err)
{
    np_credential there;
    NP_TRY(np_modem_find(&on->modem, place->tag, place->type, ret_is_there, &there, err));
    *ret_form = NP_TEXT_NO_FORM;
    if (*ret_is_there && there.has_digest) {
        *ret_form = np_credential_form(text, there.digest, !np_modem_has_at(&on->modem));
    }
    return NP_OK;
}

static np_code refuse_overwriting(const cli_modem_place *place, np_error *err)
{
    char type[CLI_MODEM_TYPE_SIZE];
    cli_modem_type_text(place->type, type);
    np_error_set(err, NP_ECONFLICT_OTHER, "security tag %u has another %s", place->tag, type);
    return np_error_hint(err, NP_ECONFLICT_OTHER, "--force overwrites it");
}

static void put_result(cli_output *output, const cli_modem_place *place, np_text_form form,
                       bool was_there)
{
    cli_put_modem_place(output, place);
    cli_put_text(output, "line_ends", "kept with line ends", np_text_form_name(form));
    cli_put_flag(output, "was_there", "was there", was_there);
}

np_code cli_modem_write(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_modem_abandon) cli_modem on = {0};
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    cli_modem_place place;
    np_text_form form;
    bool is_there = false;
    NP_TRY(cli_modem_place_of(arguments, &place, err));
    NP_TRY(cli_file_load_any(arguments->operand, &file, err));
    NP_TRY(cli_modem_open(arguments, &on, err));
    NP_TRY(look(&on, &place, cli_file_bytes(&file), &is_there, &form, err));
    if (form != NP_TEXT_NO_FORM) {
        put_result(output, &place, form, true);
        return cli_modem_close(&on, err);
    }
    if (is_there && !arguments->force) {
        return refuse_overwriting(&place, err);
    }
    NP_TRY(cli_modem_radio_off(&on, err));
    NP_TRY(np_modem_write(&on.modem, place.tag, place.type, cli_file_bytes(&file), &form, err));
    put_result(output, &place, form, false);
    return cli_modem_close(&on, err);
}

np_code cli_modem_verify(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_modem_abandon) cli_modem on = {0};
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    cli_modem_place place;
    np_text_form form;
    bool is_there = false;
    NP_TRY(cli_modem_place_of(arguments, &place, err));
    NP_TRY(cli_file_load_any(arguments->operand, &file, err));
    NP_TRY(cli_modem_open(arguments, &on, err));
    NP_TRY(look(&on, &place, cli_file_bytes(&file), &is_there, &form, err));
    cli_put_modem_place(output, &place);
    cli_put_flag(output, "is_there", "there", is_there);
    if (is_there) {
        cli_put_text(output, "line_ends", "kept with line ends", np_text_form_name(form));
    } else {
        cli_put_json(output, "line_ends", json_null());
    }
    NP_TRY(cli_modem_close(&on, err));
    if (!is_there) {
        return np_error_set(err, NP_EDEVICE_VERIFY, "security tag %u has no such credential",
                            place.tag);
    }
    return form != NP_TEXT_NO_FORM
               ? NP_OK
               : np_error_set(err, NP_EDEVICE_VERIFY, "the modem keeps another text than %s",
                              arguments->operand);
}
