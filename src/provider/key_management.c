/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Key management: what libcrypto asks about a key. Private keys are not exported, so that libcrypto
 * lets this provider do what needs them; public keys are exported, and a peer's imported.
 */
#include "provider/chip_key.h"
#include "provider/operations.h"
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/params.h>
#include <string.h>

enum { P256_BITS = 256, P256_SECURITY_BITS = 128, COORDINATE = 32 };

static void *new_key(void *root)
{
    return face_key_new(root);
}

static void free_key(void *key)
{
    face_key_free(key);
}

static void *share_key(const void *key, int selection)
{
    (void)selection;
    face_key *shared = NULL;
    memcpy(&shared, &key, sizeof(shared)); /* only its count of users changes */
    return face_key_share(shared);
}

/* Takes the key that one of our decoders offers. */
static void *load_key(const void *reference, size_t size)
{
    face_key *key = NULL;
    if (size != sizeof(key)) {
        return NULL;
    }
    memcpy(&key, reference, sizeof(key));
    return face_key_share(key);
}

static int has_parts(const void *data, int selection)
{
    const face_key *key = data;
    bool lacks_private = (selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 && key->chip == NULL;
    bool lacks_public = (selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) != 0 && !key->has_point;
    return !lacks_private && !lacks_public;
}

static int match_keys(const void *first, const void *second, int selection)
{
    const face_key *a = first;
    const face_key *b = second;
    if ((selection & OSSL_KEYMGMT_SELECT_KEYPAIR) == 0) {
        return 1; /* the parameters are P-256's */
    }
    return a->has_point && b->has_point &&
           memcmp(a->reference.point, b->reference.point, sizeof(a->reference.point)) == 0;
}

static const OSSL_PARAM *list_readable(void *root)
{
    static const OSSL_PARAM readable[] = {
        OSSL_PARAM_int(OSSL_PKEY_PARAM_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_SECURITY_BITS, NULL),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_MAX_SIZE, NULL),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_DEFAULT_DIGEST, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_ENCODING, NULL, 0),
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, NULL, 0),
        OSSL_PARAM_int(OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, NULL),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_PUB_X, NULL, 0),
        OSSL_PARAM_BN(OSSL_PKEY_PARAM_EC_PUB_Y, NULL, 0),
        OSSL_PARAM_END,
    };
    (void)root;
    return readable;
}

typedef struct number_row {
    const char *name;
    int value;
} number_row;

typedef struct text_row {
    const char *name;
    const char *value;
} text_row;

static bool put_constants(OSSL_PARAM params[])
{
    static const number_row numbers[] = {
        {OSSL_PKEY_PARAM_BITS, P256_BITS},
        {OSSL_PKEY_PARAM_SECURITY_BITS, P256_SECURITY_BITS},
        {OSSL_PKEY_PARAM_MAX_SIZE, FACE_SIGNATURE_MAX},
        {OSSL_PKEY_PARAM_EC_DECODED_FROM_EXPLICIT_PARAMS, 0},
    };
    static const text_row texts[] = {
        {OSSL_PKEY_PARAM_DEFAULT_DIGEST, "SHA256"},
        {OSSL_PKEY_PARAM_GROUP_NAME, FACE_GROUP},
        {OSSL_PKEY_PARAM_EC_ENCODING, "named_curve"},
        {OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "uncompressed"},
    };
    bool is_good = true;
    for (size_t i = 0; i < NP_COUNT_OF(numbers); i++) {
        OSSL_PARAM *param = OSSL_PARAM_locate(params, numbers[i].name);
        is_good = is_good && (param == NULL || OSSL_PARAM_set_int(param, numbers[i].value) == 1);
    }
    for (size_t i = 0; i < NP_COUNT_OF(texts); i++) {
        OSSL_PARAM *param = OSSL_PARAM_locate(params, texts[i].name);
        is_good =
            is_good && (param == NULL || OSSL_PARAM_set_utf8_string(param, texts[i].value) == 1);
    }
    return is_good;
}

static bool put_coordinate(OSSL_PARAM params[], const char *name, const uint8_t *coordinate)
{
    OSSL_PARAM *param = OSSL_PARAM_locate(params, name);
    if (param == NULL) {
        return true;
    }
    BIGNUM *number = BN_bin2bn(coordinate, COORDINATE, NULL);
    bool is_good = number != NULL && OSSL_PARAM_set_BN(param, number) == 1;
    BN_free(number);
    return is_good;
}

static bool put_point(const face_key *key, OSSL_PARAM params[])
{
    static const char *const names[] = {OSSL_PKEY_PARAM_PUB_KEY,
                                        OSSL_PKEY_PARAM_ENCODED_PUBLIC_KEY};
    uint8_t octets[FACE_POINT_OCTETS];
    bool is_good = true;
    face_key_write_point(key, octets);
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        OSSL_PARAM *param = OSSL_PARAM_locate(params, names[i]);
        is_good = is_good && (param == NULL ||
                              OSSL_PARAM_set_octet_string(param, octets, sizeof(octets)) == 1);
    }
    return is_good && put_coordinate(params, OSSL_PKEY_PARAM_EC_PUB_X, octets + 1) &&
           put_coordinate(params, OSSL_PKEY_PARAM_EC_PUB_Y, octets + 1 + COORDINATE);
}

static int get_params(void *data, OSSL_PARAM params[])
{
    const face_key *key = data;
    return put_constants(params) && (!key->has_point || put_point(key, params));
}

static const OSSL_PARAM *list_movable(int selection)
{
    static const OSSL_PARAM movable[] = {
        OSSL_PARAM_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, NULL, 0),
        OSSL_PARAM_octet_string(OSSL_PKEY_PARAM_PUB_KEY, NULL, 0),
        OSSL_PARAM_END,
    };
    (void)selection;
    return movable;
}

static int export_key(void *data, int selection, OSSL_CALLBACK *take, void *self)
{
    const face_key *key = data;
    char group[] = FACE_GROUP;
    uint8_t octets[FACE_POINT_OCTETS];
    OSSL_PARAM params[3];
    size_t count = 0;
    bool wants_public = (selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) != 0;
    if ((selection & OSSL_KEYMGMT_SELECT_PRIVATE_KEY) != 0 || (wants_public && !key->has_point)) {
        return 0;
    }
    face_key_write_point(key, octets);
    params[count++] = OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, group, 0);
    if (wants_public) {
        params[count++] =
            OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, octets, sizeof(octets));
    }
    params[count] = OSSL_PARAM_construct_end();
    return take(params, self);
}

static bool is_p256(const OSSL_PARAM params[])
{
    static const char *const names[] = {FACE_GROUP, "P-256", "secp256r1"};
    const OSSL_PARAM *param = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_GROUP_NAME);
    const char *name = NULL;
    if (param == NULL || OSSL_PARAM_get_utf8_string_ptr(param, &name) != 1) {
        return false;
    }
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* A peer's public key, to agree with. Private keys stay where they are. */
static int import_key(void *data, int selection, const OSSL_PARAM params[])
{
    face_key *key = data;
    const void *octets = NULL;
    size_t len = 0;
    const OSSL_PARAM *point = OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_PUB_KEY);
    bool is_public = (selection & OSSL_KEYMGMT_SELECT_PUBLIC_KEY) != 0 &&
                     OSSL_PARAM_locate_const(params, OSSL_PKEY_PARAM_PRIV_KEY) == NULL;
    if (!is_public || !is_p256(params) || point == NULL ||
        OSSL_PARAM_get_octet_string_ptr(point, &octets, &len) != 1) {
        return 0;
    }
    const uint8_t *bytes = octets;
    if (len != FACE_POINT_OCTETS || bytes[0] != 0x04) {
        return 0; /* the chip takes X and Y; it checks that they are on the curve */
    }
    memcpy(key->reference.point, bytes + 1, sizeof(key->reference.point));
    key->has_point = true;
    return 1;
}

static const char *name_operation(int operation)
{
    if (operation == OSSL_OP_SIGNATURE) {
        return FACE_SIGNATURE_NAME;
    }
    return operation == OSSL_OP_KEYEXCH ? FACE_EXCHANGE_NAME : NULL;
}

const OSSL_DISPATCH face_key_management[] = {
    FACE_ROW(OSSL_FUNC_KEYMGMT_NEW, keymgmt_new, new_key),
    FACE_ROW(OSSL_FUNC_KEYMGMT_FREE, keymgmt_free, free_key),
    FACE_ROW(OSSL_FUNC_KEYMGMT_DUP, keymgmt_dup, share_key),
    FACE_ROW(OSSL_FUNC_KEYMGMT_LOAD, keymgmt_load, load_key),
    FACE_ROW(OSSL_FUNC_KEYMGMT_HAS, keymgmt_has, has_parts),
    FACE_ROW(OSSL_FUNC_KEYMGMT_MATCH, keymgmt_match, match_keys),
    FACE_ROW(OSSL_FUNC_KEYMGMT_GET_PARAMS, keymgmt_get_params, get_params),
    FACE_ROW(OSSL_FUNC_KEYMGMT_GETTABLE_PARAMS, keymgmt_gettable_params, list_readable),
    FACE_ROW(OSSL_FUNC_KEYMGMT_EXPORT, keymgmt_export, export_key),
    FACE_ROW(OSSL_FUNC_KEYMGMT_EXPORT_TYPES, keymgmt_export_types, list_movable),
    FACE_ROW(OSSL_FUNC_KEYMGMT_IMPORT, keymgmt_import, import_key),
    FACE_ROW(OSSL_FUNC_KEYMGMT_IMPORT_TYPES, keymgmt_import_types, list_movable),
    FACE_ROW(OSSL_FUNC_KEYMGMT_QUERY_OPERATION_NAME, keymgmt_query_operation_name, name_operation),
    {0, NULL},
};
