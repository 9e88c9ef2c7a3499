/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/file.h"
#include "cli/key_pair.h"
#include "cli/modem/session.h"

static np_code refuse_existing(np_sec_tag tag, np_error *err)
{
    np_error_set(err, NP_ECONFLICT_OTHER, "security tag %u has a key already", tag);
    return np_error_hint(err, NP_ECONFLICT_OTHER,
                         "--force deletes it first; nobody can get it back");
}

/* A key goes only when somebody wants it to. */
static np_code make_room(cli_modem *on, np_sec_tag tag, bool may_delete, np_error *err)
{
    np_credential there;
    bool is_there = false;
    bool was_there = false;
    NP_TRY(np_modem_find(&on->modem, tag, NP_CREDENTIAL_KEY, &is_there, &there, err));
    if (!is_there) {
        return NP_OK;
    }
    return may_delete ? np_modem_delete(&on->modem, tag, NP_CREDENTIAL_KEY, &was_there, err)
                      : refuse_existing(tag, err);
}

/* The reply never comes again: where the disk fails, the terminal gets it. */
static np_code save_reply(const char *path, const np_modem_token *token, np_error *err)
{
    char text[NP_MODEM_TOKEN_MAX + 2];
    memcpy(text, token->text, token->len);
    text[token->len] = '\n';
    np_code code =
        np_file_create(path, CLI_CERTIFICATE_MODE, np_bytes_of(text, token->len + 1), err);
    if (code != NP_OK) {
        cli_note("the reply could not be stored, and the modem gives it only once; here it is:");
        cli_note_line("%s", token->text);
    }
    return code;
}

static np_code make_key(cli_modem *on, const np_keygen *keygen, np_modem_token *ret, np_error *err)
{
    bool exists = false;
    np_code code = np_modem_keygen(&on->modem, keygen, &exists, ret, err);
    if (code == NP_EINTERRUPTED || code == NP_ESTATION_TIMEOUT) {
        return np_error_hint(err, code,
                             "a key may be there whose reply is lost: run this again with --force");
    }
    NP_TRY(code);
    return exists ? refuse_existing(keygen->tag, err) : NP_OK;
}

np_code cli_modem_keygen(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_modem_abandon) cli_modem on = {0};
    np_modem_token token;
    np_keygen keygen = {.attributes = arguments->subject,
                        .key_usage = arguments->key_usage,
                        .content = arguments->public_key ? NP_KEYGEN_PUBLIC_KEY : NP_KEYGEN_CSR};
    NP_TRY(cli_modem_tag(arguments, &keygen.tag, err));
    NP_TRY(cli_file_check_free(arguments->out, err));
    NP_TRY(cli_modem_open(arguments, &on, err));
    NP_TRY(cli_modem_radio_off(&on, err));
    NP_TRY(make_room(&on, keygen.tag, arguments->force, err));
    NP_TRY(make_key(&on, &keygen, &token, err));
    NP_TRY(save_reply(arguments->out, &token, err));
    cli_put_count(output, "sectag", "security tag", keygen.tag);
    cli_put_text(output, "reply_path", "reply", arguments->out);
    cli_put_json(output, "reply", cli_json_text(token.text));
    return cli_modem_close(&on, err);
}
