/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands that read a record share. */
#pragma once

#include "cli/command.h"
#include "files/key.h"
#include "record/file.h"
#include "record/read.h"

/* A record to be read, and the key that proves it, when one was given. */
typedef struct cli_record {
    const char *path;
    np_record_file file;
    np_record_storage storage;
    uint8_t station_key[NP_P256_POINT_SIZE];
    bool has_key;
} cli_record;

/* Opens the target, and loads --key. */
NP_MUST_USE np_code cli_record_open(const cli_arguments *arguments, cli_record *ret, np_error *err);

/* For NP_CLEANUP. */
void cli_record_close(cli_record *record);

typedef np_code (*cli_record_visit)(void *self, const np_record_line *line,
                                    const np_record_trailer *trailer, np_error *err);

/* Reads all of it, with the key if there is one; see np_record_read. Errors name the file. */
NP_MUST_USE np_code cli_record_read(const cli_record *record, cli_record_visit visit, void *self,
                                    np_record_report *report, np_error *err);

/* The same, and tells people what is not signed or not complete. */
NP_MUST_USE np_code cli_record_check(const cli_record *record, np_record_report *report,
                                     np_error *err);

/* The last one with this serial, in lines counted from 0 as seq is; NP_EINPUT_MISSING. */
NP_MUST_USE np_code cli_record_find_serial(const cli_record *record, const char *serial,
                                           uint64_t *ret_seq, np_error *err);

/* A number: in the document as such. */
void cli_put_count(cli_output *output, const char *key, const char *label, uint64_t count);

/* A line as JSON, every member that it has. NULL: out of memory. */
json_t *cli_json_line(const np_record_line *line);
