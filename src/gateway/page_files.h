/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Web pages that the program carries (tools/embed makes the tables), and how they go to a browser:
 * the page runs its own scripts alone, and talks to nobody but the server that it came from.
 */
#pragma once

#include "base/bytes.h"

typedef struct embedded_file {
    const char *name; /* "app.js" */
    np_bytes content;
} embedded_file;

/* A table's row without a name ends it. NULL: there is no such file. */
const embedded_file *np_page_file(const embedded_file *table, np_bytes name);

/* "text/html; charset=utf-8": told by the name's ending. */
const char *np_page_type(const embedded_file *file);

typedef struct np_page_field {
    const char *name; /* of a field of the answer's head; NULL ends the table */
    const char *value;
} np_page_field;

extern const np_page_field np_page_fields[];
