/* SPDX-License-Identifier: Apache-2.0 */
/* AT commands (specs of the modem 2.2); credentials and keys have files of their own. */
#include "virtual/modem_internal.h"

#include "crypto/hash.h"

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

np_bytes vmodem_trim(np_bytes text)
{
    while (text.len > 0 && is_blank(text.data[0])) {
        text = np_bytes_of(text.data + 1, text.len - 1);
    }
    while (text.len > 0 && is_blank(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

static void put_line(np_writer *reply, const char *prefix, const char *text)
{
    np_write_text(reply, prefix);
    np_write_text(reply, text);
    np_write_text(reply, "\r\n");
}

static bool is_query(np_bytes rest)
{
    return np_bytes_equal(rest, np_bytes_text("?"));
}

/* "=n" and nothing else. */
static bool take_setting(np_bytes rest, uint64_t *ret)
{
    np_reader reader = np_reader_of(rest);
    return np_read_u8(&reader) == '=' && np_at_take_number(&reader, ret) && np_at_is_done(&reader);
}

static int at_attention(np_virtual_modem *modem, np_bytes rest, np_writer *reply)
{
    (void)modem;
    (void)reply;
    return rest.len == 0 ? VMODEM_OK : VMODEM_ERROR;
}

static int at_errors(np_virtual_modem *modem, np_bytes rest, np_writer *reply)
{
    uint64_t value = 0;
    if (is_query(rest)) {
        put_line(reply, "+CMEE: ", modem->has_numbers ? "1" : "0");
        return VMODEM_OK;
    }
    if (!take_setting(rest, &value) || value > 1) {
        return VMODEM_ERROR;
    }
    modem->has_numbers = value == 1;
    return VMODEM_OK;
}

typedef struct mode_row {
    unsigned value;
    bool becomes_mode; /* what +CFUN? then tells */
} mode_row;

/* Of GNSS and UICC the radio of credentials knows nothing. */
static const mode_row modes[] = {
    {0, true},   {1, true},   {4, true},   {20, true},  {21, true},
    {30, false}, {31, false}, {40, false}, {41, false}, {44, true},
};

static int at_mode(np_virtual_modem *modem, np_bytes rest, np_writer *reply)
{
    uint64_t value = 0;
    if (is_query(rest)) {
        np_write_text(reply, "+CFUN: ");
        np_at_write_number(reply, modem->mode);
        np_write_text(reply, "\r\n");
        return VMODEM_OK;
    }
    if (!take_setting(rest, &value)) {
        return VMODEM_ERROR;
    }
    for (size_t i = 0; i < NP_COUNT_OF(modes); i++) {
        if (modes[i].value == value) {
            modem->mode = modes[i].becomes_mode ? modes[i].value : modem->mode;
            return VMODEM_OK;
        }
    }
    return VMODEM_ERROR;
}

int vmodem_gate(const np_virtual_modem *modem)
{
    return np_modem_mode_is_writable(modem->mode) ? VMODEM_OK : NP_CME_NOT_IN_THIS_STATE;
}

/* +CGSN=1 is the IMEI, 0 a serial number: what boards without one answer is the IMEI as well. */
static int at_imei(np_virtual_modem *modem, np_bytes rest, np_writer *reply)
{
    uint64_t kind = 0;
    if (rest.len == 0) {
        put_line(reply, "", modem->state.imei);
        return VMODEM_OK;
    }
    if (!take_setting(rest, &kind) || kind > 1) {
        return VMODEM_ERROR;
    }
    put_line(reply, "+CGSN: \"", modem->state.imei);
    reply->len -= 2;
    np_write_text(reply, "\"\r\n");
    return VMODEM_OK;
}

static int at_firmware(np_virtual_modem *modem, np_bytes rest, np_writer *reply)
{
    put_line(reply, "", modem->state.firmware);
    return rest.len == 0 ? VMODEM_OK : VMODEM_ERROR;
}

static int at_model(np_virtual_modem *modem, np_bytes rest, np_writer *reply)
{
    put_line(reply, "", vmodem_model(modem->state.model)->model);
    return rest.len == 0 ? VMODEM_OK : VMODEM_ERROR;
}

static int at_maker(np_virtual_modem *modem, np_bytes rest, np_writer *reply)
{
    (void)modem;
    put_line(reply, "", "Nordic Semiconductor ASA");
    return rest.len == 0 ? VMODEM_OK : VMODEM_ERROR;
}

static int at_hardware(np_virtual_modem *modem, np_bytes rest, np_writer *reply)
{
    put_line(reply, "%HWVERSION: ", vmodem_model(modem->state.model)->hardware);
    return rest.len == 0 ? VMODEM_OK : VMODEM_ERROR;
}

static int at_short_version(np_virtual_modem *modem, np_bytes rest, np_writer *reply)
{
    const char *name = modem->state.firmware;
    put_line(reply, "%SHORTSWVER: ", strncmp(name, "mfw_", 4) == 0 ? name + 4 : name);
    return rest.len == 0 ? VMODEM_OK : VMODEM_ERROR;
}

void vmodem_format_uuid(const uint8_t uuid[static NP_MODEM_UUID_SIZE],
                        char ret[static NP_UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    size_t at = 0;
    for (size_t i = 0; i < NP_MODEM_UUID_SIZE; i++) {
        if (i == 4 || i == 6 || i == 8 || i == 10) {
            ret[at++] = '-';
        }
        ret[at++] = digits[uuid[i] >> 4];
        ret[at++] = digits[uuid[i] & 15];
    }
    ret[at] = '\0';
}

void vmodem_firmware_uuid(const np_virtual_modem *modem, uint8_t ret[static NP_MODEM_UUID_SIZE])
{
    uint8_t digest[NP_SHA256_SIZE];
    np_sha256(np_bytes_text(modem->state.firmware), digest);
    memcpy(ret, digest, NP_MODEM_UUID_SIZE);
    ret[6] = (uint8_t)(0x40 | (ret[6] & 0x0f)); /* RFC 4122: version 4 */
    ret[8] = (uint8_t)(0x80 | (ret[8] & 0x3f));
}

static int at_firmware_uuid(np_virtual_modem *modem, np_bytes rest, np_writer *reply)
{
    uint8_t uuid[NP_MODEM_UUID_SIZE];
    char text[NP_UUID_TEXT_SIZE];
    vmodem_firmware_uuid(modem, uuid);
    vmodem_format_uuid(uuid, text);
    put_line(reply, "%XMODEMUUID: ", text);
    return rest.len == 0 ? VMODEM_OK : VMODEM_ERROR;
}

static int at_device_uuid(np_virtual_modem *modem, np_bytes rest, np_writer *reply)
{
    char text[NP_UUID_TEXT_SIZE];
    if (!vmodem_model(modem->state.model)->has_device_uuid || rest.len > 0) {
        return VMODEM_ERROR;
    }
    vmodem_format_uuid(modem->state.uuid, text);
    put_line(reply, "%DEVICEUUID: ", text);
    return VMODEM_OK;
}

/* Whether 0 erases credentials differs by firmware (specs of the modem 10): ours keeps them. */
static int at_factory_reset(np_virtual_modem *modem, np_bytes rest, np_writer *reply)
{
    uint64_t what = 0;
    (void)reply;
    if (!take_setting(rest, &what) || what > 1) {
        return VMODEM_ERROR;
    }
    return vmodem_gate(modem);
}

typedef struct command_row {
    int (*run)(np_virtual_modem *modem, np_bytes rest, np_writer *reply);
    unsigned duration_us;
} command_row;

static const command_row commands[NP_AT_COUNT] = {
    [NP_AT_ATTENTION] = {at_attention, VMODEM_QUICK_US},
    [NP_AT_ERRORS] = {at_errors, VMODEM_QUICK_US},
    [NP_AT_MODE] = {at_mode, VMODEM_STATE_US},
    [NP_AT_IMEI] = {at_imei, VMODEM_QUICK_US},
    [NP_AT_FIRMWARE] = {at_firmware, VMODEM_QUICK_US},
    [NP_AT_MODEL] = {at_model, VMODEM_QUICK_US},
    [NP_AT_MAKER] = {at_maker, VMODEM_QUICK_US},
    [NP_AT_HARDWARE] = {at_hardware, VMODEM_QUICK_US},
    [NP_AT_SHORT_VERSION] = {at_short_version, VMODEM_QUICK_US},
    [NP_AT_FIRMWARE_UUID] = {at_firmware_uuid, VMODEM_QUICK_US},
    [NP_AT_DEVICE_UUID] = {at_device_uuid, VMODEM_QUICK_US},
    [NP_AT_CREDENTIAL] = {vmodem_at_credential, VMODEM_STORE_US},
    [NP_AT_KEYGEN] = {vmodem_at_keygen, VMODEM_KEYGEN_US},
    [NP_AT_ATTEST] = {vmodem_at_attest, VMODEM_TOKEN_US},
    [NP_AT_FACTORY_RESET] = {at_factory_reset, VMODEM_STORE_US},
};

unsigned vmodem_at_us(np_bytes command)
{
    np_bytes rest;
    const np_at_row *row = np_at_row_by_command(command, &rest);
    if (row != NULL && row->id == NP_AT_CREDENTIAL && !vmodem_credential_stores(rest)) {
        return VMODEM_LIST_US;
    }
    return row == NULL ? VMODEM_QUICK_US : commands[row->id].duration_us;
}

static void put_final(const np_virtual_modem *modem, int result, np_writer *reply)
{
    if (result == VMODEM_OK) {
        np_write_text(reply, "OK\r\n");
    } else if (result == VMODEM_ERROR || !modem->has_numbers) {
        np_write_text(reply, "ERROR\r\n");
    } else {
        np_write_text(reply, "+CME ERROR: ");
        np_at_write_number(reply, (uint64_t)result);
        np_write_text(reply, "\r\n");
    }
}

/* The fault that strikes this command instead of its effect. */
static bool strikes(const np_virtual_modem *modem, int *ret_result)
{
    const np_fault_words *faults = &modem->options.faults;
    uint64_t number = modem->commands - 1;
    const np_fault_word *cme = np_modem_fault_at(faults, NP_MODEM_FAULT_CME, number);
    *ret_result = cme == NULL ? VMODEM_ERROR : (int)cme->second;
    return cme != NULL || np_modem_fault_at(faults, NP_MODEM_FAULT_ERROR, number) != NULL;
}

void vmodem_run_at(np_virtual_modem *modem, np_bytes command, np_writer *reply)
{
    np_bytes rest = {0};
    const np_at_row *row = np_at_row_by_command(command, &rest);
    size_t begin = reply->len;
    int result = VMODEM_ERROR;
    if (!strikes(modem, &result) && row != NULL) {
        result = commands[row->id].run(modem, rest, reply);
    }
    if (result != VMODEM_OK) {
        reply->len = begin; /* an error has no information lines */
    }
    put_final(modem, result, reply);
}
