/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/modem_internal.h"

enum { CLIENT_KEY = NP_CREDENTIAL_KEY, KEY_USAGE_MAX = 9 };

static bool are_attributes(const char *text)
{
    for (const char *at = text; *at != '\0'; at++) {
        if (*at < ' ' || *at > '~' || *at == '"') {
            return false;
        }
    }
    return text[0] != '\0';
}

static bool is_key_usage(const char *text)
{
    size_t length = strlen(text);
    return length > 0 && length <= KEY_USAGE_MAX && strspn(text, "01") == length;
}

static np_code check_keygen(const np_keygen *keygen, np_error *err)
{
    if (keygen->tag > NP_SEC_TAG_USER_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "security tags are 0 to %u", NP_SEC_TAG_USER_MAX);
    }
    if (keygen->attributes != NULL && !are_attributes(keygen->attributes)) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "'%s': attributes are printable ASCII without quotes",
                            keygen->attributes);
    }
    if (keygen->key_usage != NULL && !is_key_usage(keygen->key_usage)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "'%s': a key usage is 1 to %d digits 0 and 1",
                            keygen->key_usage, (int)KEY_USAGE_MAX);
    }
    if (keygen->key_usage != NULL && keygen->attributes == NULL) {
        return np_error_set(err, NP_EUSAGE, "a key usage needs attributes before it");
    }
    return NP_OK;
}

static void put_text(np_writer *command, const char *text)
{
    if (text != NULL) {
        np_write_text(command, ",\"");
        np_write_text(command, text);
        np_write_text(command, "\"");
    }
}

static bool is_token_character(uint8_t character)
{
    return (character >= 'a' && character <= 'z') || (character >= 'A' && character <= 'Z') ||
           (character >= '0' && character <= '9') || character == '-' || character == '_' ||
           character == '.' || character == '=';
}

static bool is_token(np_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (!is_token_character(text.data[i])) {
            return false;
        }
    }
    return text.len > 0 && text.len <= NP_MODEM_TOKEN_MAX;
}

static np_code take_token(const np_modem *modem, np_at_id id, np_modem_token *ret, np_error *err)
{
    np_reader value;
    np_bytes text = {0};
    NP_TRY(modem_take_value(modem, id, &value, err));
    if (!np_at_take_text(&value, &text) || !np_at_is_done(&value) || !is_token(text)) {
        return modem_refuse_answer(id, err);
    }
    memcpy(ret->text, text.data, text.len);
    ret->text[text.len] = '\0';
    ret->len = text.len;
    return NP_OK;
}

np_code np_modem_keygen(np_modem *modem, const np_keygen *keygen, bool *ret_exists,
                        np_modem_token *ret, np_error *err)
{
    np_writer command = modem_command(modem);
    NP_TRY(modem_need_at(modem, "%KEYGEN", err));
    NP_TRY(check_keygen(keygen, err));
    np_write_text(&command, "AT%KEYGEN=");
    np_at_write_number(&command, keygen->tag);
    modem_write_parameter(&command, CLIENT_KEY);
    modem_write_parameter(&command, keygen->content);
    put_text(&command, keygen->attributes);
    put_text(&command, keygen->key_usage);
    NP_TRY(modem_run(modem, NP_AT_KEYGEN, &command, NP_CME_EXISTS, ret_exists, err));
    return *ret_exists ? NP_OK : take_token(modem, NP_AT_KEYGEN, ret, err);
}

np_code np_modem_attest(np_modem *modem, const uint8_t *challenge, np_modem_token *ret,
                        np_error *err)
{
    static const char digits[] = "0123456789ABCDEF";
    np_writer command = modem_command(modem);
    NP_TRY(modem_need_at(modem, "%ATTESTTOKEN", err));
    np_write_text(&command, "AT%ATTESTTOKEN");
    if (challenge != NULL) {
        np_write_text(&command, "=\"");
        for (size_t i = 0; i < NP_CHALLENGE_SIZE; i++) {
            np_write_u8(&command, (uint8_t)digits[challenge[i] >> 4]);
            np_write_u8(&command, (uint8_t)digits[challenge[i] & 15]);
        }
        np_write_text(&command, "\"");
    }
    NP_TRY(modem_run(modem, NP_AT_ATTEST, &command, 0, NULL, err));
    return take_token(modem, NP_AT_ATTEST, ret, err);
}
