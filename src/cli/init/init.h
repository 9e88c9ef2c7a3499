/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A first line: what it is, and the two faces of it, files and commands. Both name the same files,
 * by the names below.
 */
#pragma once

#include "cli/command.h"
#include "station/config.h"

enum { INIT_COMMAND_SIZE = 512, INIT_UNITS = 100, INIT_DAYS = 365 };

#define INIT_SIGNER        "signer"
#define INIT_STATION       "station"
#define INIT_AUTHORITY     "authority"
#define INIT_AUTHORIZATION "first.auth"
#define INIT_RECORD        "units.npj"
#define INIT_CONFIG        "station.conf"
#define INIT_LABEL         "label.conf"
#define INIT_LABELS        "labels"

typedef struct init_line {
    const char *folder;
    const char *product;
    const char *serial; /* a pattern */
    np_serials serials;
    unsigned bays;
    bool is_virtual;
} init_line;

/* station.conf: every key of the table, those of the line set, the others as comments. */
void init_write_config(const init_line *line, np_writer *writer);

/* label.conf. */
void init_write_label(const init_line *line, np_writer *writer);

/* One command of those that begin the line, and why. */
typedef struct init_command {
    const char *why;
    char text[INIT_COMMAND_SIZE];
} init_command;

/* In order; false beyond the last. now gives the day until which the authorization is. */
bool init_command_at(const init_line *line, int64_t now, size_t index, init_command *ret);
