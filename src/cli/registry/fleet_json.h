/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of `registry export`, JSON each: first what file this is, then the things that
 * registry/transfer.h names, among them devices with their keys and certificates, and at the end
 * how many of these there were. A file without that line is not whole.
 */
#pragma once

#include "cli/registry/lot.h"
#include "registry/transfer.h"
#include <jansson.h>
#include <stdio.h>

enum {
    CLI_FLEET_VERSION = 2,
    CLI_FLEET_OLDEST = 1, /* has fewer kinds */
};

/* Writing: each is one line. NP_ESTATION_IO, NP_ESTATION_MEMORY. */
typedef struct cli_fleet_writer {
    FILE *file;
    const char *path; /* for errors */
    uint8_t *line;    /* heap */
    size_t size;
    uint64_t things;
    uint64_t devices;
} cli_fleet_writer;

void cli_fleet_writer_clear(cli_fleet_writer *writer);
NP_MUST_USE np_code cli_fleet_write_header(cli_fleet_writer *writer, np_error *err);
NP_MUST_USE np_code cli_fleet_write_thing(cli_fleet_writer *writer, const np_transfer_kind *kind,
                                          const np_transfer_value *values, np_error *err);
NP_MUST_USE np_code cli_fleet_write_device(cli_fleet_writer *writer, const np_import_row *row,
                                           np_error *err);
NP_MUST_USE np_code cli_fleet_write_end(cli_fleet_writer *writer, np_error *err);

/* Reading */

/* Is this the first line of an export? NP_EINPUT_FORMAT when it is one of a newer version. */
NP_MUST_USE np_code cli_fleet_read_header(const json_t *line, bool *ret_is_one, np_error *err);

/* The kind that the line is of; false: of none of the transfer's. */
bool cli_fleet_kind_of(const json_t *line, size_t *ret);

/* The values of a thing, in memory of the lot. It is refused when a member is not as it must be. */
void cli_fleet_read_thing(const json_t *line, size_t kind, cli_lot *lot, np_transfer_item *ret);

/* A device becomes a row of the lot, refused when it is not as it must be. */
NP_MUST_USE np_code cli_fleet_read_device(const json_t *line, uint64_t number, cli_lot *lot,
                                          np_error *err);
