/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/authorization/file.h"
#include "cli/file.h"
#include "cli/signer_key.h"
#include <errno.h>
#include <limits.h>
#include <stdio.h>

enum { FILE_MODE = 0644 };

/* One that this key has signed already is left as it is. */
static np_code sign_file(const char *path, np_authorization_file *authorization,
                         const np_signing *authority, np_error *err)
{
    uint8_t text[NP_AUTHORIZATION_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    if (!authorization->terms.is_signed) {
        NP_TRY(np_authorization_sign(&authorization->terms, authority, err));
        np_authorization_write(&authorization->terms, &writer);
        return np_file_replace(path, FILE_MODE, np_writer_bytes(&writer), err);
    }
    np_code code = np_authorization_verify(&authorization->terms, authority->public_key, err);
    return code != NP_EINPUT_KEY
               ? code
               : np_error_set(err, NP_ECONFLICT_OTHER, "%s has a signature of another key", path);
}

np_code cli_authorization_sign(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(np_authorization_file_clear) np_authorization_file authorization = {.id = ""};
    NP_CLEANUP(np_signing_key_close) np_signing_key key = {.key = NULL};
    NP_TRY(np_authorization_file_load(arguments->target, &authorization, err));
    NP_TRY(np_signing_key_open(arguments->key, arguments->key_passphrase_file, &cli_secret_terminal,
                               &key, err));
    NP_TRY(sign_file(arguments->target, &authorization, &key.signing, err));
    cli_put_text(output, "out", "authorization", arguments->target);
    cli_put_hex(output, "authority", "authority", NP_BYTES(authorization.terms.authority));
    cli_authorization_put(&authorization, output);
    return NP_OK;
}
