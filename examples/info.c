/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who is this chip? Opens it, asks, and tells.
 *
 *   info URI     "virtual:FILE", "unix:SOCKET" or "i2c:/dev/i2c-1"
 */
#include <nameplate/nameplate.h>

#include <stdio.h>

enum { WAIT_MS = 1000 }; /* for a program that has the chip now */

static void tell(const np_chip_facts *facts)
{
    printf("model: %s\nchip serial: ", facts->model);
    for (size_t i = 0; i < sizeof(facts->chip_serial); i++) {
        printf("%02x", facts->chip_serial[i]);
    }
    printf("\nstage: %s\n", np_stage_name(facts->stage));
    if (facts->has_identity) {
        printf("serial: %s\nboard: %s\n", facts->serial, facts->board);
    }
}

static np_code ask(np_chip *chip, np_error *err)
{
    np_chip_facts facts;
    np_code code = np_chip_read_facts(chip, &facts, err);
    if (code != NP_OK) {
        np_chip_abandon(chip);
        return code;
    }
    tell(&facts);
    return np_chip_close(chip, err);
}

int main(int argc, char **argv)
{
    np_error err;
    np_chip *chip = NULL;
    if (argc != 2) {
        fprintf(stderr, "usage: info URI\n");
        return NP_CLASS_USAGE;
    }
    np_code code = np_chip_open(argv[1], WAIT_MS, &chip, &err);
    if (code == NP_OK) {
        code = ask(chip, &err);
    }
    if (code != NP_OK) {
        fprintf(stderr, "info: %s\n", err.message);
    }
    return (int)np_error_class(code);
}
