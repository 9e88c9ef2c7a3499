/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ECDSA: hashing by libcrypto in the provider's own context, the signature by the chip. Any digest
 * that the default provider has; certificates and requests need one of those with an identifier
 * below.
 */
#include "provider/chip_key.h"
#include "provider/operations.h"
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <stdlib.h>
#include <string.h>

enum { IDENTIFIER_MAX = 16 };

typedef struct signing {
    face_root *root;
    face_key *key;
    EVP_MD *digest;   /* NULL: what comes is signed as it is */
    EVP_MD_CTX *hash; /* of the digest_… functions */
} signing;

/* AlgorithmIdentifiers, whole (RFC 3279 2.2.3, RFC 5758 3.2): the last bytes of an OID in arcs. */
typedef struct identifier_row {
    const char *digest;
    size_t len;
    uint8_t der[IDENTIFIER_MAX];
} identifier_row;

static const identifier_row identifiers[] = {
    {"SHA1", 11, {0x30, 0x09, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x01}},
    {"SHA2-224", 12, {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x01}},
    {"SHA2-256", 12, {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02}},
    {"SHA2-384", 12, {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x03}},
    {"SHA2-512", 12, {0x30, 0x0a, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x04}},
};

static void *new_signing(void *root, const char *properties)
{
    (void)properties; /* the own context has one provider */
    signing *made = calloc(1, sizeof(*made));
    if (made != NULL) {
        made->root = root;
    }
    return made;
}

static void free_signing(void *data)
{
    signing *context = data;
    face_key_free(context->key);
    EVP_MD_CTX_free(context->hash);
    EVP_MD_free(context->digest);
    free(context);
}

static bool copy_hash(const signing *from, signing *to)
{
    if (from->hash == NULL) {
        return true;
    }
    to->hash = EVP_MD_CTX_new();
    return to->hash != NULL && EVP_MD_CTX_copy_ex(to->hash, from->hash) == 1;
}

static void *copy_signing(void *data)
{
    const signing *from = data;
    signing *to = new_signing(from->root, NULL);
    if (to == NULL) {
        return NULL;
    }
    to->key = from->key == NULL ? NULL : face_key_share(from->key);
    if (from->digest != NULL && EVP_MD_up_ref(from->digest) == 1) {
        to->digest = from->digest;
    }
    if (!copy_hash(from, to)) {
        free_signing(to);
        return NULL;
    }
    return to;
}

static bool choose_digest(signing *context, const char *name)
{
    EVP_MD *digest = EVP_MD_fetch(context->root->own, name, NULL);
    if (digest == NULL || EVP_MD_get_size(digest) <= 0) {
        EVP_MD_free(digest);
        face_refuse(context->root, "there is no such digest", __func__);
        return false;
    }
    EVP_MD_free(context->digest);
    context->digest = digest;
    return true;
}

static const OSSL_PARAM *list_settable(void *data, void *root)
{
    static const OSSL_PARAM settable[] = {
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_PROPERTIES, NULL, 0),
        OSSL_PARAM_END,
    };
    (void)data, (void)root;
    return settable;
}

static int set_params(void *data, const OSSL_PARAM params[])
{
    signing *context = data;
    const OSSL_PARAM *param =
        params == NULL ? NULL : OSSL_PARAM_locate_const(params, OSSL_SIGNATURE_PARAM_DIGEST);
    const char *name = NULL;
    if (param == NULL) {
        return 1;
    }
    return OSSL_PARAM_get_utf8_string_ptr(param, &name) == 1 && choose_digest(context, name);
}

static const OSSL_PARAM *list_readable(void *data, void *root)
{
    static const OSSL_PARAM readable[] = {
        OSSL_PARAM_octet_string(OSSL_SIGNATURE_PARAM_ALGORITHM_ID, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_SIGNATURE_PARAM_DIGEST, NULL, 0),
        OSSL_PARAM_size_t(OSSL_SIGNATURE_PARAM_DIGEST_SIZE, NULL),
        OSSL_PARAM_END,
    };
    (void)data, (void)root;
    return readable;
}

/* For certificates and requests. A digest without an identifier has none. */
static bool put_identifier(const signing *context, OSSL_PARAM *param)
{
    for (size_t i = 0; i < NP_COUNT_OF(identifiers); i++) {
        if (context->digest != NULL && EVP_MD_is_a(context->digest, identifiers[i].digest)) {
            return OSSL_PARAM_set_octet_string(param, identifiers[i].der, identifiers[i].len) == 1;
        }
    }
    return false;
}

static int get_params(void *data, OSSL_PARAM params[])
{
    const signing *context = data;
    OSSL_PARAM *id = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_ALGORITHM_ID);
    OSSL_PARAM *name = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_DIGEST);
    OSSL_PARAM *size = OSSL_PARAM_locate(params, OSSL_SIGNATURE_PARAM_DIGEST_SIZE);
    const EVP_MD *digest = context->digest;
    const char *text = digest == NULL ? "" : EVP_MD_get0_name(digest);
    size_t len = digest == NULL ? 0 : (size_t)EVP_MD_get_size(digest);
    return (id == NULL || put_identifier(context, id)) &&
           (name == NULL || OSSL_PARAM_set_utf8_string(name, text) == 1) &&
           (size == NULL || OSSL_PARAM_set_size_t(size, len) == 1);
}

/* No key: the one of before again. */
static int begin(void *data, void *key, const OSSL_PARAM params[])
{
    signing *context = data;
    if (key != NULL) {
        face_key_free(context->key);
        context->key = face_key_share(key);
    }
    return context->key != NULL && context->key->has_point && set_params(context, params);
}

static int begin_signing(void *data, void *key, const OSSL_PARAM params[])
{
    signing *context = data;
    if (!begin(data, key, params)) {
        return 0;
    }
    if (context->key->chip == NULL) {
        face_refuse(context->root, "a public key does not sign", __func__);
        return 0;
    }
    return 1;
}

static bool has_right_size(const signing *context, size_t len)
{
    return context->digest == NULL || len == (size_t)EVP_MD_get_size(context->digest);
}

static int sign(void *data, unsigned char *ret, size_t *ret_len, size_t size,
                const unsigned char *digest, size_t digest_len)
{
    signing *context = data;
    np_error err;
    np_writer writer = np_writer_of(ret, FACE_SIGNATURE_MAX);
    if (ret == NULL) {
        *ret_len = FACE_SIGNATURE_MAX;
        return 1;
    }
    if (size < FACE_SIGNATURE_MAX || !has_right_size(context, digest_len)) {
        face_refuse(context->root, "the digest or the room for a signature has the wrong size",
                    __func__);
        return 0;
    }
    if (face_key_sign(context->key, np_bytes_of(digest, digest_len), &writer, &err) != NP_OK) {
        face_raise(context->root, &err, __func__);
        return 0;
    }
    *ret_len = writer.len;
    return 1;
}

static int verify(void *data, const unsigned char *signature, size_t len,
                  const unsigned char *digest, size_t digest_len)
{
    const signing *context = data;
    return has_right_size(context, digest_len) &&
           face_key_verify(context->key, np_bytes_of(digest, digest_len),
                           np_bytes_of(signature, len));
}

static bool begin_hash(signing *context, const char *name, const OSSL_PARAM params[])
{
    bool has_name = name != NULL && name[0] != '\0';
    if (has_name ? !choose_digest(context, name)
                 : context->digest == NULL && !choose_digest(context, "SHA256")) {
        return false;
    }
    if (!set_params(context, params)) {
        return false;
    }
    if (context->hash == NULL) {
        context->hash = EVP_MD_CTX_new();
    }
    return context->hash != NULL && EVP_DigestInit_ex2(context->hash, context->digest, NULL) == 1;
}

static int digest_begin_signing(void *data, const char *name, void *key, const OSSL_PARAM params[])
{
    return begin_signing(data, key, NULL) && begin_hash(data, name, params);
}

static int digest_begin_verifying(void *data, const char *name, void *key,
                                  const OSSL_PARAM params[])
{
    return begin(data, key, NULL) && begin_hash(data, name, params);
}

static int digest_add(void *data, const unsigned char *bytes, size_t len)
{
    const signing *context = data;
    return context->hash != NULL && EVP_DigestUpdate(context->hash, bytes, len) == 1;
}

static bool end_hash(const signing *context, uint8_t *ret, size_t *ret_len)
{
    unsigned len = 0;
    bool is_good = context->hash != NULL && EVP_DigestFinal_ex(context->hash, ret, &len) == 1;
    *ret_len = len;
    return is_good;
}

static int digest_sign(void *data, unsigned char *ret, size_t *ret_len, size_t size)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    size_t len = 0;
    if (ret == NULL) {
        *ret_len = FACE_SIGNATURE_MAX;
        return 1;
    }
    return end_hash(data, digest, &len) && sign(data, ret, ret_len, size, digest, len);
}

static int digest_verify(void *data, const unsigned char *signature, size_t signature_len)
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    size_t len = 0;
    return end_hash(data, digest, &len) && verify(data, signature, signature_len, digest, len);
}

const OSSL_DISPATCH face_signature[] = {
    FACE_ROW(OSSL_FUNC_SIGNATURE_NEWCTX, signature_newctx, new_signing),
    FACE_ROW(OSSL_FUNC_SIGNATURE_FREECTX, signature_freectx, free_signing),
    FACE_ROW(OSSL_FUNC_SIGNATURE_DUPCTX, signature_dupctx, copy_signing),
    FACE_ROW(OSSL_FUNC_SIGNATURE_SIGN_INIT, signature_sign_init, begin_signing),
    FACE_ROW(OSSL_FUNC_SIGNATURE_SIGN, signature_sign, sign),
    FACE_ROW(OSSL_FUNC_SIGNATURE_VERIFY_INIT, signature_verify_init, begin),
    FACE_ROW(OSSL_FUNC_SIGNATURE_VERIFY, signature_verify, verify),
    FACE_ROW(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_INIT, signature_digest_sign_init,
             digest_begin_signing),
    FACE_ROW(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_UPDATE, signature_digest_sign_update, digest_add),
    FACE_ROW(OSSL_FUNC_SIGNATURE_DIGEST_SIGN_FINAL, signature_digest_sign_final, digest_sign),
    FACE_ROW(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_INIT, signature_digest_verify_init,
             digest_begin_verifying),
    FACE_ROW(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_UPDATE, signature_digest_verify_update, digest_add),
    FACE_ROW(OSSL_FUNC_SIGNATURE_DIGEST_VERIFY_FINAL, signature_digest_verify_final, digest_verify),
    FACE_ROW(OSSL_FUNC_SIGNATURE_GET_CTX_PARAMS, signature_get_ctx_params, get_params),
    FACE_ROW(OSSL_FUNC_SIGNATURE_GETTABLE_CTX_PARAMS, signature_gettable_ctx_params, list_readable),
    FACE_ROW(OSSL_FUNC_SIGNATURE_SET_CTX_PARAMS, signature_set_ctx_params, set_params),
    FACE_ROW(OSSL_FUNC_SIGNATURE_SETTABLE_CTX_PARAMS, signature_settable_ctx_params, list_settable),
    {0, NULL},
};
