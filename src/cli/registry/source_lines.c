/* SPDX-License-Identifier: Apache-2.0 */
/* Lines of JSON: units of anybody, or an export of a registry. */
#include "base/wipe.h"
#include "cli/registry/source.h"
#include <errno.h>
#include <stdlib.h>

enum { LINE_MAX_SIZE = 1 << 24 /* a device with thousands of certificates */ };

void cli_source_close(cli_source *source)
{
    if (source->file != NULL) {
        fclose(source->file);
    }
    source->file = NULL;
}

void cli_source_line_clear(cli_source_line *line)
{
    free(line->text);
}

np_code cli_source_next_line(cli_source *source, cli_source_line *line, np_bytes *ret,
                             bool *ret_is_end, np_error *err)
{
    errno = 0;
    ssize_t count = getline(&line->text, &line->size, source->file);
    *ret_is_end = count < 0;
    if (count < 0 && (ferror(source->file) || errno == ENOMEM)) {
        return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: cannot be read: %s", source->path,
                                strerror(errno));
    }
    *ret = np_bytes_of(line->text, count < 0 ? 0 : (size_t)count);
    source->taken += ret->len;
    return ret->len <= LINE_MAX_SIZE
               ? NP_OK
               : np_error_set(err, NP_EINPUT_FORMAT, "%s: a line is too long", source->path);
}

static bool is_blank(np_bytes line)
{
    return line.len == 0 || line.data[0] == '\n' || line.data[0] == '\r';
}

json_t *cli_source_parse(np_bytes line)
{
    return json_loadb((const char *)line.data, line.len, JSON_REJECT_DUPLICATES, NULL);
}

static void free_json(json_t **value)
{
    json_decref(*value);
}

/* Tags are put back into text. */
np_code cli_source_take_unit(const cli_source_taker *taker, uint64_t number, const json_t *object,
                             np_error *err)
{
    cli_unit unit = {.number = number};
    char *tags = NULL;
    const char *name;
    const json_t *value;
    json_object_foreach((json_t *)(uintptr_t)object, name, value)
    {
        cli_unit_field field = cli_unit_field_of(np_bytes_text(name));
        if (field == CLI_UNIT_FIELD_COUNT || unit.fields[field].len > 0) {
            continue;
        }
        if (field == CLI_UNIT_TAGS && json_is_array(value)) {
            tags = json_dumps(value, JSON_COMPACT);
            unit.fields[field] = np_bytes_text(tags == NULL ? "" : tags);
        } else if (json_is_string(value)) {
            unit.fields[field] = np_bytes_of(json_string_value(value), json_string_length(value));
        }
    }
    np_code code = json_is_object(object)
                       ? taker->unit(taker->self, &unit, err)
                       : taker->fault(taker->self, number, "the line is no JSON object", err);
    free(tags);
    return code;
}

np_code cli_source_read_lines(cli_source *source, const cli_source_taker *taker, np_error *err)
{
    NP_CLEANUP(cli_source_line_clear) cli_source_line line = {0};
    np_bytes text = {NULL, 0};
    bool is_end;
    for (uint64_t number = 1;; number++) {
        NP_TRY(cli_source_next_line(source, &line, &text, &is_end, err));
        if (is_end) {
            return NP_OK;
        }
        if (is_blank(text) || (source->form == CLI_SOURCE_EXPORT && number == 1)) {
            continue;
        }
        NP_CLEANUP(free_json) json_t *object = cli_source_parse(text);
        if (source->form == CLI_SOURCE_EXPORT && object != NULL) {
            NP_TRY(taker->line(taker->self, number, object, err));
        } else {
            NP_TRY(cli_source_take_unit(taker, number, object, err));
        }
    }
}
