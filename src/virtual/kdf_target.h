/* SPDX-License-Identifier: Apache-2.0 */
/* Where the result of KDF goes (specs of the chip 2.11). */
#pragma once

#include "virtual/rules.h"

typedef struct kdf_result {
    uint8_t bytes[64];
    size_t len;    /* 32 or 64 */
    bool is_split; /* AEAD: the first half to the target, the second to the output */
} kdf_result;

/* False for a target that P1 must not name. */
bool kdf_is_target(const np_atecc_command *command);

np_atecc_status kdf_deliver(np_virtual_chip *chip, const np_atecc_command *command,
                            const kdf_result *result, chip_answer *answer);
