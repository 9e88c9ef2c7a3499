/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/modem.h"

#include "base/text.h"
#include "modem/modem_internal.h"

/* As much at a time as a tty hands over. */
enum { READ_SIZE = 4096, COMMAND_SHOWN_MAX = 60 };

static uint64_t now_ns(const np_modem *modem)
{
    return modem->port.ops->now_ns(modem->port.self);
}

static np_code wait_for(np_modem *modem, uint64_t deadline_ns, np_error *err)
{
    uint8_t bytes[READ_SIZE];
    size_t len = 0;
    NP_TRY(modem->port.ops->read(modem->port.self, deadline_ns, bytes, sizeof(bytes), &len, err));
    np_dialogue_receive(&modem->dialogue, np_bytes_of(bytes, len), now_ns(modem));
    return NP_OK;
}

/* Does what the machine says until it is done. */
static np_code drive(np_modem *modem, np_error *err)
{
    for (;;) {
        np_dialogue_step step = np_dialogue_next(&modem->dialogue, now_ns(modem));
        if (step.want == NP_DIALOGUE_DONE) {
            return NP_OK;
        }
        if (step.want == NP_DIALOGUE_SEND) {
            NP_TRY(modem->port.ops->write(modem->port.self, step.bytes, err));
        } else {
            NP_TRY(wait_for(modem, step.deadline_ns, err));
        }
    }
}

/* For messages: without what stands in quotes, which may be long or secret. */
typedef struct shown_command {
    char text[COMMAND_SHOWN_MAX];
} shown_command;

static shown_command show(np_bytes command)
{
    shown_command shown;
    size_t len = 0;
    while (len < command.len && len < sizeof(shown.text) - 1 && command.data[len] >= ' ' &&
           command.data[len] != '"') {
        shown.text[len] = (char)command.data[len];
        len++;
    }
    shown.text[len] = '\0';
    return shown;
}

static np_code report_status(const np_dialogue *dialogue, const char *command, np_error *err)
{
    int code = (int)dialogue->code;
    if (dialogue->end == NP_DIALOGUE_ERROR) {
        return np_error_set(err, NP_EDEVICE_STATUS, "%s: the modem answers ERROR", command);
    }
    if (dialogue->end == NP_DIALOGUE_CMS) {
        return np_error_set_sub(err, NP_EDEVICE_STATUS, code, "%s: CMS error %d", command, code);
    }
    np_error_set_sub(err, NP_EDEVICE_STATUS, code, "%s: %s (CME error %d)", command,
                     np_cme_name(dialogue->code), code);
    const char *hint = np_cme_hint(dialogue->code);
    return hint == NULL ? NP_EDEVICE_STATUS : np_error_hint(err, NP_EDEVICE_STATUS, "%s", hint);
}

static np_code report_silence(np_dialogue_end end, const char *command, np_error *err)
{
    if (end == NP_DIALOGUE_DEAD) {
        np_error_set(err, NP_ESTATION_NACK, "%s: no answer, and none to AT either", command);
        return np_error_hint(err, NP_ESTATION_NACK,
                             "is it powered, is this its port, does the UART use flow control?");
    }
    if (end == NP_DIALOGUE_RESTARTED) {
        np_error_set(err, NP_EINTERRUPTED, "%s: the modem restarted meanwhile", command);
        return np_error_hint(err, NP_EINTERRUPTED, "run this again");
    }
    np_error_set(err, NP_ESTATION_TIMEOUT, "%s: no answer in time", command);
    return np_error_hint(err, NP_ESTATION_TIMEOUT,
                         "the modem answers AT again: run this again; an application with a small "
                         "heap cannot hand on long answers");
}

static np_code report_end(const np_dialogue *dialogue, const char *command, np_error *err)
{
    switch (dialogue->end) {
    case NP_DIALOGUE_OK:
        return NP_OK;
    case NP_DIALOGUE_ERROR:
    case NP_DIALOGUE_CME:
    case NP_DIALOGUE_CMS:
        return report_status(dialogue, command, err);
    case NP_DIALOGUE_UNKNOWN:
        return np_error_set(err, NP_EDEVICE_ANSWER, "%s: the shell does not know this command",
                            command);
    case NP_DIALOGUE_TOO_LONG:
        return np_error_set(err, NP_EDEVICE_ANSWER, "%s: the answer is too long", command);
    case NP_DIALOGUE_SILENT:
    case NP_DIALOGUE_DEAD:
    case NP_DIALOGUE_RESTARTED:
        break;
    }
    return report_silence(dialogue->end, command, err);
}

static np_code refuse_command(const char *command, np_error *err)
{
    np_error_set(err, NP_EINPUT_FORMAT,
                 "%s: cannot be sent: a quote or another character that the other end would take "
                 "for its own, or too long",
                 command);
    return np_error_hint(err, NP_EINPUT_FORMAT, "a command has at most %d bytes",
                         (int)NP_COMMAND_MAX);
}

static np_code exchange(np_modem *modem, const np_exchange *what, np_error *err)
{
    if (!np_dialogue_begin(&modem->dialogue, what, now_ns(modem))) {
        return refuse_command(show(what->command).text, err);
    }
    NP_TRY(drive(modem, err));
    if (modem->dialogue.end == NP_DIALOGUE_RESTARTED) {
        modem->is_set_up = false;
    }
    return NP_OK;
}

/* Errors with numbers; a modem that has none does without. */
static np_code set_up(np_modem *modem, np_error *err)
{
    const np_exchange what = {.row = np_at_row_of(NP_AT_ERRORS),
                              .command = np_bytes_text("AT+CMEE=1")};
    if (modem->is_set_up || !np_modem_has_at(modem)) {
        return NP_OK;
    }
    NP_TRY(exchange(modem, &what, err));
    modem->has_numbers = modem->dialogue.end == NP_DIALOGUE_OK;
    bool has_answered = modem->has_numbers || modem->dialogue.end == NP_DIALOGUE_ERROR ||
                        modem->dialogue.end == NP_DIALOGUE_CME;
    modem->is_set_up = has_answered;
    return has_answered ? NP_OK : report_end(&modem->dialogue, "AT+CMEE=1", err);
}

np_code np_modem_open(np_modem *modem, np_port port, const np_modem_options *options, np_error *err)
{
    modem->port = port;
    modem->is_set_up = false;
    modem->has_numbers = false;
    np_dialogue_init(&modem->dialogue, options->host, options->line_end);
    np_dialogue_begin_probe(&modem->dialogue, now_ns(modem));
    NP_TRY(drive(modem, err));
    if (modem->dialogue.end == NP_DIALOGUE_UNKNOWN) {
        np_error_set(err, NP_EDEVICE_ANSWER, "a shell answers that has neither AT nor cred");
        return np_error_hint(err, NP_EDEVICE_ANSWER,
                             "build the firmware with CONFIG_AT_SHELL or CONFIG_TLS_CREDENTIALS_"
                             "SHELL");
    }
    NP_TRY(report_end(&modem->dialogue, "AT", err));
    return set_up(modem, err);
}

np_writer modem_command(np_modem *modem)
{
    return np_writer_of(modem->command, sizeof(modem->command));
}

void modem_write_parameter(np_writer *writer, uint64_t number)
{
    np_write_text(writer, ",");
    np_at_write_number(writer, number);
}

np_code modem_run(np_modem *modem, np_at_id id, const np_writer *command, unsigned expected,
                  bool *ret_expected, np_error *err)
{
    const np_exchange what = {.row = np_at_row_of(id), .command = np_writer_bytes(command)};
    NP_TRY(set_up(modem, err));
    if (!np_writer_has_room(command)) {
        return refuse_command("AT", err);
    }
    NP_TRY(exchange(modem, &what, err));
    const np_dialogue *dialogue = &modem->dialogue;
    if (ret_expected != NULL) {
        *ret_expected = dialogue->end == NP_DIALOGUE_CME && dialogue->code == expected;
        if (*ret_expected) {
            return NP_OK;
        }
    }
    return report_end(dialogue, show(what.command).text, err);
}

np_code modem_run_shell(np_modem *modem, const np_writer *command, const np_dialogue_texts *texts,
                        bool *ret_failed, np_error *err)
{
    const np_exchange what = {
        .row = np_at_row_of(NP_AT_CREDENTIAL), .command = np_writer_bytes(command), .texts = texts};
    NP_TRY(exchange(modem, &what, err));
    bool has_failed = modem->dialogue.end == NP_DIALOGUE_ERROR;
    if (ret_failed != NULL) {
        *ret_failed = has_failed;
    }
    if (!has_failed || ret_failed == NULL) {
        NP_TRY(report_end(&modem->dialogue, show(what.command).text, err));
    }
    return NP_OK;
}

np_code modem_need_at(const np_modem *modem, const char *what, np_error *err)
{
    if (np_modem_has_at(modem)) {
        return NP_OK;
    }
    return np_error_set(err, NP_EUSAGE, "%s: a TLS credential shell has no such command", what);
}

bool modem_next_line(np_reader *answer, np_bytes *ret_line)
{
    bool is_quoted = false;
    np_bytes rest = answer->rest;
    for (size_t i = 0; i < rest.len; i++) {
        is_quoted ^= rest.data[i] == '"';
        if (rest.data[i] == '\n' && !is_quoted) {
            *ret_line = np_read_bytes(answer, i);
            (void)np_read_u8(answer);
            return true;
        }
    }
    return false;
}

np_code modem_refuse_answer(np_at_id id, np_error *err)
{
    return np_error_set(err, NP_EDEVICE_ANSWER, "AT%s: the answer is not as it should be",
                        np_at_row_of(id)->name);
}

np_code modem_take_value(const np_modem *modem, np_at_id id, np_reader *ret, np_error *err)
{
    np_reader answer = np_reader_of(np_dialogue_answer(&modem->dialogue));
    const char *prefix = np_at_row_of(id)->prefix;
    np_bytes line;
    while (modem_next_line(&answer, &line)) {
        size_t length = strlen(prefix) + 1;
        if (line.len >= length && line.data[length - 1] == ':' &&
            memcmp(line.data, prefix, length - 1) == 0) {
            *ret = np_reader_of(np_bytes_of(line.data + length, line.len - length));
            return NP_OK;
        }
    }
    return modem_refuse_answer(id, err);
}

bool modem_parse_digest(np_bytes hex, uint8_t ret[static NP_MODEM_DIGEST_SIZE])
{
    char text[2 * NP_MODEM_DIGEST_SIZE + 1] = {0};
    if (hex.len != sizeof(text) - 1) {
        return false;
    }
    memcpy(text, hex.data, hex.len);
    return np_parse_hex(text, ret, NP_MODEM_DIGEST_SIZE, NULL) == NP_OK;
}
