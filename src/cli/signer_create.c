/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/certificate.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/signals.h"
#include <limits.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { PEM_SIZE = 4096, KEY_MODE = 0600, CERTIFICATE_MODE = 0644 };

typedef struct pair_paths {
    char certificate[PATH_MAX];
    char key[PATH_MAX];
} pair_paths;

static np_code name_pair(const char *name, pair_paths *ret, np_error *err)
{
    int length = snprintf(ret->certificate, PATH_MAX, "%s.cert", name);
    snprintf(ret->key, PATH_MAX, "%s.key", name);
    if (length < 0 || length >= PATH_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "the name of the signer is too long for a file");
    }
    NP_TRY(cli_file_check_free(ret->certificate, err));
    return cli_file_check_free(ret->key, err);
}

typedef struct secret_text {
    uint8_t bytes[PEM_SIZE];
} secret_text;

static void secret_text_clear(secret_text *text)
{
    np_wipe(text, sizeof(*text));
}

static np_code store_key(const np_signer *signer, const char *path, np_error *err)
{
    NP_CLEANUP(secret_text_clear) secret_text pem;
    np_writer writer = np_writer_of(pem.bytes, sizeof(pem.bytes));
    np_signer_write_key_pem(signer, &writer);
    return cli_file_create(path, KEY_MODE, np_writer_bytes(&writer), err);
}

/* The key first: a certificate without its key is worth nothing. */
static np_code store_pair(const np_signer *signer, const pair_paths *paths, np_error *err)
{
    uint8_t pem[PEM_SIZE];
    np_writer writer = np_writer_of(pem, sizeof(pem));
    np_signer_write_certificate_pem(signer, &writer);
    NP_TRY(store_key(signer, paths->key, err));
    np_code code =
        cli_file_create(paths->certificate, CERTIFICATE_MODE, np_writer_bytes(&writer), err);
    if (code != NP_OK) {
        unlink(paths->key);
    }
    return code;
}

np_code cli_signer_create(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    pair_paths paths;
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    NP_TRY(name_pair(arguments->target, &paths, err));
    NP_TRY(np_signer_create((int64_t)time(NULL), arguments->years, &signer, err));
    sigset_t before = cli_signals_hold();
    np_code code = store_pair(signer, &paths, err);
    cli_signals_let_through(&before);
    NP_TRY(code);
    const np_certificate *certificate = np_signer_certificate(signer);
    cli_put_text(output, "certificate_path", "certificate", paths.certificate);
    cli_put_text(output, "key_path", "key", paths.key);
    cli_put_fingerprint(output, "fingerprint", "fingerprint", certificate->der);
    cli_put_validity(output, &certificate->validity);
    return NP_OK;
}
