/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/signer_key.h"

#include "base/wipe.h"
#include "cli/authority_request.h"
#include "files/signer_config.h"
#include <time.h>

static np_signer_files files_of(const cli_arguments *arguments)
{
    return (np_signer_files){.certificate = arguments->signer_cert,
                             .key = arguments->signer_key,
                             .passphrase_file = arguments->key_passphrase_file,
                             .asking = &cli_secret_terminal};
}

/* Whoever pins an authority wants each unit counted, which issue alone does. */
static np_code check_config(const cli_arguments *arguments, np_error *err)
{
    np_signer_config config;
    NP_TRY(np_signer_config_load(arguments->signer_cert, &config, err));
    if (config.authority[0] == '\0') {
        return NP_OK;
    }
    np_error_set(err, NP_EPOLICY, "%s: this signer issues what is authorized and nothing else",
                 config.path);
    return np_error_hint(err, NP_EPOLICY, "nameplate issue --authorization FILE counts units");
}

np_code cli_signer_open(const cli_arguments *arguments, np_signer **ret, np_error *err)
{
    if (arguments->signer_key != NULL) {
        NP_TRY(check_config(arguments, err));
    }
    return cli_signer_open_counted(arguments, ret, err);
}

np_code cli_signer_open_counted(const cli_arguments *arguments, np_signer **ret, np_error *err)
{
    const np_signer_files files = files_of(arguments);
    return np_signer_files_open(&files, ret, err);
}

np_code cli_signer_open_authority(const cli_arguments *arguments, np_signer **ret, np_error *err)
{
    const np_signer_files files = files_of(arguments);
    return np_signer_files_open_authority(&files, ret, err);
}

np_code cli_signer_create_at(const cli_arguments *arguments, np_signer **ret, np_error *err)
{
    NP_CLEANUP(np_hsm_free_at) np_hsm_key *key = NULL;
    np_authority_request request;
    int64_t now = (int64_t)time(NULL);
    NP_TRY(cli_authority_request(arguments, now, &request, err));
    if (!np_hsm_is_uri(arguments->key)) {
        np_error_set(err, NP_EUSAGE, "--key takes a PKCS#11 URI");
        return np_error_hint(err, NP_EUSAGE, "without it the key goes into a file, NAME.key");
    }
    NP_TRY(arguments->generate
               ? np_hsm_generate(arguments->key, np_hsm_asking_by(&cli_secret_terminal), &key, err)
               : np_hsm_open(arguments->key, np_hsm_asking_by(&cli_secret_terminal), &key, err));
    np_signing signing = np_hsm_signing(key);
    NP_TRY(request.profile == NULL
               ? np_signer_create_with(&signing, now, arguments->years, ret, err)
               : np_authority_create_with(&request, &signing, np_random_system(), ret, err));
    np_signer_keep(*ret, np_hsm_release, key);
    key = NULL;
    return NP_OK;
}
