/* SPDX-License-Identifier: Apache-2.0 */
/* The plan as people and programs see it, and the way to it that plan and provision share. */
#pragma once

#include "cli/chip.h"
#include "cli/volatile_key.h"
#include "nerveskey/plan.h"
#include "signer/signer.h"

/* Everything that a plan is computed from. The request points into the other members. */
typedef struct cli_planning {
    np_signer *signer;
    cli_chip chip;
    np_plan plan;
    uint8_t signer_compressed[NP_COMPRESSED_SIZE];
    uint8_t signer_key[64];
    uint8_t signer_fingerprint[32];
    cli_volatile_key activation_key;
    cli_volatile_key encryption_key;
} cli_planning;

/*
 * Loads the signer and its key before it opens the chip, then takes the snapshot and computes the
 * plan. Writes nothing.
 */
NP_MUST_USE np_code cli_planning_begin(const cli_arguments *arguments, cli_planning *ret,
                                       np_error *err);

/* For NP_CLEANUP. */
void cli_planning_clear(cli_planning *planning);

/* The plan as the output: lines, or keys with every step. */
void cli_put_plan(cli_output *output, const cli_planning *planning);

/* The plan on stderr, before it is consented to. */
void cli_note_plan(const cli_planning *planning);
