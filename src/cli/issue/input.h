/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `issue` reads, unit by unit: CSV with a header (RFC 4180, a row a line; also with ';' as
 * spreadsheets write it), NDJSON with the same names, points in bytes or in hex, a file of requests
 * in PEM or DER one behind the other, or a folder of such files. What a row says wrongly refuses
 * that unit; what the header says wrongly ends the run before it has begun. Columns and members
 * that are not known are passed over, and their names kept.
 */
#pragma once

#include "signer/issue.h"
#include <stdio.h>

enum {
    CLI_ISSUE_COLUMNS_MAX = 32,
    CLI_ISSUE_IGNORED_MAX = 8, /* names that are kept; more are passed over as well */
    CLI_ISSUE_NAME_MAX = 40,   /* bytes of them, for people */
};

struct cli_issue_input;

/* Where a column's text goes. NP_EINPUT_...: the unit is refused with that message. */
typedef np_code (*cli_issue_put)(struct cli_issue_input *input, np_bytes text, np_error *err);

typedef struct cli_issue_column {
    np_bytes name;     /* of the header line */
    cli_issue_put put; /* NULL: passed over */
} cli_issue_column;

/* One unit while it is put together. */
typedef struct cli_issue_row {
    np_issue_unit *unit;
    uint8_t fields[NP_LEAF_NAME_MAX]; /* RDNs of the columns, in their order */
    np_writer names;
    np_writer alt_names;
    np_bytes type; /* of the attribute that is being put */
    bool has_key;
    bool has_common_name;
    bool has_serial_number;
} cli_issue_row;

typedef struct cli_issue_input {
    const char *path;
    const np_leaf_profile *profile;
    uint8_t subject[NP_LEAF_NAME_MAX]; /* RDNs that all units have */
    size_t subject_len;
    np_code (*next)(struct cli_issue_input *input, np_issue_unit *ret, bool *ret_is_end,
                    np_error *err);
    FILE *file; /* NULL: none is open */
    char *line; /* heap, of getline */
    size_t line_size;
    uint64_t line_number;
    char separator; /* of CSV */
    size_t point_size;
    char *header; /* heap; the columns' names point into it */
    cli_issue_column columns[CLI_ISSUE_COLUMNS_MAX];
    size_t column_count;
    char **names; /* heap: files of a folder, in order */
    size_t name_count;
    size_t name_next;
    uint64_t size; /* of the file */
    uint64_t taken;
    char ignored[CLI_ISSUE_IGNORED_MAX][CLI_ISSUE_NAME_MAX + 1];
    size_t ignored_count;
    cli_issue_row row;
} cli_issue_input;

/*
 * subject may be NULL. NP_EINPUT_MISSING, NP_EINPUT_FORMAT (a header without serial and
 * public key, or with one of them twice; a subject that is no name), NP_ESTATION_IO; each names the
 * file.
 */
NP_MUST_USE np_code cli_issue_input_open(const char *path, const np_leaf_profile *profile,
                                         const char *subject, cli_issue_input *ret, np_error *err);

/* For NP_CLEANUP; accepts all zero. */
void cli_issue_input_close(cli_issue_input *input);

/* A source of np_issue_run; self is the input. */
np_code cli_issue_input_next(void *self, np_issue_unit *ret, bool *ret_is_end, np_error *err);

/* How much of it was read, 0 to 1. */
double cli_issue_input_share(const cli_issue_input *input);

/* Inside: the parts that the forms share. */

/* Where a column of this name goes; NULL when there is no such column. */
cli_issue_put cli_issue_put_of(np_bytes name);

/* Begins a unit; puts the text of a column; ends it: the name is complete, or it is refused. */
void cli_issue_row_begin(cli_issue_input *input, np_issue_unit *unit);
void cli_issue_row_put(cli_issue_input *input, const cli_issue_column *column, np_bytes text);
void cli_issue_row_end(cli_issue_input *input);

/* A request in PEM or DER becomes the unit. */
void cli_issue_row_take_request(cli_issue_input *input, np_issue_unit *unit, np_bytes request);

/* The next line that is not empty, without its end. */
NP_MUST_USE np_code cli_issue_take_row(cli_issue_input *input, np_bytes *ret, bool *ret_is_end,
                                       np_error *err);

/* Is it a point in hex? */
bool cli_issue_is_point_text(np_bytes line);

/* The size of points that a file consists of which begins so; 0: it is text. */
size_t cli_issue_point_size(np_bytes beginning, uint64_t file_size);

NP_MUST_USE np_code cli_issue_next_of_points(cli_issue_input *input, np_issue_unit *ret,
                                             bool *ret_is_end, np_error *err);
NP_MUST_USE np_code cli_issue_next_of_point_lines(cli_issue_input *input, np_issue_unit *ret,
                                                  bool *ret_is_end, np_error *err);
