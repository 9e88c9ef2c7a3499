/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/modem/token_load.h"

#include "base/format.h"
#include "cli/file.h"
#include "x509/pem.h"
#include "x509/public_key.h"
#include <unistd.h>

enum { FILE_NAME_LIKELY_MAX = 200 /* tokens are longer */ };

np_code cli_token_load(const char *word, np_token *ret, np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    bool is_file =
        strcmp(word, "-") == 0 || (strlen(word) <= FILE_NAME_LIKELY_MAX && access(word, F_OK) == 0);
    if (!is_file) {
        return np_token_parse(np_bytes_text(word), ret, err);
    }
    NP_TRY(cli_file_load_any(word, &file, err));
    np_code code = np_token_parse(cli_file_bytes(&file), ret, err);
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "%s", word);
}

np_code cli_token_name_files(const np_token *token, const char *folder, const char *prefix,
                             cli_token_paths *ret, np_error *err)
{
    char uuid[NP_TOKEN_UUID_TEXT_SIZE];
    char stem[PATH_MAX];
    if (!token->has_attestation || token->kind == NP_TOKEN_ATTESTATION) {
        np_error_set(err, NP_EINPUT_MISSING, "the token does not say both device and security tag");
        return np_error_hint(err, NP_EINPUT_MISSING,
                             "give the whole reply to KEYGEN, with the part behind the dot");
    }
    np_token_format_uuid(token->uuid, uuid);
    size_t len =
        np_format(stem, sizeof(stem), "%s/%s%s_%u", folder, prefix, uuid, (unsigned)token->sec_tag);
    if (len + sizeof("_csr.pem") > sizeof(stem)) {
        return np_error_set(err, NP_EINPUT_RANGE, "the names of the files are too long");
    }
    np_format(ret->public_key, sizeof(ret->public_key), "%s_pub.pem", stem);
    ret->request[0] = '\0';
    if (token->kind == NP_TOKEN_REQUEST) {
        np_format(ret->request, sizeof(ret->request), "%s_csr.pem", stem);
    }
    return NP_OK;
}

void cli_token_write_request(const np_token *token, np_writer *writer)
{
    np_pem_encode(writer, "CERTIFICATE REQUEST", token->body);
}

void cli_token_write_public_key(const np_token_report *report, np_writer *writer)
{
    np_public_key_write_pem(report->public_key, writer);
}
