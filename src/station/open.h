/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A station as its configuration describes it, opened: keys, signer, authorization, registry,
 * record; the same for `station run` and for whoever drives a bay by the library. Paths in the
 * configuration are seen from the working directory.
 */
#pragma once

#include "files/authorization.h"
#include "files/roots.h"
#include "files/secret.h"
#include "record/file.h"
#include "signer/signer.h"
#include "station/label_output.h"
#include "station/line.h"
#include "station/registrar.h"
#include <limits.h>

/* What the opener cannot know. */
typedef struct np_station_helpers {
    const np_secret_asking *asking; /* who knows passphrases and PINs that no file has */
    /* The test at the end of the line, for a configuration that has one. */
    NP_MUST_USE np_code (*test)(const np_station_config *config, const np_station_made *made,
                                np_error *err);
    /* As np_station_hooks has it, for a configuration that has modem.pins. */
    NP_MUST_USE np_code (*judge_token)(const np_station_config *config, const np_token *token,
                                       bool *ret_is_decided, np_error *err);
    /* As np_station_hooks has it; may be NULL. */
    void (*certified)(void *self, const np_station_made *made);
    void *self; /* of certified */
} np_station_helpers;

/* Parts point into others: not to be copied. */
typedef struct np_station_setup {
    np_station_config config;
    np_station_helpers helpers;
    np_p256_key *key;
    np_signing signing; /* of the station */
    uint8_t digest[32]; /* of its public key */
    np_signer *signer;
    uint8_t signer_compressed[NP_COMPRESSED_SIZE];
    uint8_t signer_key[64];
    uint8_t signer_fingerprint[32];
    np_file user_data;
    np_label_output labels;
    np_authorization_file authorization;
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
    np_report shift; /* what the record has of the shift that goes on, at the beginning */
    np_station_chip_product chip;
    np_station_modem_product modem;
    char roots[NP_ROOTS_MAX + 1];
    np_leaf_template template;
    np_station_hooks hooks;
} np_station_setup;

/* The configuration alone; its name is filled in. Errors name the file. */
NP_MUST_USE np_code np_station_config_load(const char *path, np_station_config *ret, np_error *err);

/* The same of a text; name is for messages. */
NP_MUST_USE np_code np_station_config_take(np_bytes text, const char *name, np_station_config *ret,
                                           np_error *err);

/* The bay of this name, and no other. NP_EUSAGE when there is none. */
NP_MUST_USE np_code np_station_config_keep_bay(np_station_config *config, const char *name,
                                               np_error *err);

/*
 * Everything, and nothing is touched before all is known to be good. ret->config and ret->helpers
 * are the caller's to fill; the rest is zero. For np_station_setup_close, whatever happened.
 * NP_ESTATION_BUSY when another process has the record.
 */
NP_MUST_USE np_code np_station_setup_open(np_station_setup *ret, np_error *err);

/* What a line on it works with; how many units, who works and so on is the caller's to add. */
np_line_options np_station_setup_line(const np_station_setup *setup);

/*
 * What a result is as an exit status: the station's trouble is 6 whatever is behind it, a file that
 * is missing, a signer that expired. Fills err with what the event tells.
 */
np_code np_station_result_code(const np_station_event *event, np_error *err);

/* For NP_CLEANUP; accepts all zero. */
void np_station_setup_close(np_station_setup *setup);
