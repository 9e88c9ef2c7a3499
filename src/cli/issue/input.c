/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/issue/input.h"

#include "base/utf8.h"
#include "cli/file.h"
#include "x509/der.h"
#include "x509/name.h"
#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char request_begin[] = "-----BEGIN CERTIFICATE REQUEST-----";
static const char request_end[] = "-----END CERTIFICATE REQUEST-----";

static np_code io_error(const char *path, np_error *err)
{
    int number = errno;
    return np_error_set_sub(err, number == ENOENT ? NP_EINPUT_MISSING : NP_ESTATION_IO, number,
                            "%s: cannot be read: %s", path, strerror(number));
}

void cli_issue_input_close(cli_issue_input *input)
{
    if (input->file != NULL) {
        fclose(input->file);
    }
    for (size_t i = 0; i < input->name_count; i++) {
        free(input->names[i]);
    }
    free(input->names);
    free(input->line);
    free(input->header);
    *input = (cli_issue_input){0};
}

/* The next line without its end; false at the end of the file. */
static np_code take_line(cli_issue_input *input, np_bytes *ret, bool *ret_is_end, np_error *err)
{
    errno = 0;
    ssize_t count = getline(&input->line, &input->line_size, input->file);
    *ret_is_end = count < 0;
    if (count < 0 && (ferror(input->file) || errno == ENOMEM)) {
        return io_error(input->path, err);
    }
    size_t len = count < 0 ? 0 : (size_t)count;
    input->taken += len;
    while (len > 0 && (input->line[len - 1] == '\n' || input->line[len - 1] == '\r')) {
        len--;
    }
    *ret = np_bytes_of(input->line, len);
    input->line_number++;
    return NP_OK;
}

/*
 * Takes a field of a CSV row, in place: quotes are taken away, doubled ones halved. False when a
 * quoted field does not end, or has something behind its end.
 */
static bool take_field(char **at, char separator, np_bytes *ret)
{
    const char ends[] = {separator, '\0'};
    char *from = *at;
    char *to = *at;
    if (*from != '"') {
        size_t len = strcspn(from, ends);
        *ret = np_bytes_of(from, len);
        *at = from + len;
        return true;
    }
    for (from++; *from != '\0'; from++) {
        if (*from == '"' && *++from != '"') {
            *ret = np_bytes_of(*at, (size_t)(to - *at));
            *at = from;
            return *from == separator || *from == '\0';
        }
        *to++ = *from;
    }
    return false;
}

typedef struct csv_row {
    np_bytes fields[CLI_ISSUE_COLUMNS_MAX];
    size_t count;
} csv_row;

static bool split_row(char *line, char separator, csv_row *ret)
{
    char *at = line;
    for (ret->count = 0; ret->count < CLI_ISSUE_COLUMNS_MAX; at++) {
        if (!take_field(&at, separator, &ret->fields[ret->count++])) {
            return false;
        }
        if (*at == '\0') {
            return true;
        }
    }
    return false;
}

/* strlen(line) is the row only when no NUL is in it. */
static bool is_text_line(np_bytes line)
{
    return memchr(line.data, '\0', line.len) == NULL && np_is_utf8(line);
}

np_code cli_issue_take_row(cli_issue_input *input, np_bytes *ret, bool *ret_is_end, np_error *err)
{
    do {
        NP_TRY(take_line(input, ret, ret_is_end, err));
    } while (!*ret_is_end && ret->len == 0);
    return NP_OK;
}

static np_code next_of_csv(cli_issue_input *input, np_issue_unit *ret, bool *ret_is_end,
                           np_error *err)
{
    np_bytes line = {NULL, 0};
    csv_row row;
    NP_TRY(cli_issue_take_row(input, &line, ret_is_end, err));
    if (*ret_is_end) {
        return NP_OK;
    }
    cli_issue_row_begin(input, ret);
    bool is_text = is_text_line(line);
    input->line[line.len] = '\0';
    if (!is_text || !split_row(input->line, input->separator, &row)) {
        np_issue_refuse(ret, "the line is no CSV row in UTF-8");
    } else if (row.count != input->column_count) {
        np_issue_refuse(ret, "the row has %zu fields, the header %zu", row.count,
                        input->column_count);
    }
    for (size_t i = 0; i < input->column_count && !ret->is_refused; i++) {
        if (input->columns[i].put != NULL) {
            cli_issue_row_put(input, &input->columns[i], row.fields[i]);
        }
    }
    cli_issue_row_end(input);
    return NP_OK;
}

/* Keeps each name once. */
static void ignore_column(cli_issue_input *input, np_bytes name)
{
    size_t len = name.len < CLI_ISSUE_NAME_MAX ? name.len : CLI_ISSUE_NAME_MAX;
    for (size_t i = 0; i < input->ignored_count; i++) {
        if (np_bytes_equal(np_bytes_text(input->ignored[i]), np_bytes_of(name.data, len))) {
            return;
        }
    }
    if (input->ignored_count < CLI_ISSUE_IGNORED_MAX && len > 0) {
        memcpy(input->ignored[input->ignored_count++], name.data, len);
    }
}

static void put_member(cli_issue_input *input, const char *name, const json_t *value)
{
    np_issue_unit *unit = input->row.unit;
    cli_issue_column column = {.name = np_bytes_text(name),
                               .put = cli_issue_put_of(np_bytes_text(name))};
    if (column.put == NULL) {
        ignore_column(input, column.name);
    } else if (!json_is_string(value)) {
        np_issue_refuse(unit, "member '%.*s' is no string", CLI_ISSUE_NAME_MAX, name);
    } else {
        cli_issue_row_put(input, &column,
                          np_bytes_of(json_string_value(value), json_string_length(value)));
    }
}

static void free_json(json_t **value)
{
    json_decref(*value);
}

static np_code next_of_ndjson(cli_issue_input *input, np_issue_unit *ret, bool *ret_is_end,
                              np_error *err)
{
    np_bytes line = {NULL, 0};
    NP_TRY(cli_issue_take_row(input, &line, ret_is_end, err));
    if (*ret_is_end) {
        return NP_OK;
    }
    NP_CLEANUP(free_json)
    json_t *object = json_loadb((const char *)line.data, line.len, JSON_REJECT_DUPLICATES, NULL);
    cli_issue_row_begin(input, ret);
    if (!json_is_object(object)) {
        np_issue_refuse(ret, "the line is no JSON object");
        return NP_OK;
    }
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value)
    {
        put_member(input, name, value);
    }
    cli_issue_row_end(input);
    return NP_OK;
}

/* One block into pem; text between blocks is passed over. *ret_len 0: there is no block any more.
 */
static np_code take_block(cli_issue_input *input, char *pem, size_t size, size_t *ret_len,
                          np_error *err)
{
    np_bytes line;
    bool is_end = false;
    bool is_inside = false;
    for (*ret_len = 0;;) {
        NP_TRY(take_line(input, &line, &is_end, err));
        if (is_end) {
            return NP_OK;
        }
        bool is_begin = np_bytes_equal(line, np_bytes_text(request_begin));
        *ret_len = is_begin ? 0 : *ret_len;
        is_inside = is_inside || is_begin;
        if (is_inside && *ret_len + line.len + 1 < size) {
            memcpy(pem + *ret_len, line.data, line.len);
            pem[*ret_len + line.len] = '\n';
            *ret_len += line.len + 1;
        }
        if (is_inside && np_bytes_equal(line, np_bytes_text(request_end))) {
            return NP_OK;
        }
    }
}

/* A block that is too long for this loses its end, and is refused for that. */
enum { REQUEST_PEM_MAX = NP_CSR_MAX * 3 / 2 };

static np_code next_of_bundle(cli_issue_input *input, np_issue_unit *ret, bool *ret_is_end,
                              np_error *err)
{
    char pem[REQUEST_PEM_MAX];
    size_t len = 0;
    NP_TRY(take_block(input, pem, sizeof(pem), &len, err));
    *ret_is_end = len == 0;
    if (!*ret_is_end) {
        cli_issue_row_take_request(input, ret, np_bytes_of(pem, len));
    }
    return NP_OK;
}

/* The number of the file in the folder's order is its line. */
static np_code next_of_folder(cli_issue_input *input, np_issue_unit *ret, bool *ret_is_end,
                              np_error *err)
{
    char path[PATH_MAX];
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    *ret_is_end = input->name_next == input->name_count;
    if (*ret_is_end) {
        return NP_OK;
    }
    snprintf(path, sizeof(path), "%s/%s", input->path, input->names[input->name_next++]);
    input->line_number++;
    NP_TRY(cli_file_load(path, &file, err));
    cli_issue_row_take_request(input, ret, cli_file_bytes(&file));
    return NP_OK;
}

static bool is_request_name(const char *name)
{
    static const char *const endings[] = {".csr", ".der", ".pem"};
    size_t len = strlen(name);
    for (size_t i = 0; i < NP_COUNT_OF(endings); i++) {
        if (name[0] != '.' && len > 4 && strcmp(name + len - 4, endings[i]) == 0) {
            return true;
        }
    }
    return false;
}

static int is_request_entry(const struct dirent *entry)
{
    return is_request_name(entry->d_name) ? 1 : 0;
}

static np_code open_folder(cli_issue_input *input, np_error *err)
{
    struct dirent **entries = NULL;
    int count = scandir(input->path, &entries, is_request_entry, alphasort);
    if (count < 0) {
        return io_error(input->path, err);
    }
    input->names = calloc((size_t)count + 1, sizeof(*input->names));
    for (int i = 0; i < count; i++) {
        char *name = input->names == NULL ? NULL : strdup(entries[i]->d_name);
        input->name_count += name != NULL;
        if (name != NULL) {
            input->names[i] = name;
        }
        free(entries[i]);
    }
    free(entries);
    if (input->names == NULL || input->name_count != (size_t)count) {
        return np_error_set(err, NP_ESTATION_MEMORY, "%s: no memory for its names", input->path);
    }
    if (count == 0) {
        return np_error_set(err, NP_EINPUT_MISSING, "%s: has no files named *.csr, *.der or *.pem",
                            input->path);
    }
    input->next = next_of_folder;
    return NP_OK;
}

static bool has_column(const cli_issue_input *input, cli_issue_put put)
{
    for (size_t i = 0; i < input->column_count; i++) {
        if (input->columns[i].put == put) {
            return true;
        }
    }
    return false;
}

static np_code add_column(cli_issue_input *input, np_bytes name, np_error *err)
{
    static const char *const once[] = {"serial", "public_key", "chip_serial"};
    cli_issue_put put = cli_issue_put_of(name);
    for (size_t i = 0; i < NP_COUNT_OF(once); i++) {
        if (put == cli_issue_put_of(np_bytes_text(once[i])) && has_column(input, put)) {
            return np_error_set(err, NP_EINPUT_FORMAT, "%s: two columns are the %s", input->path,
                                once[i]);
        }
    }
    if (put == NULL) {
        ignore_column(input, name);
    }
    input->columns[input->column_count++] = (cli_issue_column){.name = name, .put = put};
    return NP_OK;
}

static char *skip_byte_order_mark(char *line)
{
    static const char mark[] = "\xef\xbb\xbf"; /* as spreadsheets write it */
    return strncmp(line, mark, sizeof(mark) - 1) == 0 ? line + sizeof(mark) - 1 : line;
}

/* The line stays as the header: what is read next is another. */
static np_code open_csv(cli_issue_input *input, np_bytes line, np_error *err)
{
    csv_row row;
    bool is_text = is_text_line(line);
    input->line[line.len] = '\0';
    input->header = input->line;
    input->line = NULL;
    input->line_size = 0;
    char *header = skip_byte_order_mark(input->header);
    input->separator = strchr(header, ';') != NULL && strchr(header, ',') == NULL ? ';' : ',';
    if (!is_text || !split_row(header, input->separator, &row)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s: its first line is no CSV header",
                            input->path);
    }
    for (size_t i = 0; i < row.count; i++) {
        NP_TRY(add_column(input, row.fields[i], err));
    }
    if (!has_column(input, cli_issue_put_of(np_bytes_text("serial"))) ||
        !has_column(input, cli_issue_put_of(np_bytes_text("public_key")))) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "%s: the header must name the columns serial and public_key",
                            input->path);
    }
    input->next = next_of_csv;
    return NP_OK;
}

/* A request in DER that has this header; 0: it has none that is long enough. */
static size_t request_size(np_bytes header)
{
    static const uint8_t one_byte[] = {NP_DER_SEQUENCE, 0x81};
    static const uint8_t two_bytes[] = {NP_DER_SEQUENCE, 0x82};
    if (header.len < 4) {
        return 0;
    }
    if (memcmp(header.data, one_byte, 2) == 0) {
        return 3U + header.data[2];
    }
    return memcmp(header.data, two_bytes, 2) == 0
               ? 4U + (size_t)(header.data[2] << 8 | header.data[3])
               : 0;
}

/*
 * What is in a request begins as a sequence, too. One raw point in 32,768 has the header of one,
 * and one of 256 of those goes on so.
 */
static bool begins_as_request(np_bytes bytes)
{
    size_t header = bytes.len > 1 && bytes.data[1] == 0x81 ? 3 : 4;
    return request_size(bytes) > 0 && bytes.len > header && bytes.data[header] == NP_DER_SEQUENCE;
}

/* One behind the other. What does not begin as a request takes all that follows with it. */
static np_code next_of_der(cli_issue_input *input, np_issue_unit *ret, bool *ret_is_end,
                           np_error *err)
{
    uint8_t der[NP_CSR_MAX + 1];
    size_t len = fread(der, 1, 4, input->file);
    size_t size = request_size(np_bytes_of(der, len));
    size_t wanted = size < sizeof(der) ? size : sizeof(der);
    *ret_is_end = len == 0 && !ferror(input->file);
    len += wanted > len ? fread(der + len, 1, wanted - len, input->file) : 0;
    if (ferror(input->file)) {
        return io_error(input->path, err);
    }
    input->line_number++;
    input->taken += len;
    if (*ret_is_end) {
        return NP_OK;
    }
    cli_issue_row_take_request(input, ret, np_bytes_of(der, len));
    if (size == 0 || size > sizeof(der)) {
        return fseek(input->file, 0, SEEK_END) == 0 ? NP_OK : io_error(input->path, err);
    }
    return NP_OK;
}

/* What is no text is told by its first bytes, and only looked for in a real file. */
static np_code open_binary(cli_issue_input *input, bool *ret_is_it, np_error *err)
{
    uint8_t beginning[NP_P256_POINT_SIZE];
    *ret_is_it = false;
    if (input->size == 0) {
        return NP_OK;
    }
    size_t len = fread(beginning, 1, sizeof(beginning), input->file);
    np_bytes bytes = np_bytes_of(beginning, len);
    bool is_request = begins_as_request(bytes);
    input->point_size = is_request ? 0 : cli_issue_point_size(bytes, input->size);
    *ret_is_it = is_request || input->point_size > 0;
    input->next = is_request ? next_of_der : cli_issue_next_of_points;
    return fseek(input->file, 0, SEEK_SET) == 0 ? NP_OK : io_error(input->path, err);
}

static np_code open_text(cli_issue_input *input, np_error *err)
{
    np_bytes line;
    bool is_end = false;
    NP_TRY(take_line(input, &line, &is_end, err));
    if (is_end) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s: is empty", input->path);
    }
    bool is_request = np_bytes_equal(line, np_bytes_text(request_begin));
    bool is_point = cli_issue_is_point_text(line);
    if (!is_request && !is_point && (line.len == 0 || line.data[0] != '{')) {
        return open_csv(input, line, err);
    }
    input->next = is_request ? next_of_bundle
                  : is_point ? cli_issue_next_of_point_lines
                             : next_of_ndjson;
    input->line_number = 0;
    input->taken = 0;
    return fseek(input->file, 0, SEEK_SET) == 0 ? NP_OK : io_error(input->path, err);
}

static np_code open_file(cli_issue_input *input, np_error *err)
{
    bool is_binary = false;
    input->file = fopen(input->path, "re");
    if (input->file == NULL) {
        return io_error(input->path, err);
    }
    NP_TRY(open_binary(input, &is_binary, err));
    return is_binary ? NP_OK : open_text(input, err);
}

static np_code take_subject(cli_issue_input *input, const char *subject, np_error *err)
{
    np_writer writer = np_writer_of(input->subject, sizeof(input->subject));
    if (subject == NULL) {
        return NP_OK;
    }
    if (input->profile->stored_as != NULL) {
        return np_error_set(err, NP_EUSAGE, "--subject: profile %s has nothing but the serial",
                            input->profile->name);
    }
    if (input->profile->copies_request_subject &&
        (input->next == next_of_bundle || input->next == next_of_der ||
         input->next == next_of_folder)) {
        return np_error_set(err, NP_EUSAGE,
                            "--subject: profile %s takes the subject from the request",
                            input->profile->name);
    }
    np_code code = np_name_write_text(&writer, subject, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "--subject");
    }
    input->subject_len = np_writer_bytes(&writer).len;
    return NP_OK;
}

np_code cli_issue_input_open(const char *path, const np_leaf_profile *profile, const char *subject,
                             cli_issue_input *ret, np_error *err)
{
    struct stat status;
    *ret = (cli_issue_input){.path = path, .profile = profile};
    bool is_there = stat(path, &status) == 0;
    bool is_folder = is_there && S_ISDIR(status.st_mode);
    ret->size = is_there && S_ISREG(status.st_mode) ? (uint64_t)status.st_size : 0;
    NP_TRY(is_folder ? open_folder(ret, err) : open_file(ret, err));
    return take_subject(ret, subject, err);
}

np_code cli_issue_input_next(void *self, np_issue_unit *ret, bool *ret_is_end, np_error *err)
{
    cli_issue_input *input = self;
    return input->next(input, ret, ret_is_end, err);
}

double cli_issue_input_share(const cli_issue_input *input)
{
    double all = input->file == NULL ? (double)input->name_count : (double)input->size;
    double done = input->file == NULL ? (double)input->name_next : (double)input->taken;
    return all <= done ? 1 : done / all;
}
