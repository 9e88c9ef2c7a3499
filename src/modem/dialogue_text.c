/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/dialogue_internal.h"

static const char *const host_names[NP_MODEM_HOST_COUNT] = {
    [NP_MODEM_HOST_AUTO] = "auto",
    [NP_MODEM_HOST_AT] = "at",
    [NP_MODEM_HOST_AT_SHELL] = "at-shell",
    [NP_MODEM_HOST_TLS_SHELL] = "tls-shell",
};

const char *np_modem_host_name(np_modem_host host)
{
    return host_names[host];
}

bool np_modem_host_by_name(const char *name, np_modem_host *ret)
{
    for (unsigned i = 0; i < NP_MODEM_HOST_COUNT; i++) {
        if (strcmp(name, host_names[i]) == 0) {
            *ret = (np_modem_host)i;
            return true;
        }
    }
    return false;
}

typedef struct line_end_row {
    const char *name;
    const char *bytes;
    size_t len;
} line_end_row;

static const line_end_row line_ends[NP_LINE_END_COUNT] = {
    [NP_LINE_END_CRLF] = {"crlf", "\r\n", 2},
    [NP_LINE_END_CR] = {"cr", "\r", 1},
    [NP_LINE_END_LF] = {"lf", "\n", 1},
    [NP_LINE_END_NULL] = {"null", "", 1},
};

const char *np_line_end_name(np_line_end end)
{
    return line_ends[end].name;
}

bool np_line_end_by_name(const char *name, np_line_end *ret)
{
    for (unsigned i = 0; i < NP_LINE_END_COUNT; i++) {
        if (strcmp(name, line_ends[i].name) == 0) {
            *ret = (np_line_end)i;
            return true;
        }
    }
    return false;
}

np_bytes np_line_end_bytes(np_line_end end)
{
    return np_bytes_of(line_ends[end].bytes, line_ends[end].len);
}

static bool is_name_character(uint8_t character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '_' || character == '-';
}

/* How long the prompt is that a line begins with: "uart:~$ " of Zephyr; 0: none. */
static size_t prompt_length(np_bytes line)
{
    static const char tail[] = ":~$ ";
    const size_t tail_len = sizeof(tail) - 1;
    size_t name = 0;
    while (name < line.len && is_name_character(line.data[name])) {
        name++;
    }
    if (name == 0 || line.len - name < tail_len || memcmp(line.data + name, tail, tail_len) != 0) {
        return 0;
    }
    return name + tail_len;
}

bool dialogue_is_prompt(np_bytes partial)
{
    size_t length = prompt_length(partial);
    return length > 0 && length == partial.len;
}

static np_bytes without_blanks(np_bytes line)
{
    while (line.len > 0 && line.data[0] == ' ') {
        line = np_bytes_of(line.data + 1, line.len - 1);
    }
    while (line.len > 0 && line.data[line.len - 1] == ' ') {
        line.len--;
    }
    return line;
}

np_bytes dialogue_trim(np_bytes line)
{
    for (size_t length; (length = prompt_length(line)) > 0;) {
        line = np_bytes_of(line.data + length, line.len - length);
    }
    return without_blanks(line);
}

bool dialogue_contains(np_bytes line, const char *text)
{
    return line.len > 0 && memmem(line.data, line.len, text, strlen(text)) != NULL;
}

bool dialogue_is_unknown_command(np_bytes line)
{
    return dialogue_contains(line, ": command not found");
}

static bool is_break(uint8_t character)
{
    return character == '\r' || character == '\n';
}

bool dialogue_take_echo(np_dialogue *dialogue, np_bytes line)
{
    size_t at = dialogue->echo_at;
    for (size_t i = 0; i < line.len; i++) {
        if (is_break(line.data[i])) {
            continue;
        }
        while (at < dialogue->echo_end && is_break(dialogue->out[at])) {
            at++;
        }
        if (at == dialogue->echo_end || dialogue->out[at] != line.data[i]) {
            return false;
        }
        at++;
    }
    dialogue->echo_at = at;
    return true;
}

static bool has_prefix(const np_at_row *row, np_bytes line)
{
    size_t length = row->prefix == NULL ? 0 : strlen(row->prefix);
    return length > 0 && line.len > length && memcmp(line.data, row->prefix, length) == 0 &&
           line.data[length] == ':';
}

static bool are_digits(np_bytes line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] < '0' || line.data[i] > '9') {
            return false;
        }
    }
    return true;
}

/* Unsolicited lines begin with these, and lines of a log with a bracket. */
static bool is_bare(np_bytes line)
{
    for (size_t i = 0; i < line.len; i++) {
        if (line.data[i] < ' ' || line.data[i] > '~') {
            return false;
        }
    }
    return strchr("+%#[*", line.data[0]) == NULL;
}

bool dialogue_is_information(const np_at_row *row, np_bytes line)
{
    enum { IMEI_DIGITS = 15 };
    switch (row->shape) {
    case NP_AT_PREFIXED:
        return has_prefix(row, line);
    case NP_AT_DIGITS:
        return has_prefix(row, line) || (line.len == IMEI_DIGITS && are_digits(line));
    case NP_AT_BARE:
        return is_bare(line);
    case NP_AT_NOTHING:
        break;
    }
    return false;
}

/*
 * A shell takes single quotes for its own, and the device turns \n into CRLF: a backslash of the
 * text's own cannot be told from that (specs of the modem 2.1).
 */
static bool write_for_shell(np_bytes command, np_writer *writer)
{
    np_write_text(writer, "at '");
    for (size_t i = 0; i < command.len; i++) {
        uint8_t byte = command.data[i];
        if (byte == '\'' || byte == '\\' || byte == '\0') {
            return false;
        }
        if (byte == '\n') {
            np_write_text(writer, "\\n");
        } else if (byte != '\r') {
            np_write_u8(writer, byte);
        }
    }
    np_write_text(writer, "'");
    return true;
}

/* An odd quote, or a NUL, would swallow or cut what follows. */
static bool can_be_sent(np_bytes command)
{
    size_t quotes = 0;
    for (size_t i = 0; i < command.len; i++) {
        quotes += command.data[i] == '"';
    }
    return quotes % 2 == 0 && (command.len == 0 || memchr(command.data, 0, command.len) == NULL);
}

bool dialogue_write_command(const np_dialogue *dialogue, const np_exchange *exchange,
                            np_writer *writer)
{
    bool is_wrapped = dialogue->host == NP_MODEM_HOST_AT_SHELL && exchange->texts == NULL;
    if (!can_be_sent(exchange->command)) {
        return false;
    }
    if (!is_wrapped) {
        np_write_bytes(writer, exchange->command);
    } else if (!write_for_shell(exchange->command, writer)) {
        return false;
    }
    np_write_bytes(writer, np_line_end_bytes(dialogue->line_end));
    return true;
}
