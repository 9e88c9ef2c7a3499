/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signs 32 bytes from the standard input, the SHA-256 of something, with the device's key. The
 * signature goes to the standard output in DER, as openssl takes it.
 *
 *   openssl dgst -sha256 -binary FILE | sign URI > FILE.sig
 */
#include <nameplate/nameplate.h>

#include <stdio.h>

enum { WAIT_MS = 1000 }; /* for a program that has the chip now */

static np_code sign(np_chip *chip, const uint8_t digest[NP_DIGEST_SIZE], np_error *err)
{
    uint8_t signature[NP_SIGNATURE_SIZE];
    uint8_t der[NP_SIGNATURE_DER_SIZE];
    np_code code = np_chip_sign(chip, digest, signature, err);
    if (code != NP_OK) {
        np_chip_abandon(chip);
        return code;
    }
    fwrite(der, 1, np_signature_to_der(signature, der), stdout);
    return np_chip_close(chip, err);
}

int main(int argc, char **argv)
{
    np_error err;
    np_chip *chip = NULL;
    uint8_t digest[NP_DIGEST_SIZE];
    if (argc != 2 || fread(digest, 1, sizeof(digest), stdin) != sizeof(digest)) {
        fprintf(stderr, "usage: sign URI < 32 bytes\n");
        return NP_CLASS_USAGE;
    }
    np_code code = np_chip_open(argv[1], WAIT_MS, &chip, &err);
    if (code == NP_OK) {
        code = sign(chip, digest, &err);
    }
    if (code != NP_OK) {
        fprintf(stderr, "sign: %s\n", err.message);
    }
    return (int)np_error_class(code);
}
