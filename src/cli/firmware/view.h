/* SPDX-License-Identifier: Apache-2.0 */
/* What the firmware commands show of an archive, and the file that they all open. */
#pragma once

#include "cli/output.h"
#include "firmware/judge.h"

/* An archive as a command has it: {.fd = -1} before. */
typedef struct cli_archive {
    int fd;
    np_firmware_source source;
    np_firmware_facts *facts;
} cli_archive;

/* NP_EINPUT_MISSING, NP_EINPUT_FORMAT when it is no file, NP_ESTATION_IO, NP_ESTATION_MEMORY. */
NP_MUST_USE np_code cli_archive_open(const char *path, cli_archive *ret, np_error *err);
void cli_archive_close(cli_archive *archive);

/* A text of an archive, which is a stranger's: control characters never reach a terminal. */
void cli_put_bytes_text(cli_output *output, const char *key, const char *label, np_bytes text);

/* Product, version and so on, the UUID; of facts that were parsed. */
void cli_put_firmware(cli_output *output, const np_firmware_facts *facts);

/* Puts the time beside them, which no signature covers. */
void cli_put_created(cli_output *output, const np_firmware_facts *facts);

/* An error of the same words whose status is fwup's 1. */
np_code cli_as_fwup(np_code code, np_error *err);
