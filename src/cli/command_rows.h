/* SPDX-License-Identifier: Apache-2.0 */
/* What the tables of commands are written with. For their files alone. */
#pragma once

#include "cli/command.h"

#define STATUS(n)   (1U << (n))
#define GROUPS(...) .groups = {__VA_ARGS__}

/* Statuses by class; 0, 2 and 6 can happen everywhere. */
enum {
    DEVICE = STATUS(NP_CLASS_DEVICE),
    INPUT = STATUS(NP_CLASS_INPUT),
    CONFLICT = STATUS(NP_CLASS_CONFLICT),
    POLICY = STATUS(NP_CLASS_POLICY),
    REJECTS = STATUS(NP_CLASS_REJECTS),
    INTERRUPTED = STATUS(NP_CLASS_INTERRUPTED),
};

/* Using a chip that has its identity. */
extern const cli_command cli_use_commands[];
extern const size_t cli_use_command_count;

/* Many certificates at once. */
extern const cli_command cli_issue_commands[];
extern const size_t cli_issue_command_count;

/* The right to issue. */
extern const cli_command cli_authorization_commands[];
extern const size_t cli_authorization_command_count;

/* The production line. */
extern const cli_command cli_station_commands[];
extern const size_t cli_station_command_count;

/* Proving what was made. */
extern const cli_command cli_record_commands[];
extern const size_t cli_record_command_count;

/* A production line's beginning, and its labels. */
extern const cli_command cli_line_commands[];
extern const size_t cli_line_command_count;

/* Other people's clouds. */
extern const cli_command cli_cloud_commands[];
extern const size_t cli_cloud_command_count;

/* Modems. */
extern const cli_command cli_modem_commands[];
extern const size_t cli_modem_command_count;

/* Firmware archives. */
extern const cli_command cli_firmware_commands[];
extern const size_t cli_firmware_command_count;

/* The front door. */
extern const cli_command cli_gateway_commands[];
extern const size_t cli_gateway_command_count;

/* Who is known, and who may come in. */
extern const cli_command cli_registry_commands[];
extern const size_t cli_registry_command_count;

/* Keys for PSA Crypto. */
extern const cli_command cli_psa_commands[];
extern const size_t cli_psa_command_count;
