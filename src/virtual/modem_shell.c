/* SPDX-License-Identifier: Apache-2.0 */
/* Zephyr's shell: the at command, and how a line is taken apart (specs of the modem 2.1). */
#include "virtual/modem_internal.h"

np_bytes vmodem_take_word(np_reader *line)
{
    while (line->rest.len > 0 && line->rest.data[0] == ' ') {
        (void)np_read_u8(line);
    }
    size_t len = 0;
    while (len < line->rest.len && line->rest.data[len] != ' ') {
        len++;
    }
    return np_read_bytes(line, len);
}

bool vmodem_take_word_number(np_reader *line, np_sec_tag *ret)
{
    np_reader word = np_reader_of(vmodem_take_word(line));
    uint64_t number = 0;
    bool is_number =
        np_at_take_number(&word, &number) && word.rest.len == 0 && number <= UINT32_MAX;
    *ret = (np_sec_tag)number;
    return is_number;
}

/* Within single quotes, or up to the end. */
static np_bytes unquote(np_bytes text)
{
    if (text.len < 2 || text.data[0] != '\'') {
        return text;
    }
    const uint8_t *end = memchr(text.data + 1, '\'', text.len - 1);
    return end == NULL ? text : np_bytes_of(text.data + 1, (size_t)(end - text.data) - 1);
}

/* AT_SHELL_UNESCAPE_LF: only a credential that is written has \n for its line breaks. */
static np_bytes unescape(np_bytes command, uint8_t *buffer, size_t size)
{
    static const char write[] = "AT%CMNG=0";
    np_writer writer = np_writer_of(buffer, size);
    if (command.len < sizeof(write) - 1 || memcmp(command.data, write, sizeof(write) - 1) != 0) {
        return command;
    }
    for (size_t i = 0; i < command.len; i++) {
        bool is_break =
            command.data[i] == '\\' && i + 1 < command.len && command.data[i + 1] == 'n';
        if (is_break) {
            np_write_text(&writer, "\r\n");
            i++;
        } else {
            np_write_u8(&writer, command.data[i]);
        }
    }
    return np_writer_bytes(&writer);
}

static bool is_at(np_bytes word)
{
    return np_bytes_equal(word, np_bytes_text("at"));
}

static void run_at(np_virtual_modem *modem, np_bytes rest, np_writer *reply)
{
    uint8_t buffer[2 * VMODEM_SHELL_COMMAND_MAX];
    np_bytes command = unescape(unquote(vmodem_trim(rest)), buffer, sizeof(buffer));
    vmodem_run_at(modem, command, reply);
    np_wipe(buffer, sizeof(buffer));
}

void vmodem_run_shell(np_virtual_modem *modem, np_bytes line, np_writer *reply)
{
    np_reader reader = np_reader_of(line);
    np_bytes word = vmodem_take_word(&reader);
    if (modem->state.host == NP_MODEM_HOST_AT_SHELL && is_at(word)) {
        run_at(modem, reader.rest, reply);
    } else if (modem->state.host != NP_MODEM_HOST_TLS_SHELL ||
               !vmodem_run_cred(modem, line, reply)) {
        np_write_bytes(reply, word);
        np_write_text(reply, ": command not found\r\n");
    }
}

unsigned vmodem_shell_us(const np_virtual_modem *modem, np_bytes line)
{
    np_reader reader = np_reader_of(line);
    if (modem->state.host == NP_MODEM_HOST_AT_SHELL && is_at(vmodem_take_word(&reader))) {
        return vmodem_at_us(unquote(vmodem_trim(reader.rest)));
    }
    reader = np_reader_of(line);
    (void)vmodem_take_word(&reader);
    np_bytes verb = vmodem_take_word(&reader);
    bool stores =
        np_bytes_equal(verb, np_bytes_text("add")) || np_bytes_equal(verb, np_bytes_text("del"));
    bool makes_key = np_bytes_equal(verb, np_bytes_text("keygen"));
    return makes_key ? VMODEM_KEYGEN_US : stores ? VMODEM_STORE_US : VMODEM_SHELL_US;
}
