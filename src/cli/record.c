/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/record.h"

#include "base/wipe.h"
#include <inttypes.h>
#include <stdio.h>

np_code cli_record_open(const cli_arguments *arguments, cli_record *ret, np_error *err)
{
    *ret = (cli_record){.path = arguments->target, .has_key = arguments->key != NULL};
    if (ret->has_key) {
        NP_TRY(np_key_file_load_public(arguments->key, ret->station_key, err));
    }
    return np_record_file_open(&ret->file, ret->path, &ret->storage, err);
}

void cli_record_close(cli_record *record)
{
    np_record_file_close(&record->file);
}

np_code cli_record_read(const cli_record *record, cli_record_visit visit, void *self,
                        np_record_report *report, np_error *err)
{
    const np_record_reading reading = {
        .storage = &record->storage,
        .station_key = record->has_key ? record->station_key : NULL,
        .visit = visit,
        .self = self,
    };
    np_code code = np_record_read(&reading, report, err);
    /* The storage's own errors name the file already. */
    return code == NP_OK || np_error_class(code) == NP_CLASS_STATION
               ? code
               : np_error_prefix(err, code, "%s", record->path);
}

np_code cli_record_check(const cli_record *record, np_record_report *report, np_error *err)
{
    NP_TRY(cli_record_read(record, NULL, NULL, report, err));
    if (report->is_torn) {
        cli_note("%s: the last line is not complete", record->path);
    }
    if (report->chain.tree.count > 0) {
        cli_note("%s: no trailer signs the last %zu units yet", record->path,
                 (size_t)report->chain.tree.count);
    }
    return NP_OK;
}

typedef struct serial_search {
    np_bytes wanted;
    uint64_t found; /* 0, which is the header's: not yet */
} serial_search;

static np_code match_serial(void *self, const np_record_line *line,
                            const np_record_trailer *trailer, np_error *err)
{
    (void)trailer;
    (void)err;
    serial_search *search = self;
    if (line->kind == NP_RECORD_UNIT && np_record_line_says(line, "serial", search->wanted)) {
        search->found = line->seq;
    }
    return NP_OK;
}

np_code cli_record_find_serial(const cli_record *record, const char *serial, uint64_t *ret_seq,
                               np_error *err)
{
    np_record_report report = {0};
    serial_search search = {.wanted = np_bytes_text(serial)};
    NP_TRY(cli_record_read(record, match_serial, &search, &report, err));
    *ret_seq = search.found;
    return search.found > 0 ? NP_OK
                            : np_error_set(err, NP_EINPUT_MISSING, "%s: no unit has the serial %s",
                                           record->path, serial);
}

void cli_put_count(cli_output *output, const char *key, const char *label, uint64_t count)
{
    if (output->is_json) {
        cli_put_json(output, key, json_integer((json_int_t)count));
        return;
    }
    cli_print(output, "%s: %" PRIu64, label, count);
}

json_t *cli_json_line(const np_record_line *line)
{
    return json_loadb((const char *)line->text.data, line->text.len, JSON_ALLOW_NUL, NULL);
}
