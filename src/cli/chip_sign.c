/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "base/wipe.h"
#include "cli/chip_use.h"
#include "cli/file.h"
#include "x509/der.h"

enum { DIGEST_SIZE = 32, DER_SIGNATURE_MAX = 72 /* two INTEGERs of 33 bytes at most */ };

static np_code get_digest(const cli_arguments *arguments, uint8_t ret[static DIGEST_SIZE],
                          np_error *err)
{
    if ((arguments->digest == NULL) == (arguments->operand == NULL)) {
        return np_error_set(err, NP_EUSAGE, "either --digest HEX or a FILE to hash must be given");
    }
    if (arguments->operand != NULL) {
        return cli_file_digest(arguments->operand, ret, err);
    }
    if (np_parse_hex(arguments->digest, ret, DIGEST_SIZE, NULL) != NP_OK) {
        return np_error_set(err, NP_EUSAGE, "--digest takes the %d hex digits of 32 bytes",
                            2 * DIGEST_SIZE);
    }
    return NP_OK;
}

static void put_signature(const cli_arguments *arguments, const uint8_t *digest,
                          const uint8_t *signature, cli_output *output)
{
    uint8_t der[DER_SIGNATURE_MAX];
    np_writer writer = np_writer_of(der, sizeof(der));
    np_der_write_signature(&writer, signature);
    np_bytes bytes = arguments->raw ? np_bytes_of(signature, 64) : np_writer_bytes(&writer);
    cli_put_json(output, "digest", cli_json_hex(np_bytes_of(digest, DIGEST_SIZE)));
    cli_put_json(output, "form", cli_json_text(arguments->raw ? "raw" : "der"));
    cli_put_bytes(output, "signature", bytes);
}

np_code cli_chip_sign(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_chip_abandon) cli_chip chip = {0};
    uint8_t digest[DIGEST_SIZE];
    uint8_t signature[64];
    NP_TRY(get_digest(arguments, digest, err));
    NP_TRY(cli_use_open(arguments, &chip, err));
    NP_TRY(cli_use_sign(arguments, &chip, digest, signature, err));
    NP_TRY(cli_chip_close(&chip, err));
    put_signature(arguments, digest, signature, output);
    return NP_OK;
}
