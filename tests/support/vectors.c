/* SPDX-License-Identifier: Apache-2.0 */
#include "support/vectors.h"

#include <stdio.h>
#include <stdlib.h>

static _Noreturn void give_up(const char *what, const char *detail)
{
    fprintf(stderr, "vectors: %s: %s\n", what, detail);
    abort();
}

uint8_t *vector_load(const char *path, size_t *ret_len)
{
    char full[1024];
    snprintf(full, sizeof(full), "%s/%s", NP_TEST_VECTORS, path);
    FILE *file = fopen(full, "rb");
    if (file == NULL) {
        give_up("cannot open", full);
    }
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    uint8_t *bytes = malloc((size_t)size + 1);
    if (bytes == NULL || fread(bytes, 1, (size_t)size, file) != (size_t)size) {
        give_up("cannot read", full);
    }
    fclose(file);
    bytes[size] = '\0';
    *ret_len = (size_t)size;
    return bytes;
}

static int hex_digit(char digit)
{
    const char *digits = "0123456789abcdef";
    char lower = digit >= 'A' && digit <= 'F' ? (char)(digit + 32) : digit;
    const char *found = lower == '\0' ? NULL : strchr(digits, lower);
    return found == NULL ? -1 : (int)(found - digits);
}

size_t vector_hex_any(const char *text, uint8_t *ret, size_t size)
{
    size_t digits = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == ' ') {
            continue;
        }
        int value = hex_digit(*at);
        if (value < 0 || digits / 2 >= size) {
            give_up("no hex, or too long", text);
        }
        ret[digits / 2] = (uint8_t)(digits % 2 == 0 ? value << 4 : ret[digits / 2] | value);
        digits++;
    }
    if (digits % 2 != 0) {
        give_up("odd number of hex digits", text);
    }
    return digits / 2;
}

void vector_hex(const char *text, uint8_t *ret, size_t size)
{
    if (vector_hex_any(text, ret, size) != size) {
        give_up("hex of another length", text);
    }
}

void vector_csv_open(vector_csv *csv, const char *path)
{
    size_t len = 0;
    *csv = (vector_csv){.text = (char *)vector_load(path, &len)};
    csv->at = csv->text;
    if (!vector_csv_next(csv)) {
        give_up("empty", path);
    }
}

/* Takes one field in place; returns the character that ended it. */
static char take_field(vector_csv *csv)
{
    char *from = csv->at;
    char *to = csv->at;
    bool is_quoted = *from == '"';
    if (csv->field_count == VECTOR_FIELDS_MAX) {
        give_up("too many fields", from);
    }
    csv->fields[csv->field_count++] = to;
    if (is_quoted) {
        from++;
    }
    for (; *from != '\0'; from++) {
        if (is_quoted && *from == '"' && from[1] != '"') {
            from++;
            is_quoted = false;
            break;
        }
        if (!is_quoted && (*from == ',' || *from == '\n' || *from == '\r')) {
            break;
        }
        from += is_quoted && *from == '"' ? 1 : 0;
        *to++ = *from;
    }
    while (*from == '\r') {
        from++;
    }
    char end = *from;
    csv->at = end == '\0' ? from : from + 1;
    *to = '\0';
    return end;
}

bool vector_csv_next(vector_csv *csv)
{
    csv->field_count = 0;
    if (*csv->at == '\0') {
        return false;
    }
    while (take_field(csv) == ',') {
    }
    return true;
}

void vector_csv_close(vector_csv *csv)
{
    free(csv->text);
    *csv = (vector_csv){0};
}

void vector_words_open(vector_csv *words, const char *path)
{
    size_t len = 0;
    *words = (vector_csv){.text = (char *)vector_load(path, &len)};
    words->at = words->text;
}

bool vector_words_next(vector_csv *words)
{
    while (*words->at != '\0') {
        char *line = words->at;
        size_t length = strcspn(line, "\n");
        words->at = line + length + (line[length] == '\n' ? 1 : 0);
        line[length] = '\0';
        if (line[0] == '#') {
            continue;
        }
        words->field_count = 0;
        char *rest = NULL;
        for (char *word = strtok_r(line, " \t\r", &rest); word != NULL;
             word = strtok_r(NULL, " \t\r", &rest)) {
            if (words->field_count == VECTOR_FIELDS_MAX) {
                give_up("too many words", line);
            }
            words->fields[words->field_count++] = word;
        }
        if (words->field_count > 0) {
            return true;
        }
    }
    return false;
}
