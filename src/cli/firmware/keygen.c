/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/key_pair.h"
#include "cli/secret.h"
#include "crypto/random.h"
#include "firmware/key.h"

/* A new key, and how it goes to its file. */
typedef struct new_key {
    np_firmware_private_key key;
    bool is_encrypted;
    uint8_t pem[CLI_KEY_PAIR_PEM_SIZE];
    np_writer pem_writer;
} new_key;

static void new_key_clear(new_key *made)
{
    np_wipe(made, sizeof(*made));
}

static void write_public(const void *self, np_writer *writer)
{
    np_firmware_write_public(&((const new_key *)self)->key, writer);
}

static void write_private(const void *self, np_writer *writer)
{
    const new_key *made = self;
    if (made->is_encrypted) {
        np_write_bytes(writer, np_writer_bytes(&made->pem_writer));
    } else {
        np_firmware_write_private(&made->key, writer);
    }
}

static np_code encrypt(const cli_arguments *arguments, new_key *made, np_error *err)
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
    return np_ed25519_write_encrypted_pem(made->key.seed, np_secret_bytes(&passphrase),
                                          &made->pem_writer, err);
}

static np_code make(new_key *made, np_error *err)
{
    NP_SECRET32 seed = {0};
    np_random random = np_random_system();
    NP_TRY(random.fill(random.self, seed.bytes, sizeof(seed.bytes), err));
    np_firmware_private_key_make(seed.bytes, &made->key);
    return NP_OK;
}

np_code cli_firmware_keygen(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    cli_key_pair paths;
    uint8_t fingerprint[NP_FIRMWARE_FINGERPRINT_SIZE];
    NP_CLEANUP(new_key_clear) new_key made = {0};
    NP_TRY(cli_key_pair_name_fwup(arguments->target, &paths, err));
    NP_TRY(make(&made, err));
    if (arguments->encrypt || arguments->key_passphrase_file != NULL) {
        NP_TRY(encrypt(arguments, &made, err));
    }
    const cli_key_pair_source source = {
        .write_certificate = write_public, .write_key = write_private, .self = &made};
    NP_TRY(cli_key_pair_store(&paths, &source, err));
    np_firmware_key_fingerprint(made.key.point, fingerprint);
    cli_put_text(output, "public_path", "public key", paths.certificate);
    cli_put_text(output, "private_path", "private key", paths.key);
    cli_put_hex(output, "fingerprint", "fingerprint", NP_BYTES(fingerprint));
    return NP_OK;
}
