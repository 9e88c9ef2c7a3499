/* SPDX-License-Identifier: Apache-2.0 */
#include "signer/hsm.h"

#include "signer/hsm_token.h"
#include <pthread.h>
#include <stdlib.h>

/* Sessions that wait for their next use; more may be open at a time. A YubiHSM has 16. */
enum { IDLE_MAX = 16 };

struct np_hsm_key {
    pthread_mutex_t mutex; /* around all but the signing itself */
    hsm_token token;
    CK_OBJECT_HANDLE key;
    unsigned opened; /* how often the token was opened: sessions of an earlier time are void */
    CK_SESSION_HANDLE idle[IDLE_MAX];
    size_t idle_count;
    uint8_t public_key[NP_P256_POINT_SIZE];
};

/* A session and the time it belongs to. */
typedef struct hsm_lease {
    CK_SESSION_HANDLE session;
    CK_OBJECT_HANDLE key;
    CK_FUNCTION_LIST *module;
    unsigned opened;
} hsm_lease;

bool np_hsm_is_uri(const char *text)
{
    static const char scheme[] = "pkcs11:";
    return strncmp(text, scheme, sizeof(scheme) - 1) == 0;
}

/* A token that was there before may have come back without its module having noticed. */
static np_code find_token(np_hsm_key *key, np_error *err)
{
    np_code code = hsm_token_open(&key->token, false, err);
    if (code != NP_EINPUT_MISSING || key->opened == 0) {
        return code;
    }
    NP_TRY(hsm_token_reload(&key->token, err));
    return hsm_token_open(&key->token, false, err);
}

/* Token, login, key; and that it is the key of before, if there was one. */
static np_code open_token(np_hsm_key *key, np_error *err)
{
    uint8_t point[NP_P256_POINT_SIZE];
    NP_TRY(find_token(key, err));
    NP_TRY(hsm_token_find_key(&key->token, &key->key, err));
    NP_TRY(hsm_token_read_point(&key->token, key->key, point, err));
    if (key->opened > 0 && memcmp(point, key->public_key, sizeof(point)) != 0) {
        np_error_set(err, NP_EINPUT_KEY, "the token came back with another key of that name");
        return np_error_hint(err, NP_EINPUT_KEY, "nothing was signed with it");
    }
    memcpy(key->public_key, point, sizeof(point));
    key->opened++;
    return NP_OK;
}

static np_code open_or_close(np_hsm_key *key, np_error *err)
{
    np_code code = open_token(key, err);
    if (code != NP_OK) {
        hsm_token_close(&key->token);
    }
    return code;
}

static np_code make_key(np_hsm_key **ret, np_error *err)
{
    np_hsm_key *key = calloc(1, sizeof(*key));
    if (key == NULL || pthread_mutex_init(&key->mutex, NULL) != 0) {
        free(key);
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the key");
    }
    *ret = key;
    return NP_OK;
}

static np_code begin(const char *uri, np_hsm_asking asking, bool makes_key, np_hsm_key **ret,
                     np_error *err)
{
    *ret = NULL;
    NP_CLEANUP(np_hsm_free_at) np_hsm_key *key = NULL;
    NP_TRY(make_key(&key, err));
    NP_TRY(hsm_token_begin(uri, asking, &key->token, err));
    if (makes_key) {
        NP_TRY(hsm_token_open(&key->token, true, err));
        NP_TRY(hsm_token_generate(&key->token, err));
        hsm_token_close(&key->token);
    }
    NP_TRY(open_or_close(key, err));
    *ret = key;
    key = NULL;
    return NP_OK;
}

np_code np_hsm_open(const char *uri, np_hsm_asking asking, np_hsm_key **ret, np_error *err)
{
    return begin(uri, asking, false, ret, err);
}

np_code np_hsm_generate(const char *uri, np_hsm_asking asking, np_hsm_key **ret, np_error *err)
{
    return begin(uri, asking, true, ret, err);
}

void np_hsm_free(np_hsm_key *key)
{
    if (key == NULL) {
        return;
    }
    hsm_token_end(&key->token);
    pthread_mutex_destroy(&key->mutex);
    np_wipe(key, sizeof(*key));
    free(key);
}

/* An idle session, or a new one; the token is opened if it was lost. Under the mutex. */
static np_code lease(np_hsm_key *key, hsm_lease *ret, np_error *err)
{
    NP_TRY(key->token.module == NULL ? open_or_close(key, err) : NP_OK);
    *ret = (hsm_lease){.key = key->key, .module = key->token.module, .opened = key->opened};
    if (key->idle_count > 0) {
        ret->session = key->idle[--key->idle_count];
        return NP_OK;
    }
    CK_RV value =
        ret->module->C_OpenSession(key->token.slot, CKF_SERIAL_SESSION, NULL, NULL, &ret->session);
    return value == CKR_OK ? NP_OK : hsm_refused(err, value, "opening a session");
}

static void give_back(np_hsm_key *key, const hsm_lease *from)
{
    if (from->opened != key->opened || key->token.module == NULL) {
        return; /* closed with all the others */
    }
    if (key->idle_count < IDLE_MAX) {
        key->idle[key->idle_count++] = from->session;
    } else {
        from->module->C_CloseSession(from->session);
    }
}

/* Sessions, login or token are gone: whoever notices first closes all of it. */
static void give_up(np_hsm_key *key, const hsm_lease *from)
{
    if (from->opened == key->opened) {
        hsm_token_close(&key->token);
        key->idle_count = 0;
    }
}

static bool is_lost(CK_RV value)
{
    static const CK_RV lost[] = {
        CKR_SESSION_HANDLE_INVALID, CKR_SESSION_CLOSED,        CKR_USER_NOT_LOGGED_IN,
        CKR_KEY_HANDLE_INVALID,     CKR_OBJECT_HANDLE_INVALID, CKR_DEVICE_REMOVED,
        CKR_TOKEN_NOT_PRESENT,      CKR_SLOT_ID_INVALID,       CKR_DEVICE_ERROR,
    };
    for (size_t i = 0; i < NP_COUNT_OF(lost); i++) {
        if (lost[i] == value) {
            return true;
        }
    }
    return false;
}

static CK_RV sign_with(const hsm_lease *with, const uint8_t *digest, uint8_t *ret_signature)
{
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_BYTE data[32];
    CK_ULONG size = NP_P256_SIGNATURE_SIZE;
    memcpy(data, digest, sizeof(data));
    CK_RV value = with->module->C_SignInit(with->session, &mechanism, with->key);
    if (value == CKR_OK) {
        value = with->module->C_Sign(with->session, data, sizeof(data), ret_signature, &size);
    }
    return value == CKR_OK && size != NP_P256_SIGNATURE_SIZE ? CKR_GENERAL_ERROR : value;
}

static np_code try_sign(np_hsm_key *key, const uint8_t *digest, uint8_t *ret_signature,
                        bool *ret_lost, np_error *err)
{
    hsm_lease with = {0};
    *ret_lost = false;
    pthread_mutex_lock(&key->mutex);
    np_code code = lease(key, &with, err);
    pthread_mutex_unlock(&key->mutex);
    NP_TRY(code);
    CK_RV value = sign_with(&with, digest, ret_signature);
    *ret_lost = is_lost(value);
    pthread_mutex_lock(&key->mutex);
    *ret_lost ? give_up(key, &with) : give_back(key, &with);
    pthread_mutex_unlock(&key->mutex);
    return value == CKR_OK ? NP_OK : hsm_refused(err, value, "signing");
}

static np_code sign(void *self, const uint8_t digest[static 32],
                    uint8_t ret_signature[static NP_P256_SIGNATURE_SIZE], np_error *err)
{
    bool is_lost_now = false;
    np_code code = try_sign(self, digest, ret_signature, &is_lost_now, err);
    return is_lost_now ? try_sign(self, digest, ret_signature, &is_lost_now, err) : code;
}

np_signing np_hsm_signing(np_hsm_key *key)
{
    np_signing signing = {.sign = sign, .self = key};
    memcpy(signing.public_key, key->public_key, sizeof(signing.public_key));
    return signing;
}
