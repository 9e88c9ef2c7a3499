/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/chip.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/modem/virtual_modem.h"
#include "link/modem_file.h"
#include "virtual/image.h"

typedef struct eeprom_copy {
    uint8_t bytes[NP_EEPROM_SIZE]; /* holds the private key: wiped */
} eeprom_copy;

static void eeprom_copy_clear(eeprom_copy *copy)
{
    np_wipe(copy, sizeof(*copy));
}

/* The file is replaced whole by whoever holds the chip, so that reading it needs no lock. */
np_code cli_virtual_show(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    if (modem_file_is(arguments->target)) {
        return cli_virtual_modem_show(arguments, output, err);
    }
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    NP_CLEANUP(eeprom_copy_clear) eeprom_copy eeprom;
    np_atecc_model model;
    NP_TRY(cli_file_load(arguments->target, &file, err));
    np_code code = np_chip_image_decode(cli_file_bytes(&file), &model, eeprom.bytes, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "%s", arguments->target);
    }
    const uint8_t *config = eeprom.bytes + NP_EEPROM_CONFIG;
    cli_put_text(output, "model", "model", np_atecc_model_name(model));
    cli_put_chip_state(output, config);
    cli_put_hex(output, "configuration", "configuration",
                np_bytes_of(config, NP_ATECC_CONFIG_SIZE));
    return NP_OK;
}
