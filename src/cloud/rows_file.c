/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/rows_file.h"

#include "base/wipe.h"
#include "cloud/text_file.h"
#include "link/lock_file.h"
#include "link/whole_file.h"
#include "signer/seen.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

const np_rows_form np_rows_onboard = {
    .what = "an onboarding row",
    .columns_min = 5,
    .columns_max = 5,
    .key = 0,
    .rows_max = NP_NRF_ROWS_MAX,
    .is_case_blind = true,
    .has_certificate = true,
};

/* A row may lack the IMEI. */
const np_rows_form np_rows_info = {
    .what = "a row of device information", .columns_min = 2, .columns_max = 3, .key = 0};

const np_rows_form np_rows_attestation = {
    .what = "a row with a token", .columns_min = 4, .columns_max = 4, .key = 1};

/* Kinds of marks. */
enum { MARK_NAME, MARK_KEY, MARK_KEY_OF_NAME, NAME_MAX_SIZE = 1024 };

struct np_rows_file {
    const np_rows_form *form;
    char path[PATH_MAX];
    int lock;
    np_seen seen;
    size_t parts;      /* files that are there */
    size_t last_count; /* rows of the last one */
    size_t last_len;   /* its bytes, without the torn ones */
    size_t torn;
    bool lacks_end; /* its last row has no line feed */
};

/* onboard.csv, then onboard-2.csv. */
static np_code name_part(const np_rows_file *file, size_t part, char ret[static PATH_MAX],
                         np_error *err)
{
    const char *slash = strrchr(file->path, '/');
    const char *base = slash == NULL ? file->path : slash + 1;
    const char *dot = strrchr(base, '.');
    size_t stem = dot == NULL || dot == base ? strlen(file->path) : (size_t)(dot - file->path);
    int length = part == 1 ? snprintf(ret, PATH_MAX, "%s", file->path)
                           : snprintf(ret, PATH_MAX, "%.*s-%zu%s", (int)stem, file->path, part,
                                      file->path + stem);
    return length < PATH_MAX ? NP_OK
                             : np_error_set(err, NP_EINPUT_RANGE, "%.*s...: the path is too long",
                                            100, file->path);
}

/* What a field says, in one case where the cloud sees none. */
static np_bytes fold(const np_rows_form *form, np_bytes name, uint8_t ret[static NAME_MAX_SIZE])
{
    size_t len = name.len < NAME_MAX_SIZE ? name.len : NAME_MAX_SIZE;
    for (size_t i = 0; i < len; i++) {
        bool is_capital = form->is_case_blind && name.data[i] >= 'A' && name.data[i] <= 'Z';
        ret[i] = (uint8_t)(is_capital ? name.data[i] - 'A' + 'a' : name.data[i]);
    }
    return np_bytes_of(ret, len);
}

static uint64_t mark_name(const np_rows_file *file, np_bytes name)
{
    uint8_t text[NAME_MAX_SIZE];
    return np_seen_mark(MARK_NAME, fold(file->form, name, text));
}

static uint64_t mark_key_of(const np_rows_file *file, np_bytes name, const uint8_t point[static 64])
{
    uint8_t text[NAME_MAX_SIZE + 64];
    np_bytes folded = fold(file->form, name, text);
    memcpy(text + folded.len, point, 64);
    return np_seen_mark(MARK_KEY_OF_NAME, np_bytes_of(text, folded.len + 64));
}

/* A row whose certificate cannot be read has no key; whoever uploads it will be told. */
static np_code learn_key(np_rows_file *file, np_bytes name, const np_csv_row *row, np_error *err)
{
    np_nrf_row_text text;
    np_nrf_row values;
    np_nrf_key key;
    if (!file->form->has_certificate || np_nrf_row_read(row, &text, &values, NULL) != NP_OK ||
        np_nrf_row_check(&values, &key, NULL) != NP_OK) {
        return NP_OK;
    }
    NP_TRY(np_seen_add(&file->seen, np_seen_mark(MARK_KEY, NP_BYTES(key.point)), err));
    return np_seen_add(&file->seen, mark_key_of(file, name, key.point), err);
}

static np_code learn_row(np_rows_file *file, const np_csv_row *row, np_error *err)
{
    uint8_t text[NAME_MAX_SIZE];
    np_writer writer = np_writer_of(text, sizeof(text));
    np_csv_write_text(&writer, row->fields[file->form->key]);
    np_bytes name = np_writer_bytes(&writer);
    file->last_count++;
    NP_TRY(np_seen_add(&file->seen, mark_name(file, name), err));
    return learn_key(file, name, row, err);
}

static bool fits(const np_rows_form *form, const np_csv_row *row)
{
    return row->count >= form->columns_min && row->count <= form->columns_max;
}

/* Only a run that was killed leaves a row without an end that is not whole. */
static bool is_torn(const np_rows_form *form, np_csv_found found, const np_csv_row *row)
{
    return found == NP_CSV_OPEN ||
           (found == NP_CSV_ROW && !row->has_end && row->count < form->columns_min);
}

static np_code learn_text(np_rows_file *file, const char *path, np_bytes text, np_error *err)
{
    np_csv_row row;
    np_csv_found found;
    np_reader reader = np_reader_of(text);
    while ((found = np_csv_next(&reader, &row)) != NP_CSV_END) {
        if (is_torn(file->form, found, &row)) {
            file->torn = text.len - (size_t)(row.whole.data - text.data);
            break;
        }
        if (found != NP_CSV_ROW || !fits(file->form, &row)) {
            np_error_set(err, NP_EINPUT_FORMAT, "%s: row %zu is not %s", path, file->last_count + 1,
                         file->form->what);
            return np_error_hint(err, NP_EINPUT_FORMAT, "name another file, or correct this one");
        }
        file->lacks_end = !row.has_end;
        NP_TRY(learn_row(file, &row, err));
    }
    file->last_len = text.len - file->torn;
    return NP_OK;
}

/* NP_EINPUT_MISSING: there is no such part. */
static np_code learn_part(np_rows_file *file, size_t part, np_error *err)
{
    char path[PATH_MAX];
    NP_CLEANUP(cloud_text_clear) cloud_text text = {0};
    NP_TRY(name_part(file, part, path, err));
    NP_TRY(cloud_text_load(path, &text, err));
    if (file->torn > 0) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s: the file before it ends within a row",
                            path);
    }
    file->parts = part;
    file->last_count = 0;
    return learn_text(file, path, np_bytes_of(text.data, text.len), err);
}

static np_code learn_all(np_rows_file *file, np_error *err)
{
    np_code code = NP_OK;
    for (size_t part = 1; code == NP_OK; part++) {
        code =
            part > 1 && file->form->rows_max == 0 ? NP_EINPUT_MISSING : learn_part(file, part, err);
    }
    return code == NP_EINPUT_MISSING ? NP_OK : code;
}

np_code np_rows_file_open(const char *path, const np_rows_form *form, unsigned wait_ms,
                          np_rows_file **ret, np_error *err)
{
    NP_CLEANUP(np_rows_file_free_at) np_rows_file *file = calloc(1, sizeof(*file));
    if (file == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for %s", path);
    }
    file->form = form;
    file->lock = -1;
    if (snprintf(file->path, sizeof(file->path), "%s", path) >= (int)sizeof(file->path)) {
        return np_error_set(err, NP_EINPUT_RANGE, "%.*s...: the path is too long", 100, path);
    }
    NP_TRY(lock_file_take(file->path, wait_ms, &file->lock, err));
    NP_TRY(learn_all(file, err));
    *ret = file;
    file = NULL;
    return NP_OK;
}

size_t np_rows_file_torn(const np_rows_file *file)
{
    return file->torn;
}

bool np_rows_file_has(const np_rows_file *file, np_bytes key)
{
    return np_seen_has(&file->seen, mark_name(file, key));
}

np_code np_rows_file_check(const np_rows_file *file, np_bytes key, np_error *err)
{
    if (!np_rows_file_has(file, key)) {
        return NP_OK;
    }
    np_error_set(err, NP_EPOLICY, "%s: has a row of %.*s already", file->path, (int)key.len,
                 (const char *)key.data);
    return np_error_hint(err, NP_EPOLICY, "add --replace to take that row out");
}

bool np_rows_file_has_key(const np_rows_file *file, np_bytes key, const uint8_t point[static 64])
{
    return np_seen_has(&file->seen, mark_key_of(file, key, point));
}

np_code np_rows_file_check_key(const np_rows_file *file, np_bytes key,
                               const uint8_t point[static 64], np_error *err)
{
    if (np_seen_has(&file->seen, np_seen_mark(MARK_KEY, np_bytes_of(point, 64))) &&
        !np_seen_has(&file->seen, mark_key_of(file, key, point))) {
        return np_error_set(err, NP_EPOLICY, "%s: has the key of %.*s for another device",
                            file->path, (int)key.len, (const char *)key.data);
    }
    return NP_OK;
}

typedef struct np_rows_change {
    np_bytes key;
    np_bytes row;
} np_rows_change;

static bool is_full(const np_rows_file *file, size_t rows)
{
    return file->form->rows_max > 0 && rows >= file->form->rows_max;
}

/* All rows but those of this device, into the same bytes; returns their number. */
static size_t take_out(const np_rows_file *file, np_bytes key, cloud_text *text)
{
    size_t kept = 0;
    size_t count = 0;
    uint64_t mark = mark_name(file, key);
    np_csv_row row;
    np_reader reader = np_reader_of(np_bytes_of(text->data, text->len));
    while (np_csv_next(&reader, &row) == NP_CSV_ROW) {
        uint8_t name[NAME_MAX_SIZE];
        np_writer writer = np_writer_of(name, sizeof(name));
        np_csv_write_text(&writer, row.fields[file->form->key]);
        if (mark_name(file, np_writer_bytes(&writer)) != mark) {
            memmove(text->data + kept, row.whole.data, row.whole.len);
            kept += row.whole.len;
            count++;
        }
    }
    text->len = kept;
    return count;
}

static bool add_text(cloud_text *text, np_bytes row)
{
    bool lacks_end = text->len > 0 && text->data[text->len - 1] != '\n';
    uint8_t *larger = realloc(text->data, text->len + row.len + 2);
    if (larger == NULL) {
        return false;
    }
    text->data = larger;
    if (lacks_end) {
        text->data[text->len++] = '\n';
    }
    memcpy(text->data + text->len, row.data, row.len);
    text->len += row.len;
    return true;
}

/* Takes the device's rows out of one file; the new row goes into the last one, if it has room. */
static np_code rewrite_part(np_rows_file *file, size_t part, const np_rows_change *change,
                            bool *ret_is_added, np_error *err)
{
    char path[PATH_MAX];
    NP_CLEANUP(cloud_text_clear) cloud_text text = {0};
    bool is_last = part == file->parts;
    NP_TRY(name_part(file, part, path, err));
    NP_TRY(cloud_text_load(path, &text, err));
    size_t before = is_last ? file->last_len : text.len;
    text.len = before;
    size_t rows = take_out(file, change->key, &text);
    *ret_is_added = is_last && !is_full(file, rows);
    if (!*ret_is_added && text.len == before) {
        return NP_OK;
    }
    if (*ret_is_added && !add_text(&text, change->row)) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for %s", path);
    }
    NP_TRY(np_file_replace(path, 0666, np_bytes_of(text.data, text.len), err));
    if (is_last) {
        file->last_count = rows;
        file->last_len = text.len;
        file->torn = 0;
        file->lacks_end = false;
    }
    return NP_OK;
}

static np_code append(np_rows_file *file, np_bytes row, np_error *err)
{
    char path[PATH_MAX];
    if (file->parts == 0 || is_full(file, file->last_count)) {
        file->parts++;
        file->last_count = file->last_len = 0;
        file->lacks_end = false;
    }
    NP_TRY(name_part(file, file->parts, path, err));
    if (file->lacks_end) {
        NP_TRY(cloud_text_append(path, file->last_len, np_bytes_text("\n"), err));
        file->last_len++;
        file->lacks_end = false;
    }
    NP_TRY(cloud_text_append(path, file->last_len, row, err));
    file->last_len += row.len;
    file->torn = 0;
    return NP_OK;
}

static np_code check_row(const np_rows_file *file, np_bytes row, np_csv_row *ret, np_error *err)
{
    np_reader reader = np_reader_of(row);
    if (np_csv_next(&reader, ret) != NP_CSV_ROW || !fits(file->form, ret) || !ret->has_end ||
        !np_reader_is_done(&reader)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s: what shall be added is not %s", file->path,
                            file->form->what);
    }
    return NP_OK;
}

/* In one file the old row becomes the new one at once; a run that is killed between two files
 * leaves the device without a row, and is run again. */
np_code np_rows_file_put(np_rows_file *file, np_bytes key, np_bytes row, bool replaces,
                         np_error *err)
{
    np_csv_row parsed;
    const np_rows_change change = {key, row};
    bool is_added = false;
    NP_TRY(check_row(file, row, &parsed, err));
    if (!replaces) {
        NP_TRY(np_rows_file_check(file, key, err));
    }
    bool is_there = np_rows_file_has(file, key);
    for (size_t part = 1; is_there && part <= file->parts; part++) {
        NP_TRY(rewrite_part(file, part, &change, &is_added, err));
    }
    if (!is_added) {
        NP_TRY(append(file, row, err));
    }
    return learn_row(file, &parsed, err);
}

void np_rows_file_free(np_rows_file *file)
{
    if (file == NULL) {
        return;
    }
    if (file->lock >= 0) {
        lock_file_release(file->path, file->lock);
    }
    np_seen_clear(&file->seen);
    free(file);
}
