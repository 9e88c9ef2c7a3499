/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/key_pair.h"
#include "crypto/p256.h"
#include "x509/public_key.h"

static void write_public(const void *self, np_writer *writer)
{
    uint8_t point[NP_P256_POINT_SIZE];
    np_p256_public(self, point);
    np_public_key_write_pem(point, writer);
}

static void write_key(const void *self, np_writer *writer)
{
    np_p256_write_pem(self, writer);
}

np_code cli_station_key_create(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    cli_key_pair paths;
    uint8_t point[NP_P256_POINT_SIZE];
    uint8_t digest[NP_DIGEST_SIZE];
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    NP_TRY(cli_key_pair_name_public(arguments->target, &paths, err));
    NP_TRY(np_p256_generate(&key, err));
    cli_key_pair_source source = {
        .write_certificate = write_public, .write_key = write_key, .self = key};
    NP_TRY(cli_key_pair_store(&paths, &source, err));
    np_p256_public(key, point);
    np_public_key_digest(point, digest);
    cli_put_text(output, "public_key_path", "public key", paths.certificate);
    cli_put_text(output, "key_path", "key", paths.key);
    cli_put_hex(output, "key", "station key", NP_BYTES(digest));
    return NP_OK;
}
