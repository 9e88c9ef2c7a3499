/* SPDX-License-Identifier: Apache-2.0 */
/* From bytes to commands, as an AT host and as a shell read them (specs of the modem 2.1). */
#include "virtual/modem_internal.h"

enum { BACKSPACE = 0x08, DEL = 0x7f };

static const char prompt[] = "\x1b[1;32muart:~$ \x1b[m";

static bool is_shell(const np_virtual_modem *modem)
{
    return modem->state.host != NP_MODEM_HOST_AT;
}

void vmodem_prompt(np_virtual_modem *modem)
{
    if (is_shell(modem)) {
        vmodem_put_text(modem, prompt);
    }
}

/* ---- AT host ---- */

/* Only what stands outside quotes ends a command. CRLF ends it at the LF behind a CR. */
static bool ends_command(const np_virtual_modem *modem, uint8_t byte)
{
    np_bytes end = np_line_end_bytes(modem->state.line_end);
    bool has_first = end.len == 1 || modem->is_behind_return;
    return !modem->is_quoted && has_first && byte == end.data[end.len - 1];
}

static void drop_command(np_virtual_modem *modem)
{
    np_wipe(modem->command, modem->command_len);
    modem->command_len = 0;
    modem->is_quoted = false;
}

static void keep_at_byte(np_virtual_modem *modem, uint8_t byte)
{
    if (byte == BACKSPACE || byte == DEL) {
        modem->command_len -= modem->command_len > 0;
        return;
    }
    if (modem->command_len == sizeof(modem->command)) {
        drop_command(modem);
        vmodem_put_text(modem, VMODEM_OVERFLOW_TEXT);
        return;
    }
    modem->is_quoted ^= byte == '"';
    modem->command[modem->command_len++] = byte;
}

static void type_at(np_virtual_modem *modem, uint64_t now_ns, uint8_t byte)
{
    if (modem->is_busy) {
        return; /* the receiver is off */
    }
    if (!ends_command(modem, byte)) {
        keep_at_byte(modem, byte);
        modem->is_behind_return = byte == '\r';
        return;
    }
    modem->is_behind_return = false;
    np_bytes command = vmodem_trim(np_bytes_of(modem->command, modem->command_len));
    if (command.len == 0) {
        drop_command(modem);
        return;
    }
    vmodem_begin_command(modem, now_ns, vmodem_at_us(command));
}

/* ---- shell ---- */

static void end_shell_line(np_virtual_modem *modem, uint64_t now_ns)
{
    np_bytes line = vmodem_trim(np_bytes_of(modem->command, modem->command_len));
    vmodem_put_text(modem, "\r\n");
    if (line.len == 0) {
        modem->command_len = 0;
        vmodem_prompt(modem);
        return;
    }
    vmodem_begin_command(modem, now_ns, vmodem_shell_us(modem, line));
}

static void echo_shell_byte(np_virtual_modem *modem, uint8_t byte)
{
    if (byte == BACKSPACE || byte == DEL) {
        if (modem->command_len > 0) {
            modem->command_len--;
            vmodem_put_text(modem, "\b \b");
        }
        return;
    }
    bool is_printable = byte >= ' ' && byte <= '~';
    if (is_printable && modem->command_len < VMODEM_SHELL_COMMAND_MAX) {
        modem->command[modem->command_len++] = byte;
        vmodem_put(modem, np_bytes_of(&byte, 1));
    }
}

static void type_shell(np_virtual_modem *modem, uint64_t now_ns, uint8_t byte)
{
    if (modem->is_busy) {
        if (modem->ring_len < sizeof(modem->ring)) {
            modem->ring[modem->ring_len++] = byte;
        }
        return;
    }
    bool is_second = byte == '\n' && modem->is_behind_return;
    modem->is_behind_return = byte == '\r';
    if (is_second) {
        return;
    }
    if (byte == '\r' || byte == '\n') {
        end_shell_line(modem, now_ns);
    } else {
        echo_shell_byte(modem, byte);
    }
}

void vmodem_type(np_virtual_modem *modem, uint64_t now_ns, uint8_t byte)
{
    if (is_shell(modem)) {
        type_shell(modem, now_ns, byte);
    } else {
        type_at(modem, now_ns, byte);
    }
}

/* ---- both ---- */

void vmodem_execute(np_virtual_modem *modem)
{
    uint8_t text[VMODEM_OUT_MAX];
    np_writer reply = np_writer_of(text, sizeof(text));
    np_bytes command = vmodem_trim(np_bytes_of(modem->command, modem->command_len));
    if (is_shell(modem)) {
        vmodem_run_shell(modem, command, &reply);
        np_write_text(&reply, "\r\n");
    } else {
        vmodem_run_at(modem, command, &reply);
    }
    bool is_silent = np_modem_fault_at(&modem->options.faults, NP_MODEM_FAULT_SILENCE,
                                       modem->commands - 1) != NULL;
    if (!is_silent) {
        vmodem_put(modem, np_writer_bytes(&reply));
        vmodem_prompt(modem);
    }
    np_wipe(text, reply.len < sizeof(text) ? reply.len : sizeof(text));
}
