/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where `issue` puts certificates and refused rows: the last part of a run (signer/issue.h). The
 * certificates have no name until they are all there and on disk, so that an output which exists is
 * complete; what a run that ended before has left is made anew. With a record that run's output can
 * exist already: then it is compared, and nothing is issued that it does not have.
 */
#pragma once

#include "cli/issue/folder.h"
#include "record/storage.h"
#include "signer/issue.h"

/* One file that grows, from its beginning. */
typedef struct cli_issue_file {
    const np_record_storage *storage;
    const char *name; /* for messages */
    bool is_open;
    bool has_name;
    bool is_compared; /* what is put must be there already; nothing is written */
    uint64_t offset;  /* of the buffer in the file */
    size_t len;
    uint8_t *buffer; /* heap */
} cli_issue_file;

/* Writes one certificate. */
typedef np_code (*cli_issue_format)(const np_leaf_template *template, np_writer *writer,
                                    const np_issue_unit *unit, np_error *err);

typedef struct cli_issue_output_options {
    const char *format;               /* NULL: "ndjson" */
    const np_leaf_template *template; /* borrowed */
    const np_record_storage *out;     /* borrowed, as the next */
    const np_record_storage *rejects; /* only made when something is refused */
    const char *out_name;
    const char *rejects_name;
    bool has_record;      /* a run can be repeated */
    bool was_interrupted; /* there is an output without a name */
} cli_issue_output_options;

typedef struct cli_issue_output {
    cli_issue_file out;
    cli_issue_file rejects;
    cli_issue_folder folder; /* instead of out, when there is a file a certificate */
    cli_issue_format format;
    const np_leaf_template *template;
} cli_issue_output;

/*
 * NP_EUSAGE for a format that does not exist, NP_EINPUT_STORABLE for "compressed" when chips cannot
 * store the template's certificates; NP_EINPUT_EXISTS when out exists and there is no record, or
 * the rejects exist and are not of a run that was interrupted.
 */
NP_MUST_USE np_code cli_issue_output_open(const cli_issue_output_options *options,
                                          cli_issue_output *ret, np_error *err);

/* NP_EINPUT_EXISTS when the output exists and is another one. */
np_issue_part cli_issue_output_part(cli_issue_output *output);

/* Puts everything on disk and gives it its name. */
NP_MUST_USE np_code cli_issue_output_finish(cli_issue_output *output, np_error *err);

/* For NP_CLEANUP; accepts all zero. The storages stay the caller's. */
void cli_issue_output_clear(cli_issue_output *output);
