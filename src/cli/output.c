/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/output.h"

#include "base/text.h"
#include "base/wipe.h"
#include "crypto/hash.h"
#include "x509/certificate.h"
#include "x509/pem.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_MAX_SIZE = 1024 };

/* What a chip or a command line holds must not steer the terminal. */
static char make_safe(char character)
{
    unsigned char byte = (unsigned char)character;
    return byte < 0x20 || byte == 0x7f ? '?' : character;
}

static void print_safe(const char *text)
{
    for (; *text != '\0'; text++) {
        putchar(make_safe(*text));
    }
}

void cli_put_json(cli_output *output, const char *key, json_t *value)
{
    if (!output->is_json) {
        json_decref(value);
        return;
    }
    if (output->document == NULL) {
        output->document = json_object();
    }
    if (json_object_set_new(output->document, key, value) != 0) {
        output->has_failed = true;
    }
}

json_t *cli_json_text(const char *text)
{
    json_t *value = json_string(text);
    if (value != NULL) {
        return value;
    }
    /* Not UTF-8: keep what is ASCII. */
    char *copy = strdup(text);
    if (copy == NULL) {
        return NULL;
    }
    for (char *at = copy; *at != '\0'; at++) {
        *at = (unsigned char)*at < 0x80 ? *at : '?';
    }
    value = json_string(copy);
    free(copy);
    return value;
}

json_t *cli_json_slice(np_bytes text)
{
    return text.len == 0 ? json_string("") : json_stringn((const char *)text.data, text.len);
}

json_t *cli_json_hex(np_bytes bytes)
{
    char *text = malloc(2 * bytes.len + 1);
    if (text == NULL) {
        return NULL;
    }
    np_format_hex(bytes, text);
    json_t *value = json_string(text);
    free(text);
    return value;
}

void cli_put_text(cli_output *output, const char *key, const char *label, const char *text)
{
    if (output->is_json) {
        cli_put_json(output, key, cli_json_text(text));
        return;
    }
    printf("%s: ", label);
    print_safe(text);
    putchar('\n');
}

void cli_put_line(cli_output *output, const char *key, const char *text)
{
    if (output->is_json) {
        cli_put_json(output, key, cli_json_text(text));
        return;
    }
    print_safe(text);
    putchar('\n');
}

void cli_put_hex(cli_output *output, const char *key, const char *label, np_bytes bytes)
{
    if (output->is_json) {
        cli_put_json(output, key, cli_json_hex(bytes));
        return;
    }
    printf("%s: ", label);
    for (size_t i = 0; i < bytes.len; i++) {
        printf("%02x", bytes.data[i]);
    }
    putchar('\n');
}

void cli_put_flag(cli_output *output, const char *key, const char *label, bool value)
{
    if (output->is_json) {
        cli_put_json(output, key, json_boolean(value));
        return;
    }
    printf("%s: %s\n", label, value ? "yes" : "no");
}

void cli_put_fingerprint(cli_output *output, const char *key, const char *label, np_bytes der)
{
    uint8_t digest[NP_SHA256_SIZE];
    np_sha256(der, digest);
    cli_put_hex(output, key, label, NP_BYTES(digest));
}

void cli_put_pem(cli_output *output, const char *key, np_bytes der)
{
    cli_put_pem_block(output, key, "CERTIFICATE", der);
}

void cli_put_pem_block(cli_output *output, const char *key, const char *label, np_bytes der)
{
    np_writer measure = np_writer_of(NULL, 0);
    np_pem_encode(&measure, label, der);
    uint8_t *text = malloc(measure.len);
    if (text == NULL) {
        output->has_failed = true;
        return;
    }
    np_writer writer = np_writer_of(text, measure.len);
    np_pem_encode(&writer, label, der);
    if (output->is_json) {
        cli_put_json(output, key, json_stringn((const char *)text, writer.len));
    } else {
        fwrite(text, 1, writer.len, stdout);
    }
    free(text);
}

void cli_put_bytes(cli_output *output, const char *key, np_bytes bytes)
{
    if (output->is_json) {
        cli_put_json(output, key, cli_json_hex(bytes));
        return;
    }
    if (!isatty(STDOUT_FILENO)) {
        fwrite(bytes.data, 1, bytes.len, stdout);
        return;
    }
    for (size_t i = 0; i < bytes.len; i++) {
        printf("%02x", bytes.data[i]);
    }
    putchar('\n');
}

void cli_put_data(cli_output *output, const char *key, json_t *value)
{
    if (output->is_json) {
        cli_put_json(output, key, value);
        return;
    }
    if (json_dumpf(value, stdout, JSON_INDENT(2) | JSON_ENCODE_ANY) != 0) {
        output->has_failed = true;
    }
    putchar('\n');
    json_decref(value);
}

void cli_print(const cli_output *output, const char *format, ...)
{
    if (output->is_json) {
        return;
    }
    char line[LINE_MAX_SIZE];
    va_list list;
    va_start(list, format);
    vsnprintf(line, sizeof(line), format, list);
    va_end(list);
    print_safe(line);
    putchar('\n');
}

/* In one write, so that lines of several processes stay apart. */
static void note(const char *prefix, const char *text)
{
    char line[LINE_MAX_SIZE + 16];
    size_t len = (size_t)snprintf(line, sizeof(line) - 1, "%s%s", prefix, text);
    for (size_t i = 0; i < len; i++) {
        line[i] = make_safe(line[i]);
    }
    line[len] = '\n';
    (void)fwrite(line, 1, len + 1, stderr);
}

void cli_note(const char *format, ...)
{
    char text[LINE_MAX_SIZE];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    note("nameplate: ", text);
}

void cli_note_line(const char *format, ...)
{
    char text[LINE_MAX_SIZE];
    va_list list;
    va_start(list, format);
    vsnprintf(text, sizeof(text), format, list);
    va_end(list);
    note("", text);
}

static void show_error(cli_output *output, np_code code, const np_error *err)
{
    cli_note("%s", err->message);
    if (err->hint[0] != '\0') {
        cli_note("hint: %s", err->hint);
    }
    json_t *error = json_object();
    if (json_object_set_new(error, "code", json_string(np_code_name(code))) != 0 ||
        json_object_set_new(error, "message", cli_json_text(err->message)) != 0 ||
        json_object_set_new(error, "hint", cli_json_text(err->hint)) != 0) {
        output->has_failed = true;
    }
    cli_put_json(output, "error", error);
}

static bool write_document(cli_output *output)
{
    if (!output->is_json) {
        return true;
    }
    if (output->document == NULL) {
        output->document = json_object();
    }
    size_t form = output->is_lines ? JSON_COMPACT : JSON_INDENT(2);
    bool is_written = json_dumpf(output->document, stdout, form) == 0;
    putchar('\n');
    return is_written;
}

/* A stdout that takes nothing is reported at the end. */
void cli_output_flush(cli_output *output)
{
    (void)write_document(output);
    json_decref(output->document);
    output->document = NULL;
    fflush(stdout);
}

int cli_output_finish(cli_output *output, np_code code, const np_error *err)
{
    if (code != NP_OK) {
        show_error(output, code, err);
    }
    errno = 0;
    bool is_written = write_document(output);
    is_written = fflush(stdout) == 0 && !ferror(stdout) && is_written;
    int reason = errno;
    json_decref(output->document);
    if (output->has_failed) {
        cli_note("no memory for the output");
        return NP_CLASS_STATION;
    }
    if (!is_written) {
        cli_note("stdout: cannot be written: %s", strerror(reason));
        return code == NP_OK ? NP_CLASS_STATION : (int)np_error_class(code);
    }
    return (int)np_error_class(code);
}
