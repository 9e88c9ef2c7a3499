/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cloud/manifest_signers.h"

#include "cli/certificate.h"

np_code cli_manifest_signers_load(const cli_list *paths, np_manifest_signers *ret, np_error *err)
{
    *ret = (np_manifest_signers){0};
    if (paths->count > NP_MANIFEST_SIGNERS_MAX) {
        return np_error_set(err, NP_EUSAGE, "--signer-cert is given more than %d times",
                            NP_MANIFEST_SIGNERS_MAX);
    }
    for (size_t i = 0; i < paths->count; i++) {
        cli_certificate certificate;
        NP_TRY(cli_certificate_load(paths->items[i], &certificate, err));
        np_code code = np_manifest_signer_read(cli_certificate_der(&certificate), &ret->at[i], err);
        if (code != NP_OK) {
            return np_error_prefix(err, code, "%s", paths->items[i]);
        }
        ret->count++;
    }
    return NP_OK;
}
