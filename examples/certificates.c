/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The chain that a TLS client shows: the device's certificate, then its signer's, in PEM.
 *
 *   certificates URI > chain.pem
 */
#include <nameplate/nameplate.h>

#include <stdio.h>

enum { WAIT_MS = 1000 }; /* for a program that has the chip now */

static np_code print_certificate(const np_identity_der *certificate, np_error *err)
{
    char pem[NP_PEM_SIZE];
    np_bytes der = {certificate->bytes, certificate->len};
    np_code code = np_certificate_to_pem(der, pem, sizeof(pem), err);
    if (code == NP_OK) {
        fputs(pem, stdout);
    }
    return code;
}

static np_code print_chain(np_chip *chip, np_error *err)
{
    np_chip_certificates certificates;
    np_code code = np_chip_read_certificates(chip, &certificates, err);
    if (code == NP_OK) {
        code = print_certificate(&certificates.device, err);
    }
    if (code == NP_OK) {
        code = print_certificate(&certificates.signer, err);
    }
    if (code != NP_OK) {
        np_chip_abandon(chip);
        return code;
    }
    return np_chip_close(chip, err);
}

int main(int argc, char **argv)
{
    np_error err;
    np_chip *chip = NULL;
    if (argc != 2) {
        fprintf(stderr, "usage: certificates URI\n");
        return NP_CLASS_USAGE;
    }
    np_code code = np_chip_open(argv[1], WAIT_MS, &chip, &err);
    if (code == NP_OK) {
        code = print_chain(chip, &err);
    }
    if (code != NP_OK) {
        fprintf(stderr, "certificates: %s\n", err.message);
    }
    return (int)np_error_class(code);
}
