/* SPDX-License-Identifier: Apache-2.0 */
#include "files/signer_key.h"

#include "base/format.h"
#include "base/wipe.h"
#include "files/certificate.h"
#include "files/load.h"
#include "x509/pem.h"
#include <string.h>

enum { PEM_SIZE = NP_CERTIFICATE_MAX * 3 / 2 + 128, NAME_SHOWN_MAX = 90 };

/* pin-source is a file: URI or a plain path (RFC 7512 2.4); nothing is executed. */
static np_code get_pin(void *self, const char *pin_source, const char *token_label,
                       char ret_pin[static NP_HSM_PIN_SIZE], np_error *err)
{
    static const char scheme[] = "file:";
    const np_secret_asking *asking = self;
    char prompt[64];
    NP_CLEANUP(np_secret_clear) np_secret secret = {{0}};
    if (pin_source == NULL) {
        np_format(prompt, sizeof(prompt), "PIN of %s", token_label);
        NP_TRY(asking->ask(prompt, "pkcs11:...?pin-source=file:/path names a file with it", &secret,
                           err));
    } else {
        bool has_scheme = strncmp(pin_source, scheme, sizeof(scheme) - 1) == 0;
        const char *path = has_scheme ? pin_source + sizeof(scheme) - 1 : pin_source;
        NP_TRY(np_secret_load(path, &secret, err));
    }
    _Static_assert((int)NP_SECRET_SIZE == (int)NP_HSM_PIN_SIZE, "sizes");
    memcpy(ret_pin, secret.text, sizeof(secret.text));
    return NP_OK;
}

np_hsm_asking np_hsm_asking_by(const np_secret_asking *asking)
{
    union {
        const np_secret_asking *given;
        void *self;
    } constant = {.given = asking}; /* get_pin only reads */
    return (np_hsm_asking){.pin = get_pin, .self = constant.self};
}

void np_hsm_release(void *self)
{
    np_hsm_free(self);
}

static void write_pem(const np_certificate_file *certificate, np_writer *writer)
{
    np_pem_encode(writer, "CERTIFICATE", np_certificate_file_der(certificate));
}

static np_code open_in_hsm(const char *uri, const np_secret_asking *asking, np_bytes certificate,
                           np_signer **ret, np_error *err)
{
    NP_CLEANUP(np_hsm_free_at) np_hsm_key *key = NULL;
    NP_TRY(np_hsm_open(uri, np_hsm_asking_by(asking), &key, err));
    np_signing signing = np_hsm_signing(key);
    NP_TRY(np_signer_open_with(certificate, &signing, ret, err));
    np_signer_keep(*ret, np_hsm_release, key);
    key = NULL;
    return NP_OK;
}

static np_code get_passphrase(const char *name, const char *passphrase_file,
                              const np_secret_asking *asking, np_secret *ret, np_error *err)
{
    char prompt[128];
    if (passphrase_file != NULL) {
        return np_secret_load(passphrase_file, ret, err);
    }
    np_format(prompt, sizeof(prompt), "passphrase of %.*s", NAME_SHOWN_MAX, name);
    return asking->ask(prompt, asking->passphrase_hint, ret, err);
}

static np_code open_in_file(const np_signer_files *files, np_bytes certificate, np_signer **ret,
                            np_error *err)
{
    NP_CLEANUP(np_file_clear) np_file key = {0};
    NP_CLEANUP(np_secret_clear) np_secret passphrase = {{0}};
    NP_TRY(np_file_load(files->key, &key, err));
    if (!np_p256_pem_is_encrypted(np_file_bytes(&key))) {
        return np_signer_open(certificate, np_file_bytes(&key), ret, err);
    }
    NP_TRY(get_passphrase(files->key, files->passphrase_file, files->asking, &passphrase, err));
    return np_signer_open_encrypted(certificate, np_file_bytes(&key), np_secret_bytes(&passphrase),
                                    ret, err);
}

static np_code open_signer(const np_signer_files *files, np_bytes certificate, np_signer **ret,
                           np_error *err)
{
    if (files->key == NULL) {
        return np_signer_open_certificate(certificate, ret, err);
    }
    return np_hsm_is_uri(files->key) ? open_in_hsm(files->key, files->asking, certificate, ret, err)
                                     : open_in_file(files, certificate, ret, err);
}

/* The certificate was parsed already: what is wrong in form now is the key. */
static const char *path_of_error(np_code code, const np_signer_files *files)
{
    bool is_about_key = files->key != NULL && (code == NP_EINPUT_KEY || code == NP_EINPUT_FORMAT);
    return is_about_key ? files->key : files->certificate;
}

np_code np_signer_files_open(const np_signer_files *files, np_signer **ret, np_error *err)
{
    np_certificate_file certificate;
    uint8_t pem[PEM_SIZE];
    np_writer writer = np_writer_of(pem, sizeof(pem));
    NP_TRY(np_certificate_file_load(files->certificate, &certificate, err));
    write_pem(&certificate, &writer);
    np_code code = open_signer(files, np_writer_bytes(&writer), ret, err);
    if (code == NP_EINPUT_STORABLE || code == NP_EINPUT_KEY || code == NP_EINPUT_FORMAT) {
        np_error_prefix(err, code, "%s", path_of_error(code, files));
    }
    if (code == NP_EINPUT_STORABLE) {
        np_error_hint(err, code, "nameplate signer check %s names each cause", files->certificate);
    }
    return code;
}

static np_code load_key(const char *path, const char *passphrase_file,
                        const np_secret_asking *asking, np_p256_key **ret, np_error *err)
{
    NP_CLEANUP(np_file_clear) np_file file = {0};
    NP_CLEANUP(np_secret_clear) np_secret passphrase = {{0}};
    NP_TRY(np_file_load(path, &file, err));
    bool is_encrypted = np_p256_pem_is_encrypted(np_file_bytes(&file));
    if (is_encrypted) {
        NP_TRY(get_passphrase(path, passphrase_file, asking, &passphrase, err));
    }
    return np_p256_parse_encrypted_pem(
        np_file_bytes(&file), is_encrypted ? np_secret_bytes(&passphrase) : (np_bytes){NULL, 0},
        ret, err);
}

void np_signing_key_close(np_signing_key *key)
{
    np_p256_free(key->key);
    np_hsm_free(key->hsm);
    *key = (np_signing_key){.key = NULL};
}

np_code np_signing_key_open(const char *name, const char *passphrase_file,
                            const np_secret_asking *asking, np_signing_key *ret, np_error *err)
{
    *ret = (np_signing_key){.key = NULL};
    if (np_hsm_is_uri(name)) {
        NP_TRY(np_hsm_open(name, np_hsm_asking_by(asking), &ret->hsm, err));
        ret->signing = np_hsm_signing(ret->hsm);
        return NP_OK;
    }
    np_code code = load_key(name, passphrase_file, asking, &ret->key, err);
    if (code == NP_EINPUT_KEY || code == NP_EINPUT_FORMAT) {
        return np_error_prefix(err, code, "%s", name);
    }
    NP_TRY(code);
    ret->signing = np_signing_by_key(ret->key);
    return NP_OK;
}

static np_code give_key_of_file(const np_signer_files *files, np_signer *signer, np_error *err)
{
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    NP_TRY(load_key(files->key, files->passphrase_file, files->asking, &key, err));
    return np_signer_give_key(signer, &key, err);
}

static np_code give_key_of_hsm(const char *uri, const np_secret_asking *asking, np_signer *signer,
                               np_error *err)
{
    NP_CLEANUP(np_hsm_free_at) np_hsm_key *key = NULL;
    NP_TRY(np_hsm_open(uri, np_hsm_asking_by(asking), &key, err));
    np_signing signing = np_hsm_signing(key);
    NP_TRY(np_signer_give_signing(signer, &signing, err));
    np_signer_keep(signer, np_hsm_release, key);
    key = NULL;
    return NP_OK;
}

np_code np_signer_files_open_authority(const np_signer_files *files, np_signer **ret, np_error *err)
{
    np_certificate_file certificate;
    uint8_t pem[PEM_SIZE];
    np_writer writer = np_writer_of(pem, sizeof(pem));
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    *ret = NULL;
    NP_TRY(np_certificate_file_load(files->certificate, &certificate, err));
    write_pem(&certificate, &writer);
    np_code code = np_signer_open_authority(np_writer_bytes(&writer), &signer, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "%s", files->certificate);
    }
    code = np_hsm_is_uri(files->key) ? give_key_of_hsm(files->key, files->asking, signer, err)
                                     : give_key_of_file(files, signer, err);
    if (code == NP_EINPUT_KEY || code == NP_EINPUT_FORMAT) {
        return np_error_prefix(err, code, "%s", files->key);
    }
    NP_TRY(code);
    *ret = signer;
    signer = NULL;
    return NP_OK;
}
