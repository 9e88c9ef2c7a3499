/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/issue_output.h"

#include "cli/file.h"
#include "crypto/hash.h"
#include "record/json.h"
#include "x509/pem.h"
#include "x509/public_key.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

enum {
    OUTPUT_MODE = 0644,              /* certificates are no secrets */
    LINE_MAX_BYTES = 2 * NP_LEAF_MAX /* base64 and a few short members */
};

/* The members have the names that the record gives them (doc/formats/record.md). */
static void write_line(np_writer *writer, const np_issue_unit *unit)
{
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
}

static void write_pem(np_writer *writer, const np_issue_unit *unit)
{
    np_pem_encode(writer, "CERTIFICATE", np_bytes_of(unit->der, unit->der_len));
}

static void write_der(np_writer *writer, const np_issue_unit *unit)
{
    np_write_bytes(writer, np_bytes_of(unit->der, unit->der_len));
}

typedef struct format_row {
    const char *name;
    void (*write)(np_writer *writer, const np_issue_unit *unit);
} format_row;

static const format_row formats[] = {
    {"ndjson", write_line}, {"pem", write_pem}, {"der", write_der}};

static np_code io_error(const char *path, np_error *err)
{
    int number = errno;
    return np_error_set_sub(err, NP_ESTATION_IO, number, "%s: cannot be written: %s", path,
                            strerror(number));
}

static np_code create(const char *path, FILE **ret, np_error *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, OUTPUT_MODE);
    if (fd < 0 && errno == EEXIST) {
        return cli_file_check_free(path, err);
    }
    *ret = fd < 0 ? NULL : fdopen(fd, "w");
    return *ret == NULL ? io_error(path, err) : NP_OK;
}

np_code cli_issue_output_open(const char *path, const char *rejects_path, const char *format,
                              cli_issue_output *ret, np_error *err)
{
    *ret = (cli_issue_output){.path = path, .rejects_path = rejects_path};
    for (size_t i = 0; i < NP_COUNT_OF(formats); i++) {
        bool is_it = strcmp(format == NULL ? formats[0].name : format, formats[i].name) == 0;
        ret->format = is_it ? formats[i].write : ret->format;
    }
    if (ret->format == NULL) {
        return np_error_set(err, NP_EUSAGE, "--out-format is ndjson, pem or der, not '%s'", format);
    }
    NP_TRY(cli_file_check_free(rejects_path, err));
    return create(path, &ret->file, err);
}

static np_code put_bytes(FILE *file, const char *path, np_bytes bytes, np_error *err)
{
    return fwrite(bytes.data, 1, bytes.len, file) == bytes.len ? NP_OK : io_error(path, err);
}

static np_code put_reject(cli_issue_output *output, const np_issue_unit *unit, np_error *err)
{
    uint8_t line[LINE_MAX_BYTES];
    np_writer writer = np_writer_of(line, sizeof(line));
    if (output->rejects == NULL) {
        NP_TRY(create(output->rejects_path, &output->rejects, err));
    }
    np_write_text(&writer, "{\"line\":");
    record_json_write_number(&writer, unit->line);
    np_write_text(&writer, ",\"reason\":");
    record_json_write_text(&writer, np_bytes_text(unit->reason));
    np_write_text(&writer, ",\"serial\":");
    record_json_write_text(&writer, np_bytes_of(unit->serial, unit->serial_len));
    np_write_text(&writer, "}\n");
    return put_bytes(output->rejects, output->rejects_path, np_writer_bytes(&writer), err);
}

np_code cli_issue_output_put(cli_issue_output *output, const np_issue_unit *unit, np_error *err)
{
    uint8_t bytes[LINE_MAX_BYTES];
    np_writer writer = np_writer_of(bytes, sizeof(bytes));
    if (unit->is_refused) {
        return put_reject(output, unit, err);
    }
    output->format(&writer, unit);
    return put_bytes(output->file, output->path, np_writer_bytes(&writer), err);
}

static np_code close_file(FILE **file, const char *path, np_error *err)
{
    if (*file == NULL) {
        return NP_OK;
    }
    FILE *closed = *file;
    *file = NULL;
    bool is_on_disk = fflush(closed) == 0 && fsync(fileno(closed)) == 0;
    bool is_closed = fclose(closed) == 0;
    return is_on_disk && is_closed ? NP_OK : io_error(path, err);
}

np_code cli_issue_output_finish(cli_issue_output *output, np_error *err)
{
    NP_TRY(close_file(&output->file, output->path, err));
    return close_file(&output->rejects, output->rejects_path, err);
}

void cli_issue_output_clear(cli_issue_output *output)
{
    (void)close_file(&output->file, output->path, NULL);
    (void)close_file(&output->rejects, output->rejects_path, NULL);
}
