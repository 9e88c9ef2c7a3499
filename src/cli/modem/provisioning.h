/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Provisioning a modem for nRF Cloud, as modem provision and the drop-in installer share it: all
 * that can be refused is refused before the modem is touched, and no row is written for a modem
 * that was not verified.
 */
#pragma once

#include "cli/modem/issuing.h"
#include "cli/modem/journal.h"
#include "cli/modem/token_identity.h"
#include "cli/output.h"
#include "cli/recording.h"
#include "cloud/rows_file.h"
#include "nordic/apply.h"
#include "signer/signer.h"

/* The request and the plan point into the other members: not to be copied. */
typedef struct cli_modem_provisioning {
    const cli_arguments *arguments;
    np_signer *signer;
    uint8_t fingerprint[NP_SHA256_SIZE]; /* of the signer */
    np_leaf_template template;
    char roots[NP_ROOTS_MAX + 1];
    char id[NP_NORDIC_ID_MAX + 1]; /* what was asked for */
    np_rows_file *rows;            /* --csv; NULL: none */
    np_rows_file *info;            /* --devinfo */
    np_modem *modem;               /* the caller's, open */
    np_modem_journal file;
    np_nordic_request request;
    np_nordic_plan plan;
    np_nordic_result result;
    cli_token_identity identity; /* of the modem, as far as it is known */
    np_token_finding attested;   /* has it signed the reply? A constant text is its reason */
    bool is_judged;
    cli_recording recording;
    bool is_recording;
    bool was_done;
    bool shows_progress;
} cli_modem_provisioning;

/* For NP_CLEANUP; accepts all zero. */
void cli_modem_provisioning_clear(cli_modem_provisioning *run);

/* Signer, roots, texts and files: everything before the modem is opened. */
NP_MUST_USE np_code cli_modem_provisioning_prepare(const cli_arguments *arguments,
                                                   cli_modem_provisioning *ret, np_error *err);

/*
 * Looks at the modem and computes the plan; touches nothing. NP_EPOLICY when the CSV file or the
 * record has the device already, NP_EDEVICE_VERIFY when a reply of an earlier run is not signed by
 * the modem's identity key.
 */
NP_MUST_USE np_code cli_modem_provisioning_plan(cli_modem_provisioning *run, np_modem *modem,
                                                np_error *err);

/*
 * Applies the plan, which was consented to; then pins, row, information and record. Nothing is
 * signed for a reply that the modem's identity key has not signed.
 */
NP_MUST_USE np_code cli_modem_provisioning_apply(cli_modem_provisioning *run, np_error *err);

/* The plan as lines, or with --json as keys. */
void cli_modem_put_plan(cli_output *output, const cli_modem_provisioning *run);
void cli_modem_note_plan(const cli_modem_provisioning *run);
