/* SPDX-License-Identifier: Apache-2.0 */
#include "base/error.h"

#include "base/format.h"
#include <string.h>

typedef struct code_row {
    const char *name;
    np_class class;
} code_row;

static const code_row codes[NP_CODE_COUNT] = {
    [NP_OK] = {"ok", NP_CLASS_OK},
    [NP_EDEVICE_STATUS] = {"device-status", NP_CLASS_DEVICE},
    [NP_EDEVICE_ANSWER] = {"device-answer", NP_CLASS_DEVICE},
    [NP_EDEVICE_LOCK] = {"device-lock", NP_CLASS_DEVICE},
    [NP_EDEVICE_LOST] = {"device-lost", NP_CLASS_DEVICE},
    [NP_EDEVICE_VERIFY] = {"device-verify", NP_CLASS_DEVICE},
    [NP_EUSAGE] = {"usage", NP_CLASS_USAGE},
    [NP_ECONSENT] = {"consent", NP_CLASS_USAGE},
    [NP_EINPUT_MISSING] = {"input-missing", NP_CLASS_INPUT},
    [NP_EINPUT_FORMAT] = {"input-format", NP_CLASS_INPUT},
    [NP_EINPUT_RANGE] = {"input-range", NP_CLASS_INPUT},
    [NP_EINPUT_EXISTS] = {"input-exists", NP_CLASS_INPUT},
    [NP_EINPUT_STORABLE] = {"input-storable", NP_CLASS_INPUT},
    [NP_EINPUT_KEY] = {"input-key", NP_CLASS_INPUT},
    [NP_EINPUT_TIME] = {"input-time", NP_CLASS_INPUT},
    [NP_ECONFLICT_FOREIGN] = {"conflict-foreign", NP_CLASS_CONFLICT},
    [NP_ECONFLICT_OTHER] = {"conflict-other", NP_CLASS_CONFLICT},
    [NP_ECONFLICT_DONE] = {"conflict-done", NP_CLASS_CONFLICT},
    [NP_EPOLICY] = {"policy", NP_CLASS_POLICY},
    [NP_ESTATION_NACK] = {"station-nack", NP_CLASS_STATION},
    [NP_ESTATION_TIMEOUT] = {"station-timeout", NP_CLASS_STATION},
    [NP_ESTATION_IO] = {"station-io", NP_CLASS_STATION},
    [NP_ESTATION_BUSY] = {"station-busy", NP_CLASS_STATION},
    [NP_ESTATION_MEMORY] = {"station-memory", NP_CLASS_STATION},
    [NP_ESTATION_CRYPTO] = {"station-crypto", NP_CLASS_STATION},
    [NP_ESTATION_HSM] = {"station-hsm", NP_CLASS_STATION},
    [NP_ESTATION_DATABASE] = {"station-database", NP_CLASS_STATION},
    [NP_EINTERRUPTED] = {"interrupted", NP_CLASS_INTERRUPTED},
    [NP_EINTERRUPTED_WORD] = {"interrupted-word", NP_CLASS_INTERRUPTED},
    [NP_EREJECTS] = {"rejects", NP_CLASS_REJECTS},
};

np_class np_error_class(np_code code)
{
    return (unsigned)code < NP_CODE_COUNT ? codes[code].class : NP_CLASS_STATION;
}

const char *np_code_name(np_code code)
{
    return (unsigned)code < NP_CODE_COUNT ? codes[code].name : "unknown";
}

static void __attribute__((format(printf, 4, 0)))
fill(np_error *err, np_code code, int sub, const char *format, va_list list)
{
    if (err == NULL) {
        return;
    }
    err->code = code;
    err->sub = sub;
    err->hint[0] = '\0';
    np_format_list(err->message, sizeof(err->message), format, list);
}

np_code np_error_set(np_error *err, np_code code, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fill(err, code, 0, format, list);
    va_end(list);
    return code;
}

np_code np_error_set_sub(np_error *err, np_code code, int sub, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    fill(err, code, sub, format, list);
    va_end(list);
    return code;
}

np_code np_error_prefix(np_error *err, np_code code, const char *format, ...)
{
    if (err == NULL) {
        return code;
    }
    char old[NP_ERROR_MESSAGE_SIZE];
    memcpy(old, err->message, sizeof(old));
    va_list list;
    va_start(list, format);
    size_t length = np_format_list(err->message, sizeof(err->message), format, list);
    va_end(list);
    if (length < sizeof(err->message)) {
        np_format(err->message + length, sizeof(err->message) - length, ": %s", old);
    }
    return code;
}

np_code np_error_hint(np_error *err, np_code code, const char *format, ...)
{
    if (err != NULL) {
        va_list list;
        va_start(list, format);
        np_format_list(err->hint, sizeof(err->hint), format, list);
        va_end(list);
    }
    return code;
}
