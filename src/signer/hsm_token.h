/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Inside the room: a token that a URI names, found and logged in to; its objects. One thread at a
 * time; signing is hsm.c's.
 */
#pragma once

#include "base/wipe.h"
#include "signer/hsm.h"
#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>

typedef struct hsm_pin {
    char text[NP_HSM_PIN_SIZE];
    bool is_known;
    bool was_refused;
} hsm_pin;

static inline void hsm_pin_clear(hsm_pin *pin)
{
    np_wipe(pin, sizeof(*pin));
}

typedef struct hsm_token {
    P11KitUri *uri;
    CK_FUNCTION_LIST **modules; /* NULL-terminated; all that p11-kit knows, or one of our own */
    CK_FUNCTION_LIST *own[2];   /* the module of module-path */
    CK_FUNCTION_LIST *module;   /* that of the token */
    CK_SLOT_ID slot;
    CK_SESSION_HANDLE session; /* the one that logged in; stays open so that the login lasts */
    CK_TOKEN_INFO info;
    hsm_pin pin;
    np_hsm_asking asking;
} hsm_token;

/* Parses the URI and loads modules; no token is touched. Errors as np_hsm_open. */
NP_MUST_USE np_code hsm_token_begin(const char *uri, np_hsm_asking asking, hsm_token *ret,
                                    np_error *err);

/* Finds the token, opens a session and logs in where the token wants it. */
NP_MUST_USE np_code hsm_token_open(hsm_token *token, bool for_writing, np_error *err);

/* Begins anew with the modules: some see a token that came back only then. */
NP_MUST_USE np_code hsm_token_reload(hsm_token *token, np_error *err);

/* Closes all sessions of the token; it can be opened again. */
void hsm_token_close(hsm_token *token);
void hsm_token_end(hsm_token *token);

/* The one private key that the URI names. NP_EINPUT_MISSING, NP_EINPUT_RANGE. */
NP_MUST_USE np_code hsm_token_find_key(hsm_token *token, CK_OBJECT_HANDLE *ret, np_error *err);

/* Its public point: of the key itself or of the public key or certificate with the same CKA_ID. */
NP_MUST_USE np_code hsm_token_read_point(hsm_token *token, CK_OBJECT_HANDLE key,
                                         uint8_t ret[static NP_P256_POINT_SIZE], np_error *err);

NP_MUST_USE np_code hsm_token_generate(hsm_token *token, np_error *err);

/* "<what>: <the standard's name of the value>", with a next step. */
np_code hsm_refused(np_error *err, CK_RV value, const char *what);

/* "token 'ca'"; text is at least HSM_LABEL_SIZE. */
enum { HSM_LABEL_SIZE = sizeof(((CK_TOKEN_INFO *)0)->label) + 1 };
void hsm_token_label(const hsm_token *token, char ret_text[static HSM_LABEL_SIZE]);
