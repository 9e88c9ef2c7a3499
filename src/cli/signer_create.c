/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/certificate.h"
#include "cli/command.h"
#include "cli/key_pair.h"
#include <time.h>

static void write_certificate(const void *self, np_writer *writer)
{
    np_signer_write_certificate_pem(self, writer);
}

static void write_key(const void *self, np_writer *writer)
{
    np_signer_write_key_pem(self, writer);
}

np_code cli_signer_create(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    cli_key_pair paths;
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    NP_TRY(cli_key_pair_name(arguments->target, &paths, err));
    NP_TRY(np_signer_create((int64_t)time(NULL), arguments->years, &signer, err));
    cli_key_pair_source source = {
        .write_certificate = write_certificate, .write_key = write_key, .self = signer};
    NP_TRY(cli_key_pair_store(&paths, &source, err));
    const np_certificate *certificate = np_signer_certificate(signer);
    cli_put_text(output, "certificate_path", "certificate", paths.certificate);
    cli_put_text(output, "key_path", "key", paths.key);
    cli_put_fingerprint(output, "fingerprint", "fingerprint", certificate->der);
    cli_put_validity(output, &certificate->validity);
    return NP_OK;
}
