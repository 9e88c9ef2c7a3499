/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/firmware/key_source.h"

#include "base/wipe.h"
#include "cli/file.h"
#include "cli/secret.h"
#include "crypto/p256.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FD_PATH_SIZE = 32, FD_DIGITS = 9 };

static const char env_scheme[] = "env:";
static const char fd_scheme[] = "fd:";

/* What stands behind the scheme; NULL: it is another one. */
static const char *behind(const char *source, const char *scheme)
{
    size_t length = strlen(scheme);
    return strncmp(source, scheme, length) == 0 ? source + length : NULL;
}

static np_code load_variable(const char *name, cli_file *ret, np_error *err)
{
    const char *value = getenv(name);
    if (value == NULL) {
        return np_error_set(err, NP_EINPUT_MISSING, "env:%s: there is no such variable", name);
    }
    *ret = (cli_file){.data = (uint8_t *)strdup(value), .len = strlen(value)};
    return ret->data != NULL ? NP_OK : np_error_set(err, NP_ESTATION_MEMORY, "no memory for a key");
}

static np_code load_descriptor(const char *number, cli_file *ret, np_error *err)
{
    char path[FD_PATH_SIZE];
    size_t digits = strspn(number, "0123456789");
    if (digits == 0 || digits > FD_DIGITS || number[digits] != '\0') {
        return np_error_set(err, NP_EUSAGE, "fd:%s: want the number of an open descriptor", number);
    }
    snprintf(path, sizeof(path), "/dev/fd/%s", number);
    return cli_file_load(path, ret, err);
}

static np_code load(const char *source, cli_file *ret, np_error *err)
{
    const char *name = behind(source, env_scheme);
    const char *number = behind(source, fd_scheme);
    if (name != NULL) {
        return load_variable(name, ret, err);
    }
    return number != NULL ? load_descriptor(number, ret, err) : cli_file_load(source, ret, err);
}

np_code cli_firmware_public_key(const char *source, np_firmware_key *ret, np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    NP_TRY(load(source, &file, err));
    np_code code = np_firmware_key_decode(cli_file_bytes(&file), ret, err);
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "%s", source);
}

/* Variables and descriptors are as private as the process. */
static np_code check_private(const char *source, np_error *err)
{
    struct stat status;
    bool is_file = behind(source, env_scheme) == NULL && behind(source, fd_scheme) == NULL;
    if (is_file && stat(source, &status) == 0 && S_ISREG(status.st_mode) &&
        (status.st_mode & (S_IRWXG | S_IRWXO)) != 0) {
        np_error_set(err, NP_EINPUT_RANGE, "%s: a secret that others can read or change", source);
        return np_error_hint(err, NP_EINPUT_RANGE, "chmod 600 %s", source);
    }
    return NP_OK;
}

static np_code open_encrypted(const cli_arguments *arguments, np_bytes pem,
                              np_firmware_private_key *ret, np_error *err)
{
    NP_SECRET32 seed = {0};
    NP_CLEANUP(np_secret_clear) np_secret passphrase = {{0}};
    if (arguments->key_passphrase_file != NULL) {
        NP_TRY(np_secret_load(arguments->key_passphrase_file, &passphrase, err));
    } else {
        NP_TRY(cli_secret_ask("passphrase of the private key", false,
                              "--key-passphrase-file names a file with it", &passphrase, err));
    }
    NP_TRY(np_ed25519_parse_encrypted_pem(pem, np_secret_bytes(&passphrase), seed.bytes, err));
    np_firmware_private_key_make(seed.bytes, ret);
    return NP_OK;
}

np_code cli_firmware_private_key(const cli_arguments *arguments, np_firmware_private_key *ret,
                                 np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    NP_TRY(load(arguments->key, &file, err));
    NP_TRY(check_private(arguments->key, err));
    np_bytes text = cli_file_bytes(&file);
    np_code code = np_p256_pem_is_encrypted(text) ? open_encrypted(arguments, text, ret, err)
                                                  : np_firmware_private_key_decode(text, ret, err);
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "%s", arguments->key);
}
