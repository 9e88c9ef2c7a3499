/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Prints the settings that a chip carries as JSON, or replaces them by the JSON in the second word.
 *
 *   settings URI ['{"port": 8080}']
 */
#include <nameplate/nameplate.h>

#include <stdio.h>
#include <string.h>

enum { WAIT_MS = 1000 }; /* for a program that has the chip now */

static np_code show(np_chip *chip, np_error *err)
{
    char text[NP_SETTINGS_TEXT_SIZE];
    np_code code = np_chip_settings_get(chip, text, sizeof(text), err);
    if (code == NP_OK) {
        puts(text);
    }
    return code;
}

static np_code run(np_chip *chip, const char *json, np_error *err)
{
    np_bytes text = {(const uint8_t *)json, json == NULL ? 0 : strlen(json)};
    np_code code = json == NULL ? show(chip, err) : np_chip_settings_put(chip, text, err);
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
    if (argc < 2 || argc > 3) {
        fprintf(stderr, "usage: settings URI [JSON]\n");
        return NP_CLASS_USAGE;
    }
    np_code code = np_chip_open(argv[1], WAIT_MS, &chip, &err);
    if (code == NP_OK) {
        code = run(chip, argc > 2 ? argv[2] : NULL, &err);
    }
    if (code != NP_OK) {
        fprintf(stderr, "settings: %s\n", err.message);
    }
    return (int)np_error_class(code);
}
