/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands: everything that the program can do, one row a command. */
#pragma once

#include "cli/option_groups.h"
#include "cli/options.h"
#include "cli/output.h"

enum { CLI_EXAMPLES = 3, CLI_STATUS_COUNT = 9, CLI_COMMAND_GROUPS = 12 };

typedef struct cli_example {
    const char *what; /* what it is good for */
    const char *line; /* what to type, without the "$ " */
} cli_example;

typedef struct cli_command {
    const char *noun;
    const char *verb;       /* one word, or two: "aux show"; empty: the noun says it all */
    const char *target;     /* placeholder; NULL: takes none */
    bool target_from_chip;  /* without a target, $NAMEPLATE_CHIP */
    bool target_from_modem; /* or $NAMEPLATE_MODEM */
    const char *operand;    /* placeholder of a second word, in brackets if optional; NULL: none */
    const char *purpose;    /* one line, begins with a verb, no stop */
    cli_group groups[CLI_COMMAND_GROUPS]; /* of its options; the rest is NONE */
    unsigned statuses;                    /* bit n: exit status n can happen, besides 0, 2 and 6 */
    cli_example examples[CLI_EXAMPLES];
    /* Fills the output; an error is shown by the caller. */
    np_code (*run)(const cli_arguments *arguments, cli_output *output, np_error *err);
} cli_command;

/* The commands in order; NULL at the end. */
const cli_command *cli_command_at(size_t index);

/* The command that these words begin with, and how many of them name it; NULL: there is none. */
const cli_command *cli_command_find(int count, char **words, int *ret_used);

/* Is this noun a command without a verb? */
bool cli_is_whole(const char *noun);

/* Is this the first of a verb's two words? */
bool cli_is_verb_group(const char *noun, const char *word);

/* One paragraph about a noun; NULL when there is no such noun. */
const char *cli_noun_purpose(const char *noun);

/* The nouns in order; NULL at the end. */
const char *cli_noun_at(size_t index);

np_code cli_authorization_create(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_authorization_show(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_authorization_sign(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_aux_cert(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_aux_clear(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_aux_provision(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_aux_show(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_authorize(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_cert(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_explain(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_info(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_jwt(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_key_reference(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_plan(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_provision(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_random(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_settings_get(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_settings_put(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_sign(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_conformance(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_chip_verify(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_cloud_export(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_cloud_import(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_cloud_nrf_claim(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_cloud_nrf_jwt(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_cloud_nrf_onboard(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_cloud_nrf_provision(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_cloud_nrf_status(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_cloud_nrf_unclaim(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_completion_bash(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_completion_fish(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_completion_zsh(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_device_create(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_firmware_info(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_firmware_keygen(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_firmware_sign(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_firmware_verify(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_modem_delete(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_modem_info(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_modem_keygen(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_modem_list(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_modem_provision(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_modem_verify(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_modem_write(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_gateway_connect(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_gateway_run(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_psa_csr(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_psa_gc(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_psa_generate(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_psa_list(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_psa_provision(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_psa_recover(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_psa_register(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_record_check_proof(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_record_prove(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_record_query(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_record_show(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_init(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_station_label(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_record_verify(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_admit(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_ca_add(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_ca_challenge(const cli_arguments *arguments, cli_output *output,
                                  np_error *err);
np_code cli_registry_ca_list(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_ca_remove(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_ca_show(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_changes_export(const cli_arguments *arguments, cli_output *output,
                                    np_error *err);
np_code cli_registry_changes_list(const cli_arguments *arguments, cli_output *output,
                                  np_error *err);
np_code cli_registry_changes_verify(const cli_arguments *arguments, cli_output *output,
                                    np_error *err);
np_code cli_registry_device_add(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_device_block(const cli_arguments *arguments, cli_output *output,
                                  np_error *err);
np_code cli_registry_device_delete(const cli_arguments *arguments, cli_output *output,
                                   np_error *err);
np_code cli_registry_device_list(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_device_move(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_device_rekey_window(const cli_arguments *arguments, cli_output *output,
                                         np_error *err);
np_code cli_registry_device_show(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_device_unblock(const cli_arguments *arguments, cli_output *output,
                                    np_error *err);
np_code cli_issue(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_modem_parse(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_export(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_firmware_add(const cli_arguments *arguments, cli_output *output,
                                  np_error *err);
np_code cli_registry_firmware_list(const cli_arguments *arguments, cli_output *output,
                                   np_error *err);
np_code cli_registry_import(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_key_activate(const cli_arguments *arguments, cli_output *output,
                                  np_error *err);
np_code cli_registry_key_add(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_key_list(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_key_remove(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_key_retire(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_key_revoke(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_refused_list(const cli_arguments *arguments, cli_output *output,
                                  np_error *err);
np_code cli_registry_refused_show(const cli_arguments *arguments, cli_output *output,
                                  np_error *err);
np_code cli_registry_token_add(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_token_list(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_token_remove(const cli_arguments *arguments, cli_output *output,
                                  np_error *err);
np_code cli_registry_secret_add(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_secret_list(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_registry_secret_remove(const cli_arguments *arguments, cli_output *output,
                                   np_error *err);
np_code cli_signer_check(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_signer_create(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_signer_prove(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_signer_show(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_station_key_create(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_station_report(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_station_run(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_station_sync(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_virtual_counts(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_virtual_create(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_virtual_serve(const cli_arguments *arguments, cli_output *output, np_error *err);
np_code cli_virtual_show(const cli_arguments *arguments, cli_output *output, np_error *err);
