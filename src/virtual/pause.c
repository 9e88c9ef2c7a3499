/* SPDX-License-Identifier: Apache-2.0 */
/* Pause of a 508A: all parts on the bus but the one with this selector go idle (specs of the chip
 * 2.15). */
#include "virtual/rules.h"

np_atecc_status chip_run_pause(np_virtual_chip *chip, const np_atecc_command *command,
                               chip_answer *answer)
{
    if (command->p2 != 0) {
        return NP_ATECC_PARSE_ERROR;
    }
    answer->goes_idle = chip_config(chip)[NP_CONFIG_SELECTOR] != command->p1;
    return NP_ATECC_SUCCESS;
}
