/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nordic's programs for its cloud: nrf_cloud_onboard, claim_devices, create_proxy_jwt. They end
 * with the statuses of nameplate's commands: their own are 0 whatever happened.
 */
#include "cli/command.h"
#include "cli/dropin/dropin.h"
#include <stdio.h>

/* Waiting as the programs do. */
enum { POLL_SECONDS = 5, TIMEOUT_SECONDS = 3600, TOKEN_DAYS = 30 };

#define CLOUD_OPTIONS                                                                              \
    {"--stage", "--stage", NULL, false, DROPIN_MEMBER(stage)},                                     \
        {"--apikey", "--api-key", NULL, false, DROPIN_MEMBER(api_key)},                            \
        {"--log-level", "--log-level", NULL, false, DROPIN_MEMBER(log_level)},                     \
    {                                                                                              \
        "-P", "-P", "--plain", true, DROPIN_MEMBER(plain)                                          \
    }

typedef struct cloud_urls {
    char devices[128];
    char provisioning[128];
} cloud_urls;

/* Everybody sees a command line: a key stands in a file, or in the environment. */
static np_code find_key(const char *given, const char **ret_file, np_error *err)
{
    if (given != NULL && (given[0] != '@' || given[1] == '\0')) {
        np_error_set(err, NP_EUSAGE, "an API key on the command line is seen by everybody");
        return np_error_hint(err, NP_EUSAGE,
                             "put it into a file that you alone can read, and give @FILE; or set "
                             "$NRFCLOUD_API_KEY");
    }
    *ret_file = given == NULL ? NULL : given + 1;
    return NP_OK;
}

static np_code begin(const dropin_arguments *from, cloud_urls *urls, cli_arguments *ret,
                     np_error *err)
{
    *ret = (cli_arguments){.poll = POLL_SECONDS, .timeout = TIMEOUT_SECONDS};
    if (from->stage != NULL) {
        snprintf(urls->devices, sizeof(urls->devices), "https://api.%.32s.nrfcloud.com/v1",
                 from->stage);
        snprintf(urls->provisioning, sizeof(urls->provisioning),
                 "https://api.provisioning.%.32s.nrfcloud.com/v1", from->stage);
        ret->url = urls->devices;
        ret->provisioning_url = urls->provisioning;
    }
    return find_key(from->api_key, &ret->api_key_file, err);
}

typedef np_code (*command_run)(const cli_arguments *arguments, cli_output *output, np_error *err);

/* Runs the command as if it had been asked for by its own name. */
static np_code run_command(command_run run, const cli_arguments *arguments, np_error *err)
{
    cli_output output = {.is_json = false};
    np_code code = run(arguments, &output, err);
    if (code != NP_OK) {
        err->sub = (int)np_error_class(code);
    }
    return code;
}

static const dropin_option onboard_options[] = {
    CLOUD_OPTIONS,
    {"--csv", "--csv", NULL, false, DROPIN_MEMBER(csv)},
    {"--chk", "--chk", NULL, true, DROPIN_MEMBER(is_checked)},
    {"--res", "--res", NULL, false, DROPIN_MEMBER(results)},
    {"--devinfo", "--devinfo", NULL, false, DROPIN_MEMBER(devinfo)},
    {"--set-mfwv", "--set-mfwv", NULL, true, DROPIN_MEMBER(ignored_flag)},
    {"--name-imei", "--name-imei", NULL, true, DROPIN_MEMBER(is_named)},
    {"--name-prefix", "--name-prefix", NULL, false, DROPIN_MEMBER(name_prefix)},
};

static np_code onboard(const dropin_arguments *from, const char *csv, np_error *err)
{
    cloud_urls urls;
    cli_arguments arguments;
    NP_TRY(begin(from, &urls, &arguments, err));
    arguments.target = from->csv != NULL ? from->csv : csv;
    arguments.results = from->results;
    arguments.devinfo = from->devinfo;
    arguments.name_prefix = from->name_prefix != NULL ? from->name_prefix
                            : from->is_named          ? ""
                                                      : NULL;
    arguments.skip_existing = from->is_checked;
    return run_command(cli_cloud_nrf_onboard, &arguments, err);
}

static np_code run_onboard(const dropin_arguments *arguments, np_error *err)
{
    return onboard(arguments, "onboard.csv", err);
}

static np_code run_provision(const dropin_arguments *arguments, np_error *err)
{
    return onboard(arguments, "provision.csv", err);
}

static const dropin_option claim_options[] = {
    CLOUD_OPTIONS,
    {"--csv", "--csv", NULL, false, DROPIN_MEMBER(csv)},
    {"--provisioning-tags", "--provisioning-tags", NULL, false, DROPIN_MEMBER(tags)},
};

static np_code run_claim(const dropin_arguments *from, np_error *err)
{
    cloud_urls urls;
    cli_arguments arguments;
    NP_TRY(begin(from, &urls, &arguments, err));
    arguments.target = from->csv != NULL ? from->csv : "attestation_tokens.csv";
    arguments.tags = from->tags;
    return run_command(cli_cloud_nrf_claim, &arguments, err);
}

static const dropin_option jwt_options[] = {
    {"--key", "--key", "-k", false, DROPIN_MEMBER(ca_key)},
    {"--team-id", "--team-id", NULL, false, DROPIN_MEMBER(team)},
    {"--dev-id", "--dev-id", NULL, false, DROPIN_MEMBER(id)},
    {"--days-valid", "--days-valid", NULL, false, DROPIN_MEMBER(days)},
    {"--log-level", "--log-level", NULL, false, DROPIN_MEMBER(log_level)},
};

static np_code run_jwt(const dropin_arguments *from, np_error *err)
{
    cli_arguments arguments = {.key = from->ca_key,
                               .team_id = from->team,
                               .device_id = from->id,
                               .days_valid = TOKEN_DAYS};
    bool is_for_ever = from->days != NULL && strcmp(from->days, "0") == 0;
    if (from->ca_key == NULL || from->team == NULL) {
        return np_error_set(err, NP_EUSAGE, "--key and --team-id are needed");
    }
    if (from->days != NULL && !is_for_ever) {
        NP_TRY(dropin_get_days(from, &arguments.days_valid, err));
    }
    arguments.days_valid = is_for_ever ? 0 : arguments.days_valid;
    return run_command(cli_cloud_nrf_jwt, &arguments, err);
}

const dropin_program dropin_claim_devices = {
    .name = "claim_devices",
    .purpose = "Claims devices for an nRF Cloud account. The key: --api-key @FILE, or "
               "$NRFCLOUD_API_KEY.",
    .options = claim_options,
    .option_count = NP_COUNT_OF(claim_options),
    .has_statuses = true,
    .run = run_claim,
};

const dropin_program dropin_create_proxy_jwt = {
    .name = "create_proxy_jwt",
    .purpose = "Makes a token for requests on behalf of devices.",
    .options = jwt_options,
    .option_count = NP_COUNT_OF(jwt_options),
    .has_statuses = true,
    .run = run_jwt,
};

const dropin_program dropin_nrf_cloud_onboard = {
    .name = "nrf_cloud_onboard",
    .purpose = "Makes the rows of a CSV file devices of an account. The key: --api-key @FILE, or "
               "$NRFCLOUD_API_KEY.",
    .options = onboard_options,
    .option_count = NP_COUNT_OF(onboard_options),
    .has_statuses = true,
    .run = run_onboard,
};

const dropin_program dropin_nrf_cloud_provision = {
    .name = "nrf_cloud_provision",
    .purpose = "The name of nrf_cloud_onboard until 2024.",
    .options = onboard_options,
    .option_count = NP_COUNT_OF(onboard_options),
    .has_statuses = true,
    .run = run_provision,
};
