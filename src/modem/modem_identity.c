/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/modem_internal.h"

static np_code run_plain(np_modem *modem, np_at_id id, const char *suffix, np_error *err)
{
    np_writer command = modem_command(modem);
    NP_TRY(modem_need_at(modem, np_at_row_of(id)->name, err));
    np_write_text(&command, "AT");
    np_write_text(&command, np_at_row_of(id)->name);
    np_write_text(&command, suffix);
    return modem_run(modem, id, &command, 0, NULL, err);
}

/* False when it does not fit, or is empty. */
static bool copy_text(np_bytes text, char *ret, size_t size)
{
    while (text.len > 0 && text.data[0] == ' ') {
        text = np_bytes_of(text.data + 1, text.len - 1);
    }
    if (text.len == 0 || text.len >= size) {
        return false;
    }
    memcpy(ret, text.data, text.len);
    ret[text.len] = '\0';
    return true;
}

/* "+CGSN: "355025930000000"" is the longer form of it. */
static bool copy_imei(np_bytes line, char *ret)
{
    np_bytes digits = line;
    if (line.data[0] == '+') {
        np_reader reader = np_reader_of(line);
        (void)np_read_bytes(&reader, strlen("+CGSN:"));
        if (!np_at_take_text(&reader, &digits) || !np_at_is_done(&reader)) {
            return false;
        }
    }
    return digits.len == NP_IMEI_SIZE - 1 && copy_text(digits, ret, NP_IMEI_SIZE);
}

np_code np_modem_read_imei(np_modem *modem, char ret[static NP_IMEI_SIZE], np_error *err)
{
    NP_TRY(run_plain(modem, NP_AT_IMEI, "", err));
    np_reader answer = np_reader_of(np_dialogue_answer(&modem->dialogue));
    np_bytes line;
    if (!modem_next_line(&answer, &line) || !copy_imei(line, ret)) {
        return modem_refuse_answer(NP_AT_IMEI, err);
    }
    return NP_OK;
}

/* Names and versions have no blanks in them, other people's log lines have. */
static np_code read_word(np_modem *modem, np_at_id id, char *ret, np_error *err)
{
    NP_TRY(run_plain(modem, id, "", err));
    np_reader answer = np_reader_of(np_dialogue_answer(&modem->dialogue));
    np_bytes line;
    while (modem_next_line(&answer, &line)) {
        if (memchr(line.data, ' ', line.len) == NULL && copy_text(line, ret, NP_MODEM_TEXT_SIZE)) {
            return NP_OK;
        }
    }
    return modem_refuse_answer(id, err);
}

np_code np_modem_read_firmware(np_modem *modem, char ret[static NP_MODEM_TEXT_SIZE], np_error *err)
{
    return read_word(modem, NP_AT_FIRMWARE, ret, err);
}

/* What a modem may refuse or answer with nothing; only trouble of the line is an error. */
static np_code read_optional(np_modem *modem, np_at_id id, char *ret, size_t size, np_error *err)
{
    ret[0] = '\0';
    np_code code = run_plain(modem, id, "", err);
    if (code == NP_EDEVICE_STATUS || code == NP_EDEVICE_ANSWER) {
        return NP_OK;
    }
    NP_TRY(code);
    np_reader value = np_reader_of(np_dialogue_answer(&modem->dialogue));
    np_bytes line = {0};
    if (np_at_row_of(id)->prefix == NULL) {
        (void)modem_next_line(&value, &line);
    } else if (modem_take_value(modem, id, &value, NULL) == NP_OK) {
        line = value.rest;
    }
    if (!copy_text(line, ret, size)) {
        ret[0] = '\0';
    }
    return NP_OK;
}

np_code np_modem_identify(np_modem *modem, np_modem_identity *ret, np_error *err)
{
    *ret = (np_modem_identity){0};
    NP_TRY(np_modem_read_imei(modem, ret->imei, err));
    NP_TRY(np_modem_read_firmware(modem, ret->firmware, err));
    NP_TRY(read_word(modem, NP_AT_MODEL, ret->model, err));
    NP_TRY(read_optional(modem, NP_AT_MAKER, ret->maker, sizeof(ret->maker), err));
    NP_TRY(read_optional(modem, NP_AT_HARDWARE, ret->hardware, sizeof(ret->hardware), err));
    NP_TRY(
        read_optional(modem, NP_AT_DEVICE_UUID, ret->device_uuid, sizeof(ret->device_uuid), err));
    return read_optional(modem, NP_AT_FIRMWARE_UUID, ret->firmware_uuid, sizeof(ret->firmware_uuid),
                         err);
}

np_code np_modem_get_mode(np_modem *modem, unsigned *ret_cfun, np_error *err)
{
    np_reader value;
    uint64_t mode = 0;
    NP_TRY(run_plain(modem, NP_AT_MODE, "?", err));
    NP_TRY(modem_take_value(modem, NP_AT_MODE, &value, err));
    if (!np_at_take_number(&value, &mode) || !np_at_is_done(&value) || mode > UINT16_MAX) {
        return modem_refuse_answer(NP_AT_MODE, err);
    }
    *ret_cfun = (unsigned)mode;
    return NP_OK;
}

np_code np_modem_set_mode(np_modem *modem, unsigned cfun, np_error *err)
{
    np_writer command = modem_command(modem);
    NP_TRY(modem_need_at(modem, "+CFUN", err));
    np_write_text(&command, "AT+CFUN=");
    np_at_write_number(&command, cfun);
    return modem_run(modem, NP_AT_MODE, &command, 0, NULL, err);
}

bool np_modem_mode_is_writable(unsigned cfun)
{
    enum { FLIGHT_WITH_UICC = 44 };
    return cfun == NP_CFUN_OFF || cfun == NP_CFUN_FLIGHT || cfun == FLIGHT_WITH_UICC;
}

static bool is_digit(char character)
{
    return character >= '0' && character <= '9';
}

static bool take_part(const char **text, unsigned *ret)
{
    enum { PART_MAX = 9999 };
    *ret = 0;
    if (!is_digit(**text)) {
        return false;
    }
    for (; is_digit(**text) && *ret <= PART_MAX; (*text)++) {
        *ret = *ret * 10 + (unsigned)(**text - '0');
    }
    return *ret <= PART_MAX;
}

static bool take_character(const char **text, char character)
{
    return **text == character && *(*text)++ != '\0';
}

static bool is_edge(char character)
{
    return character == '\0' || character == '-' || character == '_';
}

/* "n.n.n" with an edge behind it. */
static bool parse_numbers(const char *text, np_modem_version *ret)
{
    return take_part(&text, &ret->major) && take_character(&text, '.') &&
           take_part(&text, &ret->minor) && take_character(&text, '.') &&
           take_part(&text, &ret->patch) && is_edge(*text);
}

bool np_modem_parse_version(const char *firmware, np_modem_version *ret)
{
    unsigned found = 0;
    for (const char *at = firmware; *at != '\0'; at++) {
        np_modem_version version;
        if ((at == firmware || is_edge(at[-1])) && parse_numbers(at, &version)) {
            *ret = version;
            found++;
        }
    }
    return found == 1 && strstr(firmware, "ntn") == NULL;
}

bool np_modem_is_at_least(const np_modem_version *version, unsigned major, unsigned minor,
                          unsigned patch)
{
    if (version->major != major) {
        return version->major > major;
    }
    return version->minor != minor ? version->minor > minor : version->patch >= patch;
}
