/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/at.h"

/* Times are the longest that answers are waited for (specs of the modem 2.1). */
enum {
    QUICK_MS = 5000,
    STATE_MS = 15000,
    TOKEN_MS = 10000,
    KEYGEN_MS = 30000,
    RESET_MS = 30000,
};

static const np_at_row rows[NP_AT_COUNT] = {
    {NP_AT_ATTENTION, "", NULL, NP_AT_NOTHING, false, QUICK_MS, "2.2"},
    {NP_AT_ERRORS, "+CMEE", "+CMEE", NP_AT_PREFIXED, false, QUICK_MS, "2.2"},
    {NP_AT_MODE, "+CFUN", "+CFUN", NP_AT_PREFIXED, false, STATE_MS, "2.2"},
    {NP_AT_IMEI, "+CGSN", "+CGSN", NP_AT_DIGITS, false, QUICK_MS, "2.2"},
    {NP_AT_FIRMWARE, "+CGMR", NULL, NP_AT_BARE, false, QUICK_MS, "2.2"},
    {NP_AT_MODEL, "+CGMM", NULL, NP_AT_BARE, false, QUICK_MS, "2.2"},
    {NP_AT_MAKER, "+CGMI", NULL, NP_AT_BARE, false, QUICK_MS, "2.2"},
    {NP_AT_HARDWARE, "%HWVERSION", "%HWVERSION", NP_AT_PREFIXED, false, QUICK_MS, "2.2"},
    {NP_AT_SHORT_VERSION, "%SHORTSWVER", "%SHORTSWVER", NP_AT_PREFIXED, false, QUICK_MS, "2.2"},
    {NP_AT_FIRMWARE_UUID, "%XMODEMUUID", "%XMODEMUUID", NP_AT_PREFIXED, false, QUICK_MS, "2.2"},
    {NP_AT_DEVICE_UUID, "%DEVICEUUID", "%DEVICEUUID", NP_AT_PREFIXED, false, QUICK_MS, "2.2"},
    {NP_AT_CREDENTIAL, "%CMNG", "%CMNG", NP_AT_PREFIXED, true, STATE_MS, "2.3"},
    {NP_AT_KEYGEN, "%KEYGEN", "%KEYGEN", NP_AT_PREFIXED, false, KEYGEN_MS, "2.4"},
    {NP_AT_ATTEST, "%ATTESTTOKEN", "%ATTESTTOKEN", NP_AT_PREFIXED, false, TOKEN_MS, "2.5"},
    {NP_AT_FACTORY_RESET, "%XFACTORYRESET", NULL, NP_AT_NOTHING, false, RESET_MS, "2.2"},
};

const np_at_row *np_at_row_of(np_at_id id)
{
    return &rows[id];
}

static char upper(uint8_t character)
{
    return (char)(character >= 'a' && character <= 'z' ? character - 'a' + 'A' : character);
}

static bool begins_with(np_bytes text, const char *name)
{
    size_t length = strlen(name);
    for (size_t i = 0; i < length; i++) {
        if (i >= text.len || upper(text.data[i]) != name[i]) {
            return false;
        }
    }
    return true;
}

/* A name ends where its parameters begin, so that +CGMR is not +CGM. */
static bool ends_name(np_bytes text, size_t at)
{
    return at == text.len || text.data[at] == '=' || text.data[at] == '?';
}

const np_at_row *np_at_row_by_command(np_bytes command, np_bytes *ret_rest)
{
    if (!begins_with(command, "AT")) {
        return NULL;
    }
    np_bytes text = np_bytes_of(command.data + 2, command.len - 2);
    for (size_t i = 0; i < NP_AT_COUNT; i++) {
        size_t length = strlen(rows[i].name);
        if (begins_with(text, rows[i].name) && ends_name(text, length)) {
            *ret_rest = np_bytes_of(text.data + length, text.len - length);
            return &rows[i];
        }
    }
    return NULL;
}

typedef struct cme_row {
    unsigned code;
    const char *name;
    const char *hint;
} cme_row;

/* Names and causes: specs of the modem 2.3 and 7. */
static const cme_row cme_rows[] = {
    {NP_CME_UNKNOWN, "phone failure, or a command that this firmware does not have", NULL},
    {NP_CME_PARAMETERS, "incorrect parameters", NULL},
    {NP_CME_NOT_IMPLEMENTED, "command not implemented", "this modem's firmware does not have it"},
    {NP_CME_NOT_FOUND, "not found", NULL},
    {NP_CME_NO_ACCESS, "no access", "the modem does not give this out, or it is locked"},
    {NP_CME_MEMORY_FULL, "memory full", "delete a credential that nothing needs any more"},
    {NP_CME_NOT_IN_THIS_STATE, "not allowed in the active state",
     "the radio is on: turn it off with AT+CFUN=4"},
    {NP_CME_EXISTS, "already exists", "delete the key that is there first; it cannot be got back"},
    {NP_CME_XSUDO, "not allowed without authentication", "the modem is locked (%XSUDO, %XPMNG)"},
    {NP_CME_KEYGEN_FAILED, "key generation failed", "try again; then restart the modem"},
    {NP_CME_JWT_FAILED, "no JWT could be made", NULL},
    {NP_CME_INVALID_CONTENT, "invalid content",
     "this firmware looks into certificates: they need real line ends, not backslash and n"},
    {NP_CME_POWER_WARNING, "not allowed in the power off warning state",
     "the supply voltage is too low"},
    {NP_CME_CLAIM_TOKEN, "no claim token could be made", NULL},
};

static const cme_row *find_cme(unsigned code)
{
    for (size_t i = 0; i < NP_COUNT_OF(cme_rows); i++) {
        if (cme_rows[i].code == code) {
            return &cme_rows[i];
        }
    }
    return NULL;
}

const char *np_cme_name(unsigned code)
{
    const cme_row *row = find_cme(code);
    return row == NULL ? "unknown error" : row->name;
}

const char *np_cme_hint(unsigned code)
{
    const cme_row *row = find_cme(code);
    return row == NULL ? NULL : row->hint;
}

static const char *const type_names[NP_CREDENTIAL_NAMED_COUNT] = {
    [NP_CREDENTIAL_ROOT_CA] = "root-ca",
    [NP_CREDENTIAL_CERTIFICATE] = "client-cert",
    [NP_CREDENTIAL_KEY] = "client-key",
    [NP_CREDENTIAL_PSK] = "psk",
    [NP_CREDENTIAL_PSK_IDENTITY] = "psk-id",
    [NP_CREDENTIAL_PUBLIC_KEY] = "public-key",
    [NP_CREDENTIAL_IDENTITY_KEY] = "identity-key",
    [NP_CREDENTIAL_ENDORSEMENT_KEY] = "endorsement-key",
    [NP_CREDENTIAL_OWNERSHIP_KEY] = "ownership-key",
    [NP_CREDENTIAL_NORDIC_ROOT] = "nordic-root-ca",
    [NP_CREDENTIAL_NORDIC_KEY] = "nordic-key",
};

const char *np_credential_type_name(unsigned type)
{
    return type < NP_CREDENTIAL_NAMED_COUNT ? type_names[type] : NULL;
}

/* As many as any firmware may add. */
enum { TYPE_MAX = 99 };

static bool parse_type_number(const char *text, unsigned *ret)
{
    uint64_t number = 0;
    np_reader reader = np_reader_of(np_bytes_text(text));
    if (!np_at_take_number(&reader, &number) || !np_at_is_done(&reader) || number > TYPE_MAX) {
        return false;
    }
    *ret = (unsigned)number;
    return true;
}

bool np_credential_type_by_name(const char *name, unsigned *ret)
{
    for (unsigned i = 0; i < NP_CREDENTIAL_NAMED_COUNT; i++) {
        if (type_names[i] != NULL && strcmp(type_names[i], name) == 0) {
            *ret = i;
            return true;
        }
    }
    return parse_type_number(name, ret);
}
