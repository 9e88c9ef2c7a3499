/* SPDX-License-Identifier: Apache-2.0 */
/* What all commands on a chip share: open it, show it, let it go. */
#pragma once

#include "cli/command.h"
#include "link/link.h"
#include "nerveskey/snapshot.h"
#include "nerveskey/trust.h"

typedef struct cli_chip {
    np_link *link;
    np_atecc device;
    int64_t now; /* the clock's, or --now */
} cli_chip;

/* Opens the target. NP_EUSAGE when --now is given for a chip that is not virtual. */
NP_MUST_USE np_code cli_chip_open(const cli_arguments *arguments, cli_chip *ret, np_error *err);

/*
 * The snapshot with its identity settled (nerveskey/trust.h) by the root, or with NULL by those
 * that are known.
 */
NP_MUST_USE np_code cli_chip_look(cli_chip *chip, const uint8_t *root, np_snapshot *ret,
                                  np_error *err);

/* For NP_CLEANUP, after errors: closes without asking how it went. */
void cli_chip_abandon(cli_chip *chip);

/* Sleep and close; what is left to store is stored here. */
NP_MUST_USE np_code cli_chip_close(cli_chip *chip, np_error *err);

/* Chip serial, revision, stage and locks, from the configuration zone. */
void cli_put_chip_state(cli_output *output, const uint8_t config[static NP_ATECC_CONFIG_SIZE]);

/* Serial, board, user data. */
void cli_put_otp(cli_output *output, const np_nerveskey_otp *otp);

/* The kind and the same; of a Trust&GO part its EUI-48 and whose root it has. */
void cli_put_identity(cli_output *output, const np_identity *identity);
