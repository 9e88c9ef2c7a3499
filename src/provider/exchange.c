/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ECDH with the chip's own key, for chips whose slot allows it: the X coordinate, without any
 * derivation after it. TLS never comes here: its ECDHE keys are made by the default provider.
 */
#include "base/wipe.h"
#include "provider/chip_key.h"
#include "provider/operations.h"
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

enum { SECRET_SIZE = 32 };

typedef struct exchange {
    face_root *root;
    face_key *key;
    face_key *peer;
} exchange;

static void *new_exchange(void *root)
{
    exchange *made = calloc(1, sizeof(*made));
    if (made != NULL) {
        made->root = root;
    }
    return made;
}

static void free_exchange(void *data)
{
    exchange *context = data;
    face_key_free(context->key);
    face_key_free(context->peer);
    free(context);
}

static face_key *share(face_key *key)
{
    return key == NULL ? NULL : face_key_share(key);
}

static void *copy_exchange(void *data)
{
    const exchange *from = data;
    exchange *to = new_exchange(from->root);
    if (to != NULL) {
        to->key = share(from->key);
        to->peer = share(from->peer);
    }
    return to;
}

/* The one derivation that is known is none at all. */
static int set_params(void *data, const OSSL_PARAM params[])
{
    const exchange *context = data;
    const OSSL_PARAM *kdf =
        params == NULL ? NULL : OSSL_PARAM_locate_const(params, OSSL_EXCHANGE_PARAM_KDF_TYPE);
    const char *name = NULL;
    if (kdf == NULL) {
        return 1;
    }
    if (OSSL_PARAM_get_utf8_string_ptr(kdf, &name) != 1 || name[0] != '\0') {
        face_refuse(context->root, "the chip's key agreement has no key derivation", __func__);
        return 0;
    }
    return 1;
}

static const OSSL_PARAM *list_settable(void *data, void *root)
{
    static const OSSL_PARAM settable[] = {
        OSSL_PARAM_utf8_string(OSSL_EXCHANGE_PARAM_KDF_TYPE, NULL, 0),
        OSSL_PARAM_END,
    };
    (void)data, (void)root;
    return settable;
}

static int begin(void *data, void *key, const OSSL_PARAM params[])
{
    exchange *context = data;
    face_key_free(context->key);
    context->key = face_key_share(key);
    return set_params(data, params);
}

static int set_peer(void *data, void *key)
{
    exchange *context = data;
    face_key *peer = key;
    if (!peer->has_point) {
        return 0;
    }
    face_key_free(context->peer);
    context->peer = face_key_share(peer);
    return 1;
}

static int derive(void *data, unsigned char *ret, size_t *ret_len, size_t size)
{
    exchange *context = data;
    NP_SECRET32 secret = {0};
    np_error err;
    *ret_len = SECRET_SIZE;
    if (ret == NULL) {
        return 1;
    }
    if (context->key == NULL || context->peer == NULL || size < SECRET_SIZE) {
        face_refuse(context->root, "a key, a peer's key and 32 bytes of room are needed", __func__);
        return 0;
    }
    if (face_key_agree(context->key, context->peer, secret.bytes, &err) != NP_OK) {
        face_raise(context->root, &err, __func__);
        return 0;
    }
    memcpy(ret, secret.bytes, SECRET_SIZE);
    return 1;
}

const OSSL_DISPATCH face_exchange[] = {
    FACE_ROW(OSSL_FUNC_KEYEXCH_NEWCTX, keyexch_newctx, new_exchange),
    FACE_ROW(OSSL_FUNC_KEYEXCH_FREECTX, keyexch_freectx, free_exchange),
    FACE_ROW(OSSL_FUNC_KEYEXCH_DUPCTX, keyexch_dupctx, copy_exchange),
    FACE_ROW(OSSL_FUNC_KEYEXCH_INIT, keyexch_init, begin),
    FACE_ROW(OSSL_FUNC_KEYEXCH_SET_PEER, keyexch_set_peer, set_peer),
    FACE_ROW(OSSL_FUNC_KEYEXCH_DERIVE, keyexch_derive, derive),
    FACE_ROW(OSSL_FUNC_KEYEXCH_SET_CTX_PARAMS, keyexch_set_ctx_params, set_params),
    FACE_ROW(OSSL_FUNC_KEYEXCH_SETTABLE_CTX_PARAMS, keyexch_settable_ctx_params, list_settable),
    {0, NULL},
};
