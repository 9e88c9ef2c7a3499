/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/issue/output.h"

#include "crypto/hash.h"
#include "record/json.h"
#include "x509/pem.h"
#include "x509/public_key.h"
#include <stdlib.h>
#include <string.h>

enum {
    BUFFER = 64 * 1024,              /* not tuned */
    LINE_MAX_BYTES = 2 * NP_LEAF_MAX /* base64 and a few short members */
};

/* The members have the names that the record gives them (doc/formats/record.md). */
static np_code write_line(const np_leaf_template *template, np_writer *writer,
                          const np_issue_unit *unit, np_error *err)
{
    (void)template;
    (void)err;
    uint8_t spki[NP_SPKI_SIZE];
    uint8_t digest[NP_SHA256_SIZE];
    np_bytes der = np_bytes_of(unit->der, unit->der_len);
    np_public_key_encode(unit->public_key, spki);
    np_sha256(der, digest);
    np_write_text(writer, "{\"cert\":");
    record_json_write_base64(writer, der);
    np_write_text(writer, ",\"cert_sha256\":");
    record_json_write_hex(writer, NP_BYTES(digest));
    np_write_text(writer, ",\"public_key\":");
    record_json_write_base64(writer, NP_BYTES(spki));
    np_write_text(writer, ",\"serial\":");
    record_json_write_text(writer, np_bytes_of(unit->serial, unit->serial_len));
    np_write_text(writer, "}\n");
    return NP_OK;
}

static np_code write_pem(const np_leaf_template *template, np_writer *writer,
                         const np_issue_unit *unit, np_error *err)
{
    (void)template;
    (void)err;
    np_pem_encode(writer, "CERTIFICATE", np_bytes_of(unit->der, unit->der_len));
    return NP_OK;
}

static np_code write_der(const np_leaf_template *template, np_writer *writer,
                         const np_issue_unit *unit, np_error *err)
{
    (void)template;
    (void)err;
    np_write_bytes(writer, np_bytes_of(unit->der, unit->der_len));
    return NP_OK;
}

static np_code write_compressed(const np_leaf_template *template, np_writer *writer,
                                const np_issue_unit *unit, np_error *err)
{
    uint8_t compressed[NP_COMPRESSED_SIZE];
    NP_TRY(np_issue_compress(template, unit, compressed, err));
    np_write_bytes(writer, NP_BYTES(compressed));
    return NP_OK;
}

static np_code write_reject(const np_leaf_template *template, np_writer *writer,
                            const np_issue_unit *unit, np_error *err)
{
    (void)template;
    (void)err;
    np_write_text(writer, "{\"line\":");
    record_json_write_number(writer, unit->line);
    np_write_text(writer, ",\"reason\":");
    record_json_write_text(writer, np_bytes_text(unit->reason));
    np_write_text(writer, ",\"serial\":");
    record_json_write_text(writer, np_bytes_of(unit->serial, unit->serial_len));
    np_write_text(writer, "}\n");
    return NP_OK;
}

typedef struct format_row {
    const char *name;
    cli_issue_format write;
    const char *ending; /* of files, when each certificate has one */
} format_row;

static const format_row formats[] = {
    {"ndjson", write_line, NULL},     {"pem", write_pem, NULL},
    {"der", write_der, NULL},         {"compressed", write_compressed, NULL},
    {"pem-files", write_pem, ".pem"}, {"der-files", write_der, ".der"},
};

static np_code exists_error(const cli_issue_file *file, const char *why, np_error *err)
{
    return np_error_set(err, NP_EINPUT_EXISTS, "%s: exists already%s", file->name, why);
}

static np_code compare(const cli_issue_file *file, np_error *err)
{
    uint8_t there[BUFFER];
    size_t count = 0;
    NP_TRY(file->storage->read(file->storage->self, file->offset, there, file->len, &count, err));
    return np_bytes_equal(np_bytes_of(there, count), np_bytes_of(file->buffer, file->len))
               ? NP_OK
               : exists_error(file, ", and is of another run", err);
}

static np_code flush(cli_issue_file *file, np_error *err)
{
    const np_record_storage *storage = file->storage;
    if (file->len == 0) {
        return NP_OK;
    }
    NP_TRY(file->is_compared ? compare(file, err)
                             : storage->write(storage->self, file->offset,
                                              np_bytes_of(file->buffer, file->len), err));
    file->offset += file->len;
    file->len = 0;
    return NP_OK;
}

static np_code open_file(cli_issue_file *file, np_error *err)
{
    if (file->buffer == NULL) {
        file->buffer = malloc(BUFFER);
    }
    if (file->buffer == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the output");
    }
    if (!file->has_name) {
        NP_TRY(file->storage->create(file->storage->self, err));
    }
    file->is_open = true;
    return NP_OK;
}

static np_code put(const cli_issue_output *output, cli_issue_file *file, cli_issue_format format,
                   const np_issue_unit *unit, np_error *err)
{
    if (!file->is_open) {
        NP_TRY(open_file(file, err));
    }
    if (BUFFER - file->len < LINE_MAX_BYTES) {
        NP_TRY(flush(file, err));
    }
    np_writer writer = np_writer_of(file->buffer + file->len, BUFFER - file->len);
    NP_TRY(format(output->template, &writer, unit, err));
    file->len += writer.len;
    return NP_OK;
}

static np_code put_certificate(cli_issue_output *output, const np_issue_unit *unit, np_error *err)
{
    uint8_t bytes[LINE_MAX_BYTES];
    np_writer writer = np_writer_of(bytes, sizeof(bytes));
    if (output->folder.path == NULL) {
        return put(output, &output->out, output->format, unit, err);
    }
    NP_TRY(output->format(output->template, &writer, unit, err));
    return cli_issue_folder_put(&output->folder, np_bytes_of(unit->serial, unit->serial_len),
                                np_writer_bytes(&writer), err);
}

static bool is_complete(const cli_issue_output *output)
{
    return output->folder.path == NULL ? output->out.is_compared : output->folder.is_compared;
}

/* Nothing is signed for an output that is complete. */
static np_code reserve(void *self, np_issue_group *group, np_error *err)
{
    const cli_issue_output *output = self;
    for (size_t i = 0; i < group->count && is_complete(output); i++) {
        if (!group->units[i].is_refused && !group->units[i].is_recorded) {
            return exists_error(&output->out, ", and this run would have more", err);
        }
    }
    return NP_OK;
}

static np_code confirm(void *self, const np_issue_group *group, np_error *err)
{
    cli_issue_output *output = self;
    for (size_t i = 0; i < group->count; i++) {
        const np_issue_unit *unit = &group->units[i];
        NP_TRY(unit->is_refused ? put(output, &output->rejects, write_reject, unit, err)
                                : put_certificate(output, unit, err));
    }
    NP_TRY(flush(&output->out, err));
    return flush(&output->rejects, err);
}

np_issue_part cli_issue_output_part(cli_issue_output *output)
{
    return (np_issue_part){.reserve = reserve, .confirm = confirm, .self = output};
}

static np_code choose_format(const char *name, const format_row **ret, np_error *err)
{
    *ret = NULL;
    for (size_t i = 0; i < NP_COUNT_OF(formats); i++) {
        bool is_it = strcmp(name == NULL ? formats[0].name : name, formats[i].name) == 0;
        *ret = is_it ? &formats[i] : *ret;
    }
    return *ret != NULL ? NP_OK
                        : np_error_set(err, NP_EUSAGE,
                                       "--out-format is ndjson, pem, der, compressed, pem-files "
                                       "or der-files, not '%s'",
                                       name);
}

/* Refused rows that are there are of this run when its output has no name yet. */
static np_code open_rejects(cli_issue_output *output, bool was_interrupted, np_error *err)
{
    cli_issue_file *rejects = &output->rejects;
    NP_TRY(rejects->storage->open(rejects->storage->self, &rejects->has_name, err));
    if (!rejects->has_name) {
        return NP_OK;
    }
    rejects->is_compared = is_complete(output);
    if (!rejects->is_compared && !was_interrupted) {
        return exists_error(rejects, "", err);
    }
    NP_TRY(rejects->is_compared ? NP_OK
                                : rejects->storage->truncate(rejects->storage->self, 0, err));
    return open_file(rejects, err);
}

static np_code open_certificates(cli_issue_file *out, bool may_exist, np_error *err)
{
    NP_TRY(out->storage->open(out->storage->self, &out->has_name, err));
    out->is_compared = out->has_name;
    return out->has_name && !may_exist ? exists_error(out, "", err) : NP_OK;
}

np_code cli_issue_output_open(const cli_issue_output_options *options, cli_issue_output *ret,
                              np_error *err)
{
    const format_row *format;
    NP_TRY(choose_format(options->format, &format, err));
    *ret =
        (cli_issue_output){.out = {.storage = options->out, .name = options->out_name},
                           .rejects = {.storage = options->rejects, .name = options->rejects_name},
                           .format = format->write,
                           .template = options->template};
    if (format->write == write_compressed && options->template->profile->stored_as == NULL) {
        return np_error_set(err, NP_EINPUT_STORABLE,
                            "no chip can store certificates of profile %s in 72 bytes",
                            options->template->profile->name);
    }
    NP_TRY(format->ending == NULL ? open_certificates(&ret->out, options->has_record, err)
                                  : cli_issue_folder_open(options->out_name, format->ending,
                                                          options->has_record, &ret->folder, err));
    NP_TRY(open_rejects(ret, options->was_interrupted, err));
    return format->ending == NULL ? open_file(&ret->out, err) : NP_OK;
}

static np_code check_end(const cli_issue_file *file, np_error *err)
{
    uint8_t more;
    size_t count = 0;
    NP_TRY(file->storage->read(file->storage->self, file->offset, &more, 1, &count, err));
    return count == 0 ? NP_OK : exists_error(file, ", and has more than this run", err);
}

/* What was compared may have got its name a moment before that run ended. */
static np_code name_file(cli_issue_file *file, np_error *err)
{
    const np_record_storage *storage = file->storage;
    if (file->is_compared) {
        NP_TRY(check_end(file, err));
    } else if (!file->has_name) {
        NP_TRY(storage->publish(storage->self, err));
        file->has_name = true;
    }
    return storage->sync_folder(storage->self, err);
}

/*
 * The certificates get their name last: as long as they have none, refused rows that have one are
 * known to be of a run that was interrupted.
 */
np_code cli_issue_output_finish(cli_issue_output *output, np_error *err)
{
    cli_issue_file *out = &output->out;
    cli_issue_file *rejects = &output->rejects;
    NP_TRY(flush(out, err));
    NP_TRY(flush(rejects, err));
    if (out->is_open) {
        NP_TRY(out->storage->sync(out->storage->self, err));
        NP_TRY(out->storage->sync_folder(out->storage->self, err));
    }
    if (rejects->is_open) {
        NP_TRY(rejects->storage->sync(rejects->storage->self, err));
        NP_TRY(name_file(rejects, err));
    }
    return out->is_open ? name_file(out, err) : cli_issue_folder_finish(&output->folder, err);
}

void cli_issue_output_clear(cli_issue_output *output)
{
    free(output->out.buffer);
    free(output->rejects.buffer);
    cli_issue_folder_close(&output->folder);
    *output = (cli_issue_output){.format = NULL};
}
