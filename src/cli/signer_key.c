/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/signer_key.h"

#include "base/wipe.h"
#include "cli/authority_request.h"
#include "cli/file.h"
#include "cli/signer_config.h"
#include "x509/pem.h"
#include <stdio.h>
#include <time.h>

enum { PEM_SIZE = NP_CERTIFICATE_MAX * 3 / 2 + 128 };

/* pin-source is a file: URI or a plain path (RFC 7512 2.4); nothing is executed. */
static np_code get_pin(void *self, const char *pin_source, const char *token_label,
                       char ret_pin[static NP_HSM_PIN_SIZE], np_error *err)
{
    (void)self;
    static const char scheme[] = "file:";
    char prompt[64];
    NP_CLEANUP(cli_secret_clear) cli_secret secret = {{0}};
    if (pin_source == NULL) {
        snprintf(prompt, sizeof(prompt), "PIN of %s", token_label);
        NP_TRY(cli_secret_ask(
            prompt, false, "pkcs11:...?pin-source=file:/path names a file with it", &secret, err));
    } else {
        bool has_scheme = strncmp(pin_source, scheme, sizeof(scheme) - 1) == 0;
        const char *path = has_scheme ? pin_source + sizeof(scheme) - 1 : pin_source;
        NP_TRY(cli_secret_load(path, &secret, err));
    }
    _Static_assert((int)CLI_SECRET_SIZE == (int)NP_HSM_PIN_SIZE, "sizes");
    memcpy(ret_pin, secret.text, sizeof(secret.text));
    return NP_OK;
}

static const np_hsm_asking asking = {.pin = get_pin};

static void release_hsm(void *self)
{
    np_hsm_free(self);
}

static void write_pem(const cli_certificate *certificate, np_writer *writer)
{
    np_pem_encode(writer, "CERTIFICATE", cli_certificate_der(certificate));
}

static np_code open_in_hsm(const char *uri, np_bytes certificate, np_signer **ret, np_error *err)
{
    NP_CLEANUP(np_hsm_free_at) np_hsm_key *key = NULL;
    NP_TRY(np_hsm_open(uri, asking, &key, err));
    np_signing signing = np_hsm_signing(key);
    NP_TRY(np_signer_open_with(certificate, &signing, ret, err));
    np_signer_keep(*ret, release_hsm, key);
    key = NULL;
    return NP_OK;
}

static np_code get_passphrase(const char *name, const char *passphrase_file, cli_secret *ret,
                              np_error *err)
{
    char prompt[128];
    if (passphrase_file != NULL) {
        return cli_secret_load(passphrase_file, ret, err);
    }
    snprintf(prompt, sizeof(prompt), "passphrase of %.90s", name);
    return cli_secret_ask(prompt, false, "--key-passphrase-file names a file with it", ret, err);
}

static np_code open_in_file(const cli_arguments *arguments, np_bytes certificate, np_signer **ret,
                            np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file key = {0};
    NP_CLEANUP(cli_secret_clear) cli_secret passphrase = {{0}};
    NP_TRY(cli_file_load(arguments->signer_key, &key, err));
    if (!np_p256_pem_is_encrypted(cli_file_bytes(&key))) {
        return np_signer_open(certificate, cli_file_bytes(&key), ret, err);
    }
    NP_TRY(get_passphrase(arguments->signer_key, arguments->key_passphrase_file, &passphrase, err));
    return np_signer_open_encrypted(certificate, cli_file_bytes(&key),
                                    cli_secret_bytes(&passphrase), ret, err);
}

static np_code open_signer(const cli_arguments *arguments, np_bytes certificate, np_signer **ret,
                           np_error *err)
{
    if (arguments->signer_key == NULL) {
        return np_signer_open_certificate(certificate, ret, err);
    }
    return np_hsm_is_uri(arguments->signer_key)
               ? open_in_hsm(arguments->signer_key, certificate, ret, err)
               : open_in_file(arguments, certificate, ret, err);
}

/* The certificate was parsed already: what is wrong in form now is the key. */
static const char *path_of_error(np_code code, const cli_arguments *arguments)
{
    bool is_about_key =
        arguments->signer_key != NULL && (code == NP_EINPUT_KEY || code == NP_EINPUT_FORMAT);
    return is_about_key ? arguments->signer_key : arguments->signer_cert;
}

/* Whoever pins an authority wants each unit counted, which issue alone does. */
static np_code check_config(const cli_arguments *arguments, np_error *err)
{
    cli_signer_config config;
    NP_TRY(cli_signer_config_load(arguments->signer_cert, &config, err));
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
    cli_certificate certificate;
    uint8_t pem[PEM_SIZE];
    np_writer writer = np_writer_of(pem, sizeof(pem));
    NP_TRY(cli_certificate_load(arguments->signer_cert, &certificate, err));
    write_pem(&certificate, &writer);
    np_code code = open_signer(arguments, np_writer_bytes(&writer), ret, err);
    if (code == NP_EINPUT_STORABLE || code == NP_EINPUT_KEY || code == NP_EINPUT_FORMAT) {
        np_error_prefix(err, code, "%s", path_of_error(code, arguments));
    }
    if (code == NP_EINPUT_STORABLE) {
        np_error_hint(err, code, "nameplate signer check %s names each cause",
                      arguments->signer_cert);
    }
    return code;
}

static np_code load_key(const char *path, const char *passphrase_file, np_p256_key **ret,
                        np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    NP_CLEANUP(cli_secret_clear) cli_secret passphrase = {{0}};
    NP_TRY(cli_file_load(path, &file, err));
    bool is_encrypted = np_p256_pem_is_encrypted(cli_file_bytes(&file));
    if (is_encrypted) {
        NP_TRY(get_passphrase(path, passphrase_file, &passphrase, err));
    }
    return np_p256_parse_encrypted_pem(
        cli_file_bytes(&file), is_encrypted ? cli_secret_bytes(&passphrase) : (np_bytes){NULL, 0},
        ret, err);
}

void cli_signing_key_close(cli_signing_key *key)
{
    np_p256_free(key->key);
    np_hsm_free(key->hsm);
    *key = (cli_signing_key){.key = NULL};
}

np_code cli_signing_key_open(const char *name, const char *passphrase_file, cli_signing_key *ret,
                             np_error *err)
{
    *ret = (cli_signing_key){.key = NULL};
    if (np_hsm_is_uri(name)) {
        NP_TRY(np_hsm_open(name, asking, &ret->hsm, err));
        ret->signing = np_hsm_signing(ret->hsm);
        return NP_OK;
    }
    np_code code = load_key(name, passphrase_file, &ret->key, err);
    if (code == NP_EINPUT_KEY || code == NP_EINPUT_FORMAT) {
        return np_error_prefix(err, code, "%s", name);
    }
    NP_TRY(code);
    ret->signing = np_signing_by_key(ret->key);
    return NP_OK;
}

static np_code give_key_of_file(const cli_arguments *arguments, np_signer *signer, np_error *err)
{
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    NP_TRY(load_key(arguments->signer_key, arguments->key_passphrase_file, &key, err));
    return np_signer_give_key(signer, &key, err);
}

static np_code give_key_of_hsm(const char *uri, np_signer *signer, np_error *err)
{
    NP_CLEANUP(np_hsm_free_at) np_hsm_key *key = NULL;
    NP_TRY(np_hsm_open(uri, asking, &key, err));
    np_signing signing = np_hsm_signing(key);
    NP_TRY(np_signer_give_signing(signer, &signing, err));
    np_signer_keep(signer, release_hsm, key);
    key = NULL;
    return NP_OK;
}

np_code cli_signer_open_authority(const cli_arguments *arguments, np_signer **ret, np_error *err)
{
    cli_certificate certificate;
    uint8_t pem[PEM_SIZE];
    np_writer writer = np_writer_of(pem, sizeof(pem));
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    *ret = NULL;
    NP_TRY(cli_certificate_load(arguments->signer_cert, &certificate, err));
    write_pem(&certificate, &writer);
    np_code code = np_signer_open_authority(np_writer_bytes(&writer), &signer, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "%s", arguments->signer_cert);
    }
    code = np_hsm_is_uri(arguments->signer_key)
               ? give_key_of_hsm(arguments->signer_key, signer, err)
               : give_key_of_file(arguments, signer, err);
    if (code == NP_EINPUT_KEY || code == NP_EINPUT_FORMAT) {
        return np_error_prefix(err, code, "%s", arguments->signer_key);
    }
    NP_TRY(code);
    *ret = signer;
    signer = NULL;
    return NP_OK;
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
    NP_TRY(arguments->generate ? np_hsm_generate(arguments->key, asking, &key, err)
                               : np_hsm_open(arguments->key, asking, &key, err));
    np_signing signing = np_hsm_signing(key);
    NP_TRY(request.profile == NULL
               ? np_signer_create_with(&signing, now, arguments->years, ret, err)
               : np_authority_create_with(&request, &signing, np_random_system(), ret, err));
    np_signer_keep(*ret, release_hsm, key);
    key = NULL;
    return NP_OK;
}
