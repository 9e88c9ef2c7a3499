/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/key_pair.h"

#include "base/wipe.h"
#include "cli/file.h"
#include "cli/signals.h"
#include <stdio.h>
#include <unistd.h>

enum { KEY_MODE = 0600 };

static np_code name_both(const char *name, const char *suffix, const char *key_suffix,
                         cli_key_pair *ret, np_error *err)
{
    int length = snprintf(ret->certificate, PATH_MAX, "%s%s", name, suffix);
    int key_length = snprintf(ret->key, PATH_MAX, "%s%s", name, key_suffix);
    if (length < 0 || length >= PATH_MAX || key_length < 0 || key_length >= PATH_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "the name is too long for a file");
    }
    NP_TRY(cli_file_check_free(ret->certificate, err));
    return cli_file_check_free(ret->key, err);
}

np_code cli_key_pair_name(const char *name, cli_key_pair *ret, np_error *err)
{
    return name_both(name, ".cert", ".key", ret, err);
}

np_code cli_key_pair_name_public(const char *name, cli_key_pair *ret, np_error *err)
{
    return name_both(name, ".pub", ".key", ret, err);
}

np_code cli_key_pair_name_fwup(const char *name, cli_key_pair *ret, np_error *err)
{
    return name_both(name, ".pub", ".priv", ret, err);
}

typedef struct secret_text {
    uint8_t bytes[CLI_KEY_PAIR_PEM_SIZE];
} secret_text;

static void secret_text_clear(secret_text *text)
{
    np_wipe(text, sizeof(*text));
}

static np_code store_key(const cli_key_pair_source *source, const char *path, np_error *err)
{
    NP_CLEANUP(secret_text_clear) secret_text pem;
    np_writer writer = np_writer_of(pem.bytes, sizeof(pem.bytes));
    source->write_key(source->self, &writer);
    return np_file_create(path, KEY_MODE, np_writer_bytes(&writer), err);
}

/* The key first: a certificate without its key is worth nothing. */
static np_code store_both(const cli_key_pair *paths, const cli_key_pair_source *source,
                          np_error *err)
{
    uint8_t pem[CLI_KEY_PAIR_PEM_SIZE];
    np_writer writer = np_writer_of(pem, sizeof(pem));
    source->write_certificate(source->self, &writer);
    NP_TRY(store_key(source, paths->key, err));
    np_code code =
        np_file_create(paths->certificate, CLI_CERTIFICATE_MODE, np_writer_bytes(&writer), err);
    if (code != NP_OK) {
        unlink(paths->key);
    }
    return code;
}

np_code cli_key_pair_store(const cli_key_pair *paths, const cli_key_pair_source *source,
                           np_error *err)
{
    sigset_t before = cli_signals_hold();
    np_code code = store_both(paths, source, err);
    cli_signals_let_through(&before);
    return code;
}
