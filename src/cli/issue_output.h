/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where `issue` puts certificates and refused rows. Both files are new; they are on disk when
 * closing has succeeded. A run that ended before is seen by its file without the last line feed,
 * or by fewer lines than the input has.
 */
#pragma once

#include "signer/issue.h"
#include <stdio.h>

typedef struct cli_issue_output {
    const char *path;
    const char *rejects_path;
    FILE *file;
    FILE *rejects; /* NULL until the first one */
    /* writes one certificate */
    void (*format)(np_writer *writer, const np_issue_unit *unit);
} cli_issue_output;

/* format NULL: "ndjson". NP_EUSAGE for another than ndjson, pem, der; NP_EINPUT_EXISTS. */
NP_MUST_USE np_code cli_issue_output_open(const char *path, const char *rejects_path,
                                          const char *format, cli_issue_output *ret, np_error *err);

/* One issued unit, or one refused. NP_ESTATION_IO. */
NP_MUST_USE np_code cli_issue_output_put(cli_issue_output *output, const np_issue_unit *unit,
                                         np_error *err);

/* NP_ESTATION_IO when not everything is on disk. */
NP_MUST_USE np_code cli_issue_output_finish(cli_issue_output *output, np_error *err);

/* For NP_CLEANUP; accepts all zero. */
void cli_issue_output_clear(cli_issue_output *output);
