/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/hsm_token.h"

#include <stdlib.h>

enum { SLOTS_MAX = 256 };

typedef struct value_row {
    CK_RV value;
    const char *words;
    const char *hint;
} value_row;

static const char no_token[] = "put the token back, then run the same command again";
static const char ask_owner[] = "ask whoever keeps the token's PINs";

/* What people meet; other values are given by number. */
static const value_row values[] = {
    {CKR_PIN_INCORRECT, "the PIN is wrong", "correct it before the token locks it"},
    {CKR_PIN_INVALID, "the PIN is wrong", "correct it before the token locks it"},
    {CKR_PIN_LEN_RANGE, "the PIN has the wrong length", "correct it before the token locks it"},
    {CKR_PIN_LOCKED, "the PIN is locked", "unlock it with the security officer's PIN"},
    {CKR_PIN_EXPIRED, "the PIN has expired", ask_owner},
    {CKR_USER_PIN_NOT_INITIALIZED, "the token has no user PIN yet", ask_owner},
    {CKR_TOKEN_NOT_PRESENT, "the token is gone", no_token},
    {CKR_DEVICE_REMOVED, "the token was removed", no_token},
    {CKR_SLOT_ID_INVALID, "the token is gone", no_token},
    {CKR_SESSION_HANDLE_INVALID, "the session has expired", "run the same command again"},
    {CKR_SESSION_CLOSED, "the session was closed", "run the same command again"},
    {CKR_USER_NOT_LOGGED_IN, "the token has logged us out", "run the same command again"},
    {CKR_KEY_HANDLE_INVALID, "the key is gone",
     "was it deleted? p11tool --list-all shows what is there"},
    {CKR_OBJECT_HANDLE_INVALID, "the key is gone",
     "was it deleted? p11tool --list-all shows what is there"},
    {CKR_KEY_FUNCTION_NOT_PERMITTED, "the key may not sign", "make one that may: CKA_SIGN"},
    {CKR_MECHANISM_INVALID, "it has no ECDSA of a digest (CKM_ECDSA)", "take another token"},
    {CKR_SESSION_COUNT, "it has no session left", "end other programs that use the token"},
    {CKR_TOKEN_WRITE_PROTECTED, "it is write-protected", "take another token"},
    {CKR_DEVICE_MEMORY, "it is full", "delete what is not needed, or take another token"},
};

np_code hsm_refused(np_error *err, CK_RV value, const char *what)
{
    for (size_t i = 0; i < NP_COUNT_OF(values); i++) {
        if (values[i].value == value) {
            np_error_set_sub(err, NP_ESTATION_HSM, (int)value, "%s: %s", what, values[i].words);
            return np_error_hint(err, NP_ESTATION_HSM, "%s", values[i].hint);
        }
    }
    np_error_set_sub(err, NP_ESTATION_HSM, (int)value, "%s: the token refused, CKR 0x%lx", what,
                     (unsigned long)value);
    return np_error_hint(err, NP_ESTATION_HSM, "the token's own manual knows the value");
}

static np_code check_uri(const P11KitUri *uri, np_error *err)
{
    if (p11_kit_uri_get_pin_value(uri) != NULL) {
        np_error_set(err, NP_EUSAGE, "a PIN in the URI would be seen in the list of processes");
        return np_error_hint(err, NP_EUSAGE,
                             "put it into a file that you alone can read: "
                             "pkcs11:...?pin-source=file:/path");
    }
    return NP_OK;
}

static np_code load_modules(hsm_token *token, np_error *err)
{
    const char *path = p11_kit_uri_get_module_path(token->uri);
    if (path == NULL) {
        token->modules = p11_kit_modules_load_and_initialize(0);
        return token->modules == NULL || token->modules[0] == NULL
                   ? np_error_set(err, NP_ESTATION_HSM, "p11-kit knows no module that works")
                   : NP_OK;
    }
    CK_FUNCTION_LIST *module = p11_kit_module_load(path, 0);
    if (module == NULL) {
        return np_error_set(err, NP_EINPUT_MISSING, "%s: no PKCS#11 module that can be loaded",
                            path);
    }
    CK_RV value = p11_kit_module_initialize(module);
    if (value != CKR_OK) {
        p11_kit_module_release(module);
        return hsm_refused(err, value, path);
    }
    token->own[0] = module;
    token->modules = token->own;
    return NP_OK;
}

np_code hsm_token_begin(const char *uri, np_hsm_asking asking, hsm_token *ret, np_error *err)
{
    *ret = (hsm_token){.asking = asking, .uri = p11_kit_uri_new()};
    if (ret->uri == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the key's URI");
    }
    if (p11_kit_uri_parse(uri, P11_KIT_URI_FOR_ANY, ret->uri) != P11_KIT_URI_OK) {
        np_error_set(err, NP_EUSAGE, "'%s' is no PKCS#11 URI", uri);
        return np_error_hint(err, NP_EUSAGE, "pkcs11:token=LABEL;object=LABEL (RFC 7512)");
    }
    NP_TRY(check_uri(ret->uri, err));
    return load_modules(ret, err);
}

static void release_modules(hsm_token *token)
{
    if (token->own[0] != NULL) {
        p11_kit_module_finalize(token->own[0]);
        p11_kit_module_release(token->own[0]);
    } else if (token->modules != NULL) {
        p11_kit_modules_finalize_and_release(token->modules);
    }
    token->own[0] = NULL;
    token->modules = NULL;
}

np_code hsm_token_reload(hsm_token *token, np_error *err)
{
    hsm_token_close(token);
    release_modules(token);
    return load_modules(token, err);
}

void hsm_token_end(hsm_token *token)
{
    hsm_token_close(token);
    release_modules(token);
    p11_kit_uri_free(token->uri);
    hsm_pin_clear(&token->pin);
    *token = (hsm_token){0};
}

void hsm_token_close(hsm_token *token)
{
    if (token->module != NULL) {
        token->module->C_CloseAllSessions(token->slot);
    }
    token->module = NULL;
    token->session = 0;
}

static unsigned look_into(hsm_token *token, CK_FUNCTION_LIST *module)
{
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;
    unsigned found = 0;
    if (module->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK) {
        return 0;
    }
    for (CK_ULONG i = 0; i < count; i++) {
        CK_TOKEN_INFO info;
        bool fits = module->C_GetTokenInfo(slots[i], &info) == CKR_OK &&
                    p11_kit_uri_match_token_info(token->uri, &info) != 0;
        if (fits) {
            token->module = module;
            token->slot = slots[i];
            token->info = info;
            found++;
        }
    }
    return found;
}

static np_code find_token(hsm_token *token, np_error *err)
{
    unsigned found = 0;
    token->module = NULL;
    for (CK_FUNCTION_LIST **module = token->modules; module != NULL && *module != NULL; module++) {
        CK_INFO info;
        bool fits = (*module)->C_GetInfo(&info) == CKR_OK &&
                    p11_kit_uri_match_module_info(token->uri, &info) != 0;
        found += fits ? look_into(token, *module) : 0;
    }
    if (found == 1) {
        return NP_OK;
    }
    token->module = NULL;
    if (found == 0) {
        np_error_set(err, NP_EINPUT_MISSING, "no token fits the key's URI");
        return np_error_hint(err, NP_EINPUT_MISSING,
                             "is it plugged in, and its module known? p11tool --list-tokens");
    }
    np_error_set(err, NP_EINPUT_RANGE, "%u tokens fit the key's URI", found);
    return np_error_hint(err, NP_EINPUT_RANGE,
                         "name one: serial=, which p11tool --list-tokens shows");
}

void hsm_token_label(const hsm_token *token, char ret_text[static HSM_LABEL_SIZE])
{
    size_t len = sizeof(token->info.label);
    while (len > 0 && token->info.label[len - 1] == ' ') {
        len--;
    }
    memcpy(ret_text, token->info.label, len);
    ret_text[len] = '\0';
}

/* A token that would be locked by one more mistake is left alone. */
static np_code check_tries(const hsm_token *token, const char *label, np_error *err)
{
    if ((token->info.flags & CKF_USER_PIN_LOCKED) != 0) {
        return hsm_refused(err, CKR_PIN_LOCKED, label);
    }
    if ((token->info.flags & CKF_USER_PIN_FINAL_TRY) != 0) {
        np_error_set(err, NP_ESTATION_HSM, "%s: one more wrong PIN would lock it", label);
        return np_error_hint(err, NP_ESTATION_HSM,
                             "log in with the token's own tool first, with the right PIN");
    }
    if (token->pin.was_refused) {
        return hsm_refused(err, CKR_PIN_INCORRECT, label);
    }
    return NP_OK;
}

static np_code log_in(hsm_token *token, np_error *err)
{
    char label[HSM_LABEL_SIZE];
    hsm_token_label(token, label);
    if ((token->info.flags & CKF_LOGIN_REQUIRED) == 0) {
        return NP_OK;
    }
    NP_TRY(check_tries(token, label, err));
    if (!token->pin.is_known && (token->info.flags & CKF_PROTECTED_AUTHENTICATION_PATH) == 0) {
        NP_TRY(token->asking.pin(token->asking.self, p11_kit_uri_get_pin_source(token->uri), label,
                                 token->pin.text, err));
        token->pin.is_known = true;
    }
    CK_UTF8CHAR *pin = token->pin.is_known ? (CK_UTF8CHAR *)token->pin.text : NULL;
    CK_RV value = token->module->C_Login(token->session, CKU_USER, pin,
                                         token->pin.is_known ? strlen(token->pin.text) : 0);
    token->pin.was_refused =
        value == CKR_PIN_INCORRECT || value == CKR_PIN_INVALID || value == CKR_PIN_LEN_RANGE;
    return value == CKR_OK || value == CKR_USER_ALREADY_LOGGED_IN ? NP_OK
                                                                  : hsm_refused(err, value, label);
}

np_code hsm_token_open(hsm_token *token, bool for_writing, np_error *err)
{
    CK_FLAGS flags = CKF_SERIAL_SESSION | (for_writing ? CKF_RW_SESSION : 0);
    NP_TRY(find_token(token, err));
    CK_RV value = token->module->C_OpenSession(token->slot, flags, NULL, NULL, &token->session);
    if (value != CKR_OK) {
        token->module = NULL;
        return hsm_refused(err, value, "opening a session");
    }
    np_code code = log_in(token, err);
    if (code != NP_OK) {
        hsm_token_close(token);
    }
    return code;
}
