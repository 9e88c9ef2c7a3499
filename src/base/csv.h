/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV (RFC 4180) as programs exchange it: commas, line feeds, quotes only where a field needs them.
 * A field may have line ends in it. Reading hands out slices of the text. No heap.
 */
#pragma once

#include "base/bytes.h"

enum { NP_CSV_FIELDS_MAX = 32 };

/* In quotes when it has a comma, a quote or a line end in it; quotes are doubled. */
void np_csv_write_field(np_writer *writer, np_bytes text);

/* In quotes in any case. */
void np_csv_write_quoted(np_writer *writer, np_bytes text);

typedef struct np_csv_row {
    np_bytes whole;                     /* with its line end */
    np_bytes fields[NP_CSV_FIELDS_MAX]; /* as they stand there, quotes and all */
    size_t count;
    bool has_end; /* of line; false: the text ends with it */
} np_csv_row;

typedef enum np_csv_found {
    NP_CSV_ROW,
    NP_CSV_END,    /* of the text */
    NP_CSV_OPEN,   /* a quoted field does not end; ret->whole is the rest of the text */
    NP_CSV_BROKEN, /* a quote where none may be, or too many fields; ret->whole as above */
} np_csv_found;

/* The next row; empty lines are none. CR LF ends a line too. */
np_csv_found np_csv_next(np_reader *reader, np_csv_row *ret);

/* What a field of a row says: without its quotes, doubled ones halved. */
void np_csv_write_text(np_writer *writer, np_bytes field);

/* Does it say this? */
bool np_csv_says(np_bytes field, np_bytes text);
