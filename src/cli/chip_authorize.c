/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/chip.h"
#include "cli/volatile_key.h"
#include "nerveskey/volatile.h"

np_code cli_chip_authorize(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_chip_abandon) cli_chip chip = {0};
    NP_CLEANUP(cli_volatile_key_clear) cli_volatile_key key;
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    NP_TRY(cli_volatile_key_load(arguments->activation_key_file, &key, err));
    NP_TRY(cli_chip_open(arguments, &chip, err));
    NP_TRY(np_atecc_read_config(&chip.device, 0, sizeof(config), config, err));
    NP_TRY(np_volatile_authorize(&chip.device, config, key.bytes, np_random_system(), err));
    NP_TRY(cli_chip_close(&chip, err));
    np_chip_serial serial = np_config_serial(config);
    cli_put_hex(output, "chip_serial", "chip serial", NP_BYTES(serial.bytes));
    cli_put_flag(output, "is_authorized", "authorised", true);
    return NP_OK;
}
