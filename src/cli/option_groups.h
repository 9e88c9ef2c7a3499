/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every option of the program stands once, in one table of groups; a command names the groups that
 * it takes.
 */
#pragma once

#include <stddef.h>

typedef enum cli_group {
    CLI_GROUP_NONE, /* behind the last one of a command */
    CLI_GROUP_ACTIVATION_KEY,
    CLI_GROUP_AUTHORIZE,
    CLI_GROUP_AUX,
    CLI_GROUP_CERTIFICATE,
    CLI_GROUP_COMMON,
    CLI_GROUP_CONFORMANCE,
    CLI_GROUP_CONSENT,
    CLI_GROUP_EXPORT,
    CLI_GROUP_ISSUE,
    CLI_GROUP_ISSUE_FILES,
    CLI_GROUP_JWT,
    CLI_GROUP_KEY_REFERENCE,
    CLI_GROUP_LAYOUT,
    CLI_GROUP_NEW_KEY,
    CLI_GROUP_NOW,
    CLI_GROUP_NRF_CLAIM,
    CLI_GROUP_NRF_INFO,
    CLI_GROUP_NRF_JWT,
    CLI_GROUP_NRF_ONBOARD,
    CLI_GROUP_NRF_POLL,
    CLI_GROUP_NRF_PROVISIONING,
    CLI_GROUP_NRF_SERVICE,
    CLI_GROUP_NRF_STATUS,
    CLI_GROUP_PART,
    CLI_GROUP_PRODUCT,
    CLI_GROUP_RANDOM,
    CLI_GROUP_RECORD,
    CLI_GROUP_RECORD_HEAD,
    CLI_GROUP_RECORD_KEY,
    CLI_GROUP_RECORD_KEY_OPTIONAL,
    CLI_GROUP_RECORD_QUERY,
    CLI_GROUP_REGISTRY,
    CLI_GROUP_ROOT,
    CLI_GROUP_SERVE,
    CLI_GROUP_SETTINGS_GET,
    CLI_GROUP_SETTINGS_PUT,
    CLI_GROUP_SIGN,
    CLI_GROUP_SIGNER,
    CLI_GROUP_SIGNER_KEY,
    CLI_GROUP_SIGNER_KEY_TO_CHECK,
    CLI_GROUP_SOFTWARE_SERIAL,
    CLI_GROUP_STRICT,
    CLI_GROUP_TRACE,
    CLI_GROUP_TRUSTED_SIGNER,
    CLI_GROUP_WAIT,
    CLI_GROUP_YEARS,
    CLI_GROUP_COUNT
} cli_group;

struct cli_option;

/* Row number index of the group; NULL at its end. */
const struct cli_option *cli_group_option_at(cli_group group, size_t index);
