/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "base/wipe.h"
#include "cli/modem/session.h"

typedef struct listing {
    cli_output *output;
    json_t *rows;
} listing;

/* "16842753  client-cert  c56ccac5..." */
static np_code put_row(void *self, const np_credential *credential, np_error *err)
{
    const listing *on = self;
    char type[CLI_MODEM_TYPE_SIZE];
    char digest[2 * NP_MODEM_DIGEST_SIZE + 1] = "-";
    (void)err;
    cli_modem_type_text(credential->type, type);
    if (credential->has_digest) {
        np_format_hex(NP_BYTES(credential->digest), digest);
    }
    cli_print(on->output, "%10u  %-15s  %s", credential->tag, type, digest);
    json_t *row = json_object();
    json_object_set_new(row, "sectag", json_integer((json_int_t)credential->tag));
    json_object_set_new(row, "type", cli_json_text(type));
    json_object_set_new(row, "type_number", json_integer((json_int_t)credential->type));
    json_object_set_new(row, "sha256",
                        credential->has_digest ? cli_json_text(digest) : json_null());
    json_array_append_new(on->rows, row);
    return NP_OK;
}

np_code cli_modem_list(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_modem_abandon) cli_modem on = {0};
    listing rows = {.output = output};
    np_credential_filter filter = {.has_tag = arguments->sectag != NULL};
    NP_TRY(cli_modem_tag(arguments, &filter.tag, err));
    NP_TRY(cli_modem_open(arguments, &on, err));
    rows.rows = json_array();
    np_code code = np_modem_list(&on.modem, &filter, put_row, &rows, err);
    cli_put_json(output, "credentials", rows.rows);
    NP_TRY(code);
    return cli_modem_close(&on, err);
}
