/* SPDX-License-Identifier: Apache-2.0 */
/*
 * SelfTest of a 608, and the state of failure that it tells and ends (specs of the chip 2.20). The
 * tests of a virtual part fail when its owner says so.
 */
#include "virtual/rules.h"

enum { TEST_RANDOM = 0x01, OPTION_POWER_ON_TEST = 0x0001 };

np_atecc_status chip_run_self_test(np_virtual_chip *chip, const np_atecc_command *command,
                                   chip_answer *answer)
{
    if ((command->p1 & ~chip_reading(chip, READING_SELF_TEST_MASK)) != 0 || command->p2 != 0) {
        return NP_ATECC_PARSE_ERROR;
    }
    chip->failed_tests =
        (uint8_t)((chip->failed_tests & ~command->p1) | (chip->broken_tests & command->p1));
    bool is_random_good = (command->p1 & TEST_RANDOM & ~chip->broken_tests) != 0;
    if (is_random_good && chip_reading(chip, READING_HEALTH_FAILURE_ENDS_BY_SELF_TEST)) {
        chip->has_bad_random = false;
    }
    answer->data[0] = chip->failed_tests;
    answer->len = 1;
    return NP_ATECC_SUCCESS;
}

bool chip_tests_at_power_on(const np_virtual_chip *chip)
{
    return (chip_options(chip) & OPTION_POWER_ON_TEST) != 0;
}

bool chip_is_open_after_failure(const np_atecc_command *command)
{
    return command->opcode == NP_ATECC_SELF_TEST ||
           (command->opcode == NP_ATECC_READ && (command->p1 & 3) == NP_ATECC_ZONE_CONFIG);
}
