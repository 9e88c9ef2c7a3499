/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of a device identity in one program: a signer, a virtual chip, the plan, provisioning
 * with consent to this plan, the certificates, a signature, and the check that all of it holds.
 *
 *   provision CHIP-FILE     makes CHIP-FILE, a new virtual chip
 */
#include <nameplate/nameplate.h>

#include <stdio.h>

/* SHA-256 of the three letters "abc" (FIPS 180-4). */
static const uint8_t digest[NP_DIGEST_SIZE] = {
    0xba, 0x78, 0x16, 0xbf, 0x8f, 0x01, 0xcf, 0xea, 0x41, 0x41, 0x40, 0xde, 0x5d, 0xae, 0x22, 0x23,
    0xb0, 0x03, 0x61, 0xa3, 0x96, 0x17, 0x7a, 0x9c, 0xb4, 0x10, 0xff, 0x61, 0xf2, 0x00, 0x15, 0xad};

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

/* A factory would load its signer with np_signer_open, and keep the key where nobody reads it. */
static np_code make_signer(np_signer **ret, np_error *err)
{
    return np_signer_create(np_now(), 10, ret, err);
}

/* Shows the plan; what comes back is the hash that somebody consents to. */
static np_code show_plan(np_chip *chip, const np_chip_order *order,
                         uint8_t ret_consent[NP_PLAN_HASH_SIZE], np_error *err)
{
    np_chip_plan *plan = NULL;
    np_plan_line line;
    np_code code = np_chip_plan_make(chip, order, &plan, err);
    if (code != NP_OK) {
        return code;
    }
    for (size_t i = 0; np_chip_plan_line(plan, i, &line); i++) {
        printf("%2zu. %s\n", i + 1, line.words);
    }
    np_chip_plan_hash(plan, ret_consent);
    np_chip_plan_free(plan);
    return NP_OK;
}

static np_code provision(np_chip *chip, np_signer *signer, np_error *err)
{
    static const uint8_t serial[] = {'N', '1', '2', '3', '4'};
    uint8_t consent[NP_PLAN_HASH_SIZE];
    np_chip_outcome outcome;
    np_chip_order order = {.signer = signer, .now = np_now(), .serial = {serial, sizeof(serial)}};
    np_code code = show_plan(chip, &order, consent, err);
    if (code == NP_OK) {
        code = np_chip_provision(chip, &order, consent, &outcome, err);
    }
    if (code == NP_OK) {
        code = print_certificate(&outcome.certificates.device, err);
    }
    if (code == NP_OK) {
        code = print_certificate(&outcome.certificates.signer, err);
    }
    return code;
}

static np_code sign(np_chip *chip, np_error *err)
{
    uint8_t signature[NP_SIGNATURE_SIZE];
    uint8_t der[NP_SIGNATURE_DER_SIZE];
    np_code code = np_chip_sign(chip, digest, signature, err);
    if (code != NP_OK) {
        return code;
    }
    size_t len = np_signature_to_der(signature, der);
    printf("signature: ");
    for (size_t i = 0; i < len; i++) {
        printf("%02x", der[i]);
    }
    printf("\n");
    return NP_OK;
}

static np_code verify(np_chip *chip, const np_signer *signer, np_error *err)
{
    static const char *const words[] = {"ok", "FAILED", "skipped"};
    np_chip_verdicts seen;
    np_code code = np_chip_verify(chip, signer, np_now(), &seen, err);
    if (code != NP_OK) {
        return code;
    }
    for (unsigned i = 0; i < NP_CHECK_COUNT; i++) {
        printf("%s: %s\n", np_check_name((np_check)i), words[seen.verdicts[i]]);
    }
    return NP_OK;
}

static np_code live(const char *path, np_signer *signer, np_error *err)
{
    char uri[4096];
    np_chip *chip = NULL;
    np_code code = np_virtual_create(path, "atecc608b", NULL, err);
    snprintf(uri, sizeof(uri), "virtual:%s", path);
    if (code == NP_OK) {
        code = np_chip_open(uri, 0, &chip, err);
    }
    if (code == NP_OK) {
        code = provision(chip, signer, err);
    }
    if (code == NP_OK) {
        code = sign(chip, err);
    }
    if (code == NP_OK) {
        code = verify(chip, signer, err);
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
    np_signer *signer = NULL;
    if (argc != 2) {
        fprintf(stderr, "usage: provision CHIP-FILE\n");
        return NP_CLASS_USAGE;
    }
    np_code code = make_signer(&signer, &err);
    if (code == NP_OK) {
        code = live(argv[1], signer, &err);
    }
    np_signer_free(signer);
    if (code != NP_OK) {
        fprintf(stderr, "provision: %s\n", err.message);
    }
    return (int)np_error_class(code);
}
