/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A station as its configuration describes it, opened: keys, signer, authorization, registry,
 * record. Paths in the configuration are seen from the working directory.
 */
#pragma once

#include "cli/authorization/file.h"
#include "cli/command.h"
#include "cli/modem/issuing.h"
#include "cli/station/labels.h"
#include "record/file.h"
#include "signer/signer.h"
#include "station/line.h"
#include "station/registrar.h"
#include <limits.h>

/* Parts point into others: not to be copied. */
typedef struct cli_station {
    np_station_config config;
    cli_arguments signer_arguments; /* what cli/signer_key.h reads */
    np_p256_key *key;
    np_signing signing; /* of the station */
    uint8_t digest[32]; /* of its public key */
    np_signer *signer;
    uint8_t signer_compressed[NP_COMPRESSED_SIZE];
    uint8_t signer_key[64];
    uint8_t signer_fingerprint[32];
    cli_file user_data;
    cli_labels labels;
    cli_authorization authorization;
    bool is_authorized;
    np_issuance_terms terms;
    np_registrar *registrar;
    np_record_file record_file;
    np_record_file intents_file;
    np_record_storage record;
    np_record_storage intents;
    char intents_path[PATH_MAX];
    np_ledger_options ledger_options;
    np_ledger *ledger;
    np_ledger_found found;
    np_report shift; /* what the record has of today, at the beginning */
    np_station_chip_product chip;
    np_station_modem_product modem;
    char roots[CLI_MODEM_ROOTS_MAX + 1];
    np_leaf_template template;
    np_station_hooks hooks;
} cli_station;

/* Midnight of the day that many days from now, as people here have it; seconds since 1970. */
int64_t cli_station_midnight(int days);

/* The configuration alone; its name is filled in. Errors name the file. */
NP_MUST_USE np_code cli_station_config_load(const char *path, np_station_config *ret,
                                            np_error *err);

/* Everything, and nothing is touched before all is known to be good. For cli_station_close. */
NP_MUST_USE np_code cli_station_open(const char *path, cli_station *ret, np_error *err);

/* For NP_CLEANUP; accepts all zero. */
void cli_station_close(cli_station *station);
