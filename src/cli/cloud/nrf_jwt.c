/* SPDX-License-Identifier: Apache-2.0 */
/* cloud nrf jwt: a token for requests on behalf of a team's devices. */
#include "cloud/nrf_jwt.h"

#include "base/wipe.h"

#include "cli/command.h"
#include "cli/file.h"
#include <time.h>

enum { TOKEN_MAX = 2048, DAY_SECONDS = 86400 };

np_code cli_cloud_nrf_jwt(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    char token[TOKEN_MAX] = "";
    np_writer writer = np_writer_of((uint8_t *)token, sizeof(token) - 1);
    const np_nrf_jwt jwt = {
        .team = arguments->team_id,
        .device = arguments->device_id,
        .expires = arguments->days_valid == 0
                       ? 0
                       : (int64_t)time(NULL) + (int64_t)arguments->days_valid * DAY_SECONDS,
    };
    NP_TRY(cli_file_load(arguments->key, &file, err));
    np_code code = np_p256_parse_pem(cli_file_bytes(&file), &key, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "%s", arguments->key);
    }
    const np_signing signing = np_signing_by_key(key);
    NP_TRY(np_nrf_jwt_write(&jwt, &signing, &writer, err));
    cli_put_line(output, "token", token);
    return NP_OK;
}
