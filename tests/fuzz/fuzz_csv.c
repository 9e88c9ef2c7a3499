/* SPDX-License-Identifier: Apache-2.0 */
/*
 * CSV from strangers: every row and field lies in the text, the rows are all of it, and a row that
 * is written again says the same.
 */
#include "base/csv.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { TEXT_MAX = 65536 };

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static void write_again(const np_csv_row *row, uint8_t *text, np_writer *writer)
{
    for (size_t i = 0; i < row->count; i++) {
        np_writer field = np_writer_of(text, TEXT_MAX);
        np_csv_write_text(&field, row->fields[i]);
        require(np_csv_says(row->fields[i], np_writer_bytes(&field)));
        np_csv_write_field(writer, np_writer_bytes(&field));
        np_write_u8(writer, i + 1 < row->count ? ',' : '\n');
    }
}

static void require_same(const np_csv_row *a, np_bytes text, uint8_t *buffer)
{
    np_csv_row b;
    np_reader reader = np_reader_of(text);
    /* a row of one empty field is an empty line */
    if (text.len == 1) {
        return;
    }
    require(np_csv_next(&reader, &b) == NP_CSV_ROW && np_reader_is_done(&reader));
    require(a->count == b.count);
    for (size_t i = 0; i < b.count; i++) {
        np_writer field = np_writer_of(buffer, TEXT_MAX);
        np_csv_write_text(&field, b.fields[i]);
        require(np_csv_says(a->fields[i], np_writer_bytes(&field)));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t field[TEXT_MAX];
    static uint8_t again[2 * TEXT_MAX + 128];
    np_csv_row row;
    np_reader reader = np_reader_of(np_bytes_of(data, size));
    np_csv_found found;
    if (size > TEXT_MAX) {
        return 0;
    }
    while ((found = np_csv_next(&reader, &row)) == NP_CSV_ROW) {
        np_writer writer = np_writer_of(again, sizeof(again));
        require(row.whole.len > 0 && row.count > 0);
        write_again(&row, field, &writer);
        require_same(&row, np_writer_bytes(&writer), field);
    }
    require(found == NP_CSV_END ? reader.rest.len == 0 : reader.rest.len > 0);
    return 0;
}
