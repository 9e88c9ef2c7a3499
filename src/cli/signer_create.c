/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/authority_request.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/key_pair.h"
#include "cli/signer_key.h"
#include <time.h>

/* A new signer and what protects its key on the way to the file. */
typedef struct new_signer {
    np_signer *signer;
    bool is_encrypted;
    uint8_t pem[CLI_KEY_PAIR_PEM_SIZE]; /* of the encrypted key */
    np_writer pem_writer;
} new_signer;

static void new_signer_clear(new_signer *made)
{
    np_signer_free(made->signer);
}

static void write_certificate(const void *self, np_writer *writer)
{
    np_signer_write_certificate_pem(((const new_signer *)self)->signer, writer);
}

static void write_key(const void *self, np_writer *writer)
{
    const new_signer *made = self;
    if (made->is_encrypted) {
        np_write_bytes(writer, np_writer_bytes(&made->pem_writer));
    } else {
        np_signer_write_key_pem(made->signer, writer);
    }
}

static np_code encrypt(const cli_arguments *arguments, new_signer *made, np_error *err)
{
    NP_CLEANUP(np_secret_clear) np_secret passphrase = {{0}};
    if (arguments->key_passphrase_file != NULL) {
        NP_TRY(np_secret_load(arguments->key_passphrase_file, &passphrase, err));
    } else {
        NP_TRY(cli_secret_ask("passphrase of the new key", true,
                              "--key-passphrase-file names a file with it", &passphrase, err));
    }
    made->is_encrypted = true;
    made->pem_writer = np_writer_of(made->pem, sizeof(made->pem));
    return np_signer_write_encrypted_key_pem(made->signer, np_secret_bytes(&passphrase),
                                             &made->pem_writer, err);
}

static np_code create_in_file(const cli_arguments *arguments, const cli_key_pair *paths,
                              new_signer *made, np_error *err)
{
    np_authority_request request;
    int64_t now = (int64_t)time(NULL);
    NP_TRY(cli_file_check_free(paths->key, err));
    NP_TRY(cli_authority_request(arguments, now, &request, err));
    NP_TRY(request.profile == NULL
               ? np_signer_create(now, arguments->years, &made->signer, err)
               : np_authority_create(&request, np_random_system(), &made->signer, err));
    if (arguments->encrypt || arguments->key_passphrase_file != NULL) {
        NP_TRY(encrypt(arguments, made, err));
    }
    cli_key_pair_source source = {
        .write_certificate = write_certificate, .write_key = write_key, .self = made};
    return cli_key_pair_store(paths, &source, err);
}

/* The key stays where it is: the certificate is the only file. */
static np_code create_in_hsm(const cli_arguments *arguments, const cli_key_pair *paths,
                             new_signer *made, np_error *err)
{
    uint8_t pem[CLI_KEY_PAIR_PEM_SIZE];
    np_writer writer = np_writer_of(pem, sizeof(pem));
    NP_TRY(cli_signer_create_at(arguments, &made->signer, err));
    write_certificate(made, &writer);
    return np_file_create(paths->certificate, CLI_CERTIFICATE_MODE, np_writer_bytes(&writer), err);
}

static np_code check_options(const cli_arguments *arguments, np_error *err)
{
    bool is_for_file = arguments->encrypt || arguments->key_passphrase_file != NULL;
    if (arguments->key != NULL && is_for_file) {
        return np_error_set(err, NP_EUSAGE, "a passphrase is for keys in files, not for --key");
    }
    if (arguments->key == NULL && arguments->generate) {
        return np_error_set(err, NP_EUSAGE, "--generate is for a key in an HSM: add --key URI");
    }
    return NP_OK;
}

np_code cli_signer_create(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    cli_key_pair paths;
    NP_CLEANUP(new_signer_clear) new_signer made = {0};
    NP_TRY(check_options(arguments, err));
    NP_TRY(cli_key_pair_name(arguments->target, &paths, err));
    NP_TRY(cli_file_check_free(paths.certificate, err));
    NP_TRY(arguments->key == NULL ? create_in_file(arguments, &paths, &made, err)
                                  : create_in_hsm(arguments, &paths, &made, err));
    const np_certificate *certificate = np_signer_certificate(made.signer);
    cli_put_text(output, "certificate_path", "certificate", paths.certificate);
    cli_put_text(output, "key_path", "key", arguments->key == NULL ? paths.key : arguments->key);
    cli_put_fingerprint(output, "fingerprint", "fingerprint", certificate->der);
    cli_put_validity(output, &certificate->validity);
    return NP_OK;
}
