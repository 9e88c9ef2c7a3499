/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/chip_use.h"
#include <stdlib.h>
#include <string.h>

/* At 12 to 23 ms for 32 bytes this is many minutes. */
enum { RANDOM_MAX = 1000000, RANDOM_BLOCK = 32 };

typedef struct random_bytes {
    uint8_t *data; /* heap */
    size_t len;
} random_bytes;

static void random_bytes_clear(random_bytes *bytes)
{
    if (bytes->data != NULL) {
        np_wipe(bytes->data, bytes->len);
    }
    free(bytes->data);
}

static np_code draw(np_atecc *chip, random_bytes *ret, np_error *err)
{
    uint8_t block[RANDOM_BLOCK];
    for (size_t at = 0; at < ret->len; at += sizeof(block)) {
        size_t left = ret->len - at;
        NP_TRY(np_atecc_random(chip, block, err));
        if (np_atecc_is_factory_pattern(block)) {
            return np_error_set(err, NP_EDEVICE_ANSWER,
                                "the chip's random numbers are still the factory's pattern");
        }
        memcpy(ret->data + at, block, left < sizeof(block) ? left : sizeof(block));
    }
    np_wipe(block, sizeof(block));
    return NP_OK;
}

np_code cli_chip_random(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_chip_abandon) cli_chip chip = {0};
    NP_CLEANUP(random_bytes_clear) random_bytes bytes = {.len = arguments->bytes};
    if (bytes.len == 0 || bytes.len > RANDOM_MAX) {
        return np_error_set(err, NP_EUSAGE, "--bytes takes 1 to %d", RANDOM_MAX);
    }
    bytes.data = malloc(bytes.len);
    if (bytes.data == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for %zu bytes", bytes.len);
    }
    NP_TRY(cli_use_open(arguments, &chip, err));
    NP_TRY(draw(&chip.device, &bytes, err));
    NP_TRY(cli_chip_close(&chip, err));
    cli_put_bytes(output, "random", np_bytes_of(bytes.data, bytes.len));
    return NP_OK;
}
