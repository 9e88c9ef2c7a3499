/* SPDX-License-Identifier: Apache-2.0 */
/* What `registry export` writes. */
#include "base/civil.h"
#include "cli/registry/fleet_json.h"
#include "record/json.h"
#include <errno.h>
#include <stdlib.h>

void cli_fleet_writer_clear(cli_fleet_writer *writer)
{
    free(writer->line);
    writer->line = NULL;
}

static void write_text(np_writer *writer, const char *name, np_bytes text)
{
    record_json_write_name(writer, name);
    record_json_write_text(writer, text);
}

static void write_given_time(np_writer *writer, const char *name, int64_t seconds)
{
    char text[NP_TIME_TEXT_SIZE];
    np_format_time(seconds, text);
    write_text(writer, name, np_bytes_text(text));
}

static void write_time(np_writer *writer, const char *name, int64_t seconds)
{
    if (seconds != 0) {
        write_given_time(writer, name, seconds);
    }
}

static void write_flag(np_writer *writer, const char *name, bool value)
{
    record_json_write_name(writer, name);
    np_write_text(writer, value ? "true" : "false");
}

static void write_hex(np_writer *writer, const char *name, np_bytes bytes)
{
    record_json_write_name(writer, name);
    record_json_write_hex(writer, bytes);
}

static void write_base64(np_writer *writer, const char *name, np_bytes bytes)
{
    record_json_write_name(writer, name);
    record_json_write_base64(writer, bytes);
}

static void begin_line(np_writer *writer, const char *kind)
{
    np_write_text(writer, "{\"kind\":");
    record_json_write_text(writer, np_bytes_text(kind));
}

/* A line is measured, then written; it has the brace and the line feed still to come. */
typedef void (*write_line)(np_writer *writer, const void *self);

static np_code put_line(cli_fleet_writer *to, write_line write, const void *self, np_error *err)
{
    np_writer writer = np_writer_of(to->line, to->line == NULL ? 0 : to->size);
    write(&writer, self);
    np_write_text(&writer, "}\n");
    if (to->line == NULL || writer.len > to->size) {
        free(to->line);
        to->size = 2 * writer.len;
        to->line = malloc(to->size);
        if (to->line == NULL) {
            return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a line");
        }
        return put_line(to, write, self, err);
    }
    if (fwrite(to->line, 1, writer.len, to->file) == writer.len) {
        return NP_OK;
    }
    return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: cannot be written: %s", to->path,
                            strerror(errno));
}

static void write_header(np_writer *writer, const void *self)
{
    (void)self;
    begin_line(writer, "registry");
    record_json_write_name(writer, "version");
    record_json_write_number(writer, CLI_FLEET_VERSION);
}

np_code cli_fleet_write_header(cli_fleet_writer *writer, np_error *err)
{
    return put_line(writer, write_header, NULL, err);
}

typedef struct thing {
    const np_transfer_kind *kind;
    const np_transfer_value *values;
} thing;

static void write_value(np_writer *writer, const np_transfer_column *column,
                        const np_transfer_value *value)
{
    switch (column->form) {
    case NP_TRANSFER_TEXT:
    case NP_TRANSFER_ORG:
        write_text(writer, column->name, value->bytes);
        break;
    case NP_TRANSFER_JSON:
        record_json_write_name(writer, column->name);
        np_write_bytes(writer, value->bytes);
        break;
    case NP_TRANSFER_HEX:
    case NP_TRANSFER_DIGEST:
        write_hex(writer, column->name, value->bytes);
        break;
    case NP_TRANSFER_BASE64:
    case NP_TRANSFER_KEY:
        write_base64(writer, column->name, value->bytes);
        break;
    case NP_TRANSFER_NUMBER:
        record_json_write_name(writer, column->name);
        record_json_write_number(writer, (uint64_t)value->number);
        break;
    case NP_TRANSFER_FLAG:
        write_flag(writer, column->name, value->number != 0);
        break;
    case NP_TRANSFER_TIME:
        write_given_time(writer, column->name, value->number);
        break;
    case NP_TRANSFER_NAME:
        write_text(writer, column->name, np_bytes_text(column->name_of((unsigned)value->number)));
        break;
    }
}

static void write_thing(np_writer *writer, const void *self)
{
    const thing *one = self;
    begin_line(writer, one->kind->name);
    for (size_t i = 0; i < one->kind->count; i++) {
        if (one->values[i].is_given) {
            write_value(writer, &one->kind->columns[i], &one->values[i]);
        }
    }
}

np_code cli_fleet_write_thing(cli_fleet_writer *writer, const np_transfer_kind *kind,
                              const np_transfer_value *values, np_error *err)
{
    const thing one = {kind, values};
    writer->things++;
    return put_line(writer, write_thing, &one, err);
}

static void write_certificate(np_writer *writer, const np_import_certificate *certificate)
{
    np_write_u8(writer, '{');
    write_time(writer, "added_at", certificate->added_at);
    write_flag(writer, "blocked", certificate->is_blocked);
    if (certificate->has_authority) {
        write_hex(writer, "ca", NP_BYTES(certificate->authority));
    }
    write_base64(writer, "certificate", certificate->der);
    write_text(writer, "pin", np_bytes_text(np_pin_name(certificate->pin)));
    np_write_u8(writer, '}');
}

static void write_key(np_writer *writer, const np_import_row *row, const np_import_key *key)
{
    bool has_one = false;
    np_write_u8(writer, '{');
    write_flag(writer, "blocked", key->is_blocked);
    record_json_write_name(writer, "certificates");
    np_write_u8(writer, '[');
    for (size_t i = 0; i < row->certificate_count; i++) {
        const np_import_certificate *certificate = &row->certificates[i];
        if (memcmp(certificate->key_sha256, key->sha256, sizeof(key->sha256)) == 0) {
            np_write_text(writer, has_one ? "," : "");
            write_certificate(writer, certificate);
            has_one = true;
        }
    }
    np_write_u8(writer, ']');
    write_hex(writer, "sha256", NP_BYTES(key->sha256));
    np_write_u8(writer, '}');
}

static void write_device(np_writer *writer, const void *self)
{
    const np_import_row *row = self;
    begin_line(writer, "device");
    write_text(writer, "org", row->org);
    write_text(writer, "identifier", row->identifier);
    write_text(writer, "product", row->product);
    record_json_write_name(writer, "tags");
    np_write_bytes(writer, row->tags);
    write_text(writer, "description", row->description);
    write_text(writer, "state", np_bytes_text(np_device_state_name(row->state)));
    write_time(writer, "rekey_until", row->rekey_until);
    write_time(writer, "first_seen", row->first_seen);
    write_time(writer, "last_seen", row->last_seen);
    write_time(writer, "added_at", row->added_at);
    record_json_write_name(writer, "keys");
    np_write_u8(writer, '[');
    for (size_t i = 0; i < row->key_count; i++) {
        np_write_text(writer, i > 0 ? "," : "");
        write_key(writer, row, &row->keys[i]);
    }
    np_write_u8(writer, ']');
}

np_code cli_fleet_write_device(cli_fleet_writer *writer, const np_import_row *row, np_error *err)
{
    writer->devices++;
    return put_line(writer, write_device, row, err);
}

static void write_end(np_writer *writer, const void *self)
{
    const cli_fleet_writer *to = self;
    begin_line(writer, "end");
    record_json_write_name(writer, "devices");
    record_json_write_number(writer, to->devices);
}

np_code cli_fleet_write_end(cli_fleet_writer *writer, np_error *err)
{
    return put_line(writer, write_end, writer, err);
}
