/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/authorization/file.h"
#include "cli/record.h"
#include "cli/registry.h"

static void put_state(const cli_arguments *arguments, const np_authorization *terms,
                      cli_output *output)
{
    bool is_verified = arguments->key != NULL;
    cli_put_flag(output, "signed", "signed", terms->is_signed);
    cli_put_flag(output, "verified", "verified", is_verified);
    if (terms->is_signed) {
        cli_put_hex(output, "authority", "authority", NP_BYTES(terms->authority));
    }
    if (!terms->is_signed) {
        cli_note("%s is not signed: it allows nothing yet", arguments->target);
    } else if (!is_verified) {
        cli_note("%s: who has signed it was not checked: give the authority's --key",
                 arguments->target);
    }
}

static np_code put_counted(const cli_arguments *arguments,
                           const np_authorization_file *authorization, cli_output *output,
                           np_error *err)
{
    static const uint8_t any_station[32];
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    np_issuance_found found;
    const np_issuance_terms terms = np_authorization_file_issuance(authorization, any_station);
    if (arguments->registry == NULL) {
        return NP_OK;
    }
    NP_TRY(cli_registry_open(arguments, &store, err));
    NP_TRY(np_issuance_find(store, &terms, &found, err));
    cli_put_count(output, "counted", "counted so far", found.counted);
    return NP_OK;
}

np_code cli_authorization_show(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(np_authorization_file_clear) np_authorization_file authorization = {.id = ""};
    NP_TRY(np_authorization_file_load(arguments->target, &authorization, err));
    if (arguments->key != NULL) {
        NP_TRY(
            np_authorization_file_verify(&authorization, arguments->target, arguments->key, err));
    }
    cli_authorization_put(&authorization, output);
    put_state(arguments, &authorization.terms, output);
    return put_counted(arguments, &authorization, output, err);
}
