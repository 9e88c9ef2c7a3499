/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that is imported, told by how it begins: CSV with a header, a manifest of chips, a record,
 * an export of a registry, or NDJSON of units. All of it is read in one go, in constant memory, and
 * can be read again.
 */
#pragma once

#include "cli/options.h"
#include "cli/registry/lot.h"
#include <jansson.h>
#include <stdio.h>

typedef enum cli_source_form {
    CLI_SOURCE_CSV,
    CLI_SOURCE_MANIFEST,
    CLI_SOURCE_RECORD,
    CLI_SOURCE_EXPORT,
    CLI_SOURCE_NDJSON,
} cli_source_form;

/* Who takes what the file says. An error ends the reading. */
typedef struct cli_source_taker {
    np_code (*unit)(void *self, const cli_unit *unit, np_error *err);
    /* A line of an export, of any kind but the first. */
    np_code (*line)(void *self, uint64_t number, const json_t *line, np_error *err);
    np_code (*fault)(void *self, uint64_t number, const char *reason, np_error *err);
    void *self;
} cli_source_taker;

typedef struct cli_source {
    const char *path;
    const cli_arguments *arguments;
    cli_source_form form;
    FILE *file; /* NULL: none is open */
    uint64_t size;
    uint64_t taken; /* bytes */
} cli_source;

/* NP_EINPUT_MISSING, NP_EINPUT_FORMAT, NP_EUSAGE for a manifest without --signer-cert. */
NP_MUST_USE np_code cli_source_open(const cli_arguments *arguments, cli_source *ret, np_error *err);

/* For NP_CLEANUP. */
void cli_source_close(cli_source *source);

NP_MUST_USE np_code cli_source_read(cli_source *source, const cli_source_taker *taker,
                                    np_error *err);

/* How much of it was read, 0 to 1; 0: nobody knows. */
double cli_source_share(const cli_source *source);

/* registry/source_csv.c */
NP_MUST_USE np_code cli_source_read_csv(cli_source *source, const cli_source_taker *taker,
                                        np_error *err);

/* registry/source_lines.c: units, or lines of an export behind its first */
NP_MUST_USE np_code cli_source_read_lines(cli_source *source, const cli_source_taker *taker,
                                          np_error *err);

/* An object as a unit. */
NP_MUST_USE np_code cli_source_take_unit(const cli_source_taker *taker, uint64_t number,
                                         const json_t *object, np_error *err);

typedef struct cli_source_line {
    char *text; /* heap, of getline */
    size_t size;
} cli_source_line;

void cli_source_line_clear(cli_source_line *line);

NP_MUST_USE np_code cli_source_next_line(cli_source *source, cli_source_line *line, np_bytes *ret,
                                         bool *ret_is_end, np_error *err);

/* NULL when it is no JSON. */
json_t *cli_source_parse(np_bytes line);
