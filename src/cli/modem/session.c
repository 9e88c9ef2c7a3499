/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/modem/session.h"

#include <stdio.h>

enum { MS_PER_S = 1000 };

static void show_line(void *self, const char *text)
{
    (void)self;
    cli_note_line("%s", text);
}

np_code cli_modem_open(const cli_arguments *arguments, cli_modem *ret, np_error *err)
{
    np_modem_link_options options = {.lock_wait_ms = arguments->wait * MS_PER_S};
    if (arguments->trace) {
        options.trace = show_line;
    }
    ret->link = NULL;
    ret->has_mode = false;
    NP_TRY(np_modem_link_open(arguments->target, &options, &ret->link, err));
    const np_modem_options other_end = np_modem_link_other_end(ret->link);
    np_code code = np_modem_open(&ret->modem, np_modem_link_port(ret->link), &other_end, err);
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "%s", arguments->target);
}

void cli_modem_abandon(cli_modem *modem)
{
    np_error ignored;
    if (modem->link != NULL && cli_modem_close(modem, &ignored) != NP_OK) {
        return; /* the first error is the one that is shown */
    }
}

static np_code restore_mode(cli_modem *modem, np_error *err)
{
    if (!modem->has_mode) {
        return NP_OK;
    }
    modem->has_mode = false;
    return np_modem_set_mode(&modem->modem, modem->mode, err);
}

np_code cli_modem_close(cli_modem *modem, np_error *err)
{
    np_code restored = restore_mode(modem, err);
    np_modem_link *link = modem->link;
    modem->link = NULL;
    np_code closed = np_modem_link_close(link, restored == NP_OK ? err : NULL);
    return restored == NP_OK ? closed : restored;
}

np_code cli_modem_radio_off(cli_modem *modem, np_error *err)
{
    unsigned mode = NP_CFUN_OFF;
    if (!np_modem_has_at(&modem->modem)) {
        return NP_OK;
    }
    NP_TRY(np_modem_get_mode(&modem->modem, &mode, err));
    if (np_modem_mode_is_writable(mode)) {
        return NP_OK;
    }
    cli_note("the radio is off meanwhile (AT+CFUN=4, then %u again)", mode);
    NP_TRY(np_modem_set_mode(&modem->modem, NP_CFUN_FLIGHT, err));
    modem->has_mode = true;
    modem->mode = mode;
    return NP_OK;
}

np_code cli_modem_tag(const cli_arguments *arguments, np_sec_tag *ret, np_error *err)
{
    *ret = NP_SEC_TAG_CLOUD;
    if (arguments->sectag == NULL) {
        return NP_OK;
    }
    uint64_t tag = 0;
    np_reader reader = np_reader_of(np_bytes_text(arguments->sectag));
    if (!np_at_take_number(&reader, &tag) || reader.rest.len > 0 || tag > UINT32_MAX) {
        return np_error_set(err, NP_EUSAGE, "--sectag takes a number up to %u, not '%s'",
                            NP_SEC_TAG_USER_MAX, arguments->sectag);
    }
    *ret = (np_sec_tag)tag;
    return NP_OK;
}

np_code cli_modem_place_of(const cli_arguments *arguments, cli_modem_place *ret, np_error *err)
{
    NP_TRY(cli_modem_tag(arguments, &ret->tag, err));
    if (np_credential_type_by_name(arguments->type, &ret->type)) {
        return NP_OK;
    }
    np_error_set(err, NP_EUSAGE, "--type: there is no type '%s'", arguments->type);
    return np_error_hint(
        err, NP_EUSAGE, "root-ca, client-cert, client-key, psk, psk-id or public-key, or a number");
}

void cli_modem_type_text(unsigned type, char ret[static CLI_MODEM_TYPE_SIZE])
{
    const char *name = np_credential_type_name(type);
    if (name != NULL) {
        snprintf(ret, CLI_MODEM_TYPE_SIZE, "%s", name);
    } else {
        snprintf(ret, CLI_MODEM_TYPE_SIZE, "%u", type);
    }
}

void cli_put_modem_place(cli_output *output, const cli_modem_place *place)
{
    char type[CLI_MODEM_TYPE_SIZE];
    cli_modem_type_text(place->type, type);
    cli_put_count(output, "sectag", "security tag", place->tag);
    cli_put_text(output, "type", "type", type);
}
