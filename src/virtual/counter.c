/* SPDX-License-Identifier: Apache-2.0 */
/* Counter (specs of the chip 2.5). Works in every lock state. */
#include "virtual/rules.h"

enum { COUNTER_READ = 0, COUNTER_INCREMENT = 1 };

np_atecc_status chip_run_counter(np_virtual_chip *chip, const np_atecc_command *command,
                                 chip_answer *answer)
{
    if (command->p1 > COUNTER_INCREMENT || command->p2 >= CHIP_COUNTER_COUNT) {
        return NP_ATECC_PARSE_ERROR;
    }
    if (command->p1 == COUNTER_INCREMENT && !chip_increment(chip, command->p2)) {
        return NP_ATECC_EXECUTION_ERROR;
    }
    np_writer writer = np_writer_of(answer->data, NP_ATECC_RESPONSE_DATA_MAX);
    np_write_u32_le(&writer, chip_counter(chip, command->p2));
    answer->len = writer.len;
    return NP_ATECC_SUCCESS;
}
