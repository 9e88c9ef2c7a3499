/* SPDX-License-Identifier: Apache-2.0 */
/* CSV with a header, whose fields may have line ends in them: PEM, a cell. */
#include "base/csv.h"
#include "base/format.h"
#include "cli/registry/source.h"
#include <errno.h>
#include <stdlib.h>

enum {
    WINDOW = 1 << 20,  /* not tuned */
    ROW_MAX = 1 << 18, /* a row with a chain of certificates is a few kilobytes */
};

typedef struct csv {
    cli_source *source;
    uint8_t *window; /* heap */
    size_t at;
    size_t len;
    bool is_at_end;
    cli_unit_field columns[NP_CSV_FIELDS_MAX];
    size_t column_count;
    uint8_t *texts; /* heap: a row's fields without their quotes */
    uint64_t number;
} csv;

static void csv_clear(csv *on)
{
    free(on->window);
    free(on->texts);
}

/* Moves what is left to the beginning, and reads on. */
static np_code fill(csv *on, np_error *err)
{
    memmove(on->window, on->window + on->at, on->len - on->at);
    on->len -= on->at;
    on->at = 0;
    size_t count = fread(on->window + on->len, 1, WINDOW - on->len, on->source->file);
    if (ferror(on->source->file)) {
        return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: cannot be read: %s",
                                on->source->path, strerror(errno));
    }
    on->is_at_end = count < WINDOW - on->len;
    on->len += count;
    on->source->taken += count;
    return NP_OK;
}

/* The next row, whole; what cannot be a row ends the reading: where the next begins nobody knows.
 */
static np_code next_row(csv *on, np_csv_row *ret, bool *ret_is_end, np_error *err)
{
    *ret_is_end = false;
    for (;;) {
        np_reader reader = np_reader_of(np_bytes_of(on->window + on->at, on->len - on->at));
        np_csv_found found = np_csv_next(&reader, ret);
        bool is_whole = found == NP_CSV_ROW && (ret->has_end || on->is_at_end);
        if (is_whole) {
            on->at = on->len - reader.rest.len;
            return NP_OK;
        }
        if (found == NP_CSV_END && on->is_at_end) {
            *ret_is_end = true;
            return NP_OK;
        }
        if (found == NP_CSV_BROKEN || on->is_at_end || on->len - on->at > ROW_MAX) {
            return np_error_set(err, NP_EINPUT_FORMAT, "%s: row %llu: %s", on->source->path,
                                (unsigned long long)on->number + 1,
                                found == NP_CSV_BROKEN ? "a quote where none may be, or too many "
                                                         "fields"
                                                       : "a quoted field does not end");
        }
        NP_TRY(fill(on, err));
    }
}

static np_code read_header(csv *on, np_error *err)
{
    np_csv_row row;
    bool is_end;
    bool has_name = false;
    NP_TRY(next_row(on, &row, &is_end, err));
    for (size_t i = 0; !is_end && i < row.count; i++) {
        np_writer writer = np_writer_of(on->texts, WINDOW);
        np_csv_write_text(&writer, row.fields[i]);
        on->columns[i] = cli_unit_field_of(np_writer_bytes(&writer));
        has_name =
            has_name || on->columns[i] <= CLI_UNIT_SERIAL || on->columns[i] == CLI_UNIT_CERTIFICATE;
    }
    on->column_count = row.count;
    if (has_name) {
        return NP_OK;
    }
    np_error_set(err, NP_EINPUT_FORMAT, "%s: the header names no column by which devices are told",
                 on->source->path);
    return np_error_hint(err, NP_EINPUT_FORMAT,
                         "identifier, device_id, serial or certificate, with commas between the "
                         "columns");
}

/* Of columns that mean the same the first that says something counts. */
static void take_fields(csv *on, const np_csv_row *row, cli_unit *ret)
{
    np_writer writer = np_writer_of(on->texts, WINDOW);
    for (size_t i = 0; i < row->count; i++) {
        cli_unit_field field = on->columns[i];
        if (field < CLI_UNIT_FIELD_COUNT && ret->fields[field].len == 0) {
            size_t from = writer.len;
            np_csv_write_text(&writer, row->fields[i]);
            ret->fields[field] = np_bytes_of(on->texts + from, writer.len - from);
        }
    }
}

static np_code read_rows(csv *on, const cli_source_taker *taker, np_error *err)
{
    for (;;) {
        np_csv_row row;
        bool is_end;
        char reason[NP_IMPORT_REASON_SIZE];
        NP_TRY(next_row(on, &row, &is_end, err));
        if (is_end) {
            return NP_OK;
        }
        on->number++;
        if (row.count != on->column_count) {
            np_format(reason, sizeof(reason), "the row has %zu fields, the header %zu", row.count,
                      on->column_count);
            NP_TRY(taker->fault(taker->self, on->number, reason, err));
            continue;
        }
        cli_unit unit = {.number = on->number};
        take_fields(on, &row, &unit);
        NP_TRY(taker->unit(taker->self, &unit, err));
    }
}

np_code cli_source_read_csv(cli_source *source, const cli_source_taker *taker, np_error *err)
{
    NP_CLEANUP(csv_clear)
    csv on = {.source = source, .window = malloc(WINDOW), .texts = malloc(WINDOW)};
    if (on.window == NULL || on.texts == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for rows");
    }
    NP_TRY(read_header(&on, err));
    return read_rows(&on, taker, err);
}
