/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The STORE scheme "nameplate:", behind which stands the URI of a chip: its key, the device's
 * certificate, the signer's. "nameplate:" alone is the chip of $NAMEPLATE_CHIP. The chip is read
 * when the first object is asked for.
 */
#include "provider/chip_key.h"
#include "provider/operations.h"
#include <openssl/core_names.h>
#include <openssl/core_object.h>
#include <openssl/params.h>
#include <openssl/store.h>
#include <stdlib.h>
#include <string.h>

#define SCHEME "nameplate:"

enum { KEY_SLOT = 0 /* the identity's */ };

typedef enum store_object {
    STORE_KEY,
    STORE_DEVICE,
    STORE_SIGNER,
    STORE_OBJECT_COUNT,
} store_object;

typedef struct store {
    face_root *root;
    face_chip *chip;
    char *uri;
    int expected; /* OSSL_STORE_INFO_…; 0: everything */
    store_object next;
} store;

static int close_store(void *data)
{
    store *opened = data;
    face_chip_put(opened->root, opened->chip);
    free(opened->uri);
    free(opened);
    return 1;
}

static void clear_store(store **opened)
{
    if (*opened != NULL) {
        close_store(*opened);
    }
}

/* secure_getenv: a program with other rights than its user does not listen to the user. */
static np_code find_chip(const char *uri, const char **ret, np_error *err)
{
    *ret = uri + strlen(SCHEME);
    if (**ret == '\0') {
        *ret = secure_getenv("NAMEPLATE_CHIP");
    }
    if (*ret != NULL && **ret != '\0') {
        return NP_OK;
    }
    np_error_set(err, NP_EUSAGE, "'%s' names no chip", uri);
    return np_error_hint(err, NP_EUSAGE, "write nameplate:i2c:/dev/i2c-1, or set NAMEPLATE_CHIP");
}

static np_code open_chip(face_root *root, const char *uri, store *ret, np_error *err)
{
    const char *chip = NULL;
    NP_TRY(find_chip(uri, &chip, err));
    ret->root = root;
    ret->uri = strdup(chip);
    if (ret->uri == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for a store");
    }
    return face_chip_get(root, chip, KEY_SLOT, NULL, &ret->chip, err);
}

static void *open_store(void *data, const char *uri)
{
    face_root *root = data;
    NP_CLEANUP(clear_store) store *opened = calloc(1, sizeof(*opened));
    np_error err;
    if (opened == NULL || strncmp(uri, SCHEME, strlen(SCHEME)) != 0) {
        return NULL;
    }
    if (open_chip(root, uri, opened, &err) != NP_OK) {
        face_raise(root, &err, __func__);
        return NULL;
    }
    store *ret = opened;
    opened = NULL;
    return ret;
}

static const OSSL_PARAM *list_settable(void *root)
{
    static const OSSL_PARAM settable[] = {
        OSSL_PARAM_int(OSSL_STORE_PARAM_EXPECT, NULL),
        OSSL_PARAM_END,
    };
    (void)root;
    return settable;
}

static int set_params(void *data, const OSSL_PARAM params[])
{
    store *opened = data;
    const OSSL_PARAM *expected =
        params == NULL ? NULL : OSSL_PARAM_locate_const(params, OSSL_STORE_PARAM_EXPECT);
    return expected == NULL || OSSL_PARAM_get_int(expected, &opened->expected) == 1;
}

static int kind_of(store_object object)
{
    return object == STORE_KEY ? OSSL_STORE_INFO_PKEY : OSSL_STORE_INFO_CERT;
}

static bool is_wanted(const store *opened, const np_token_facts *facts, store_object object)
{
    bool is_there = object == STORE_KEY ? facts->has_key : facts->has_identity;
    return is_there && (opened->expected == 0 || opened->expected == kind_of(object));
}

static int give_certificate(const np_identity_der *der, OSSL_CALLBACK *take, void *self)
{
    np_identity_der copy = *der;
    int kind = OSSL_OBJECT_CERT;
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_OBJECT_PARAM_TYPE, &kind),
        OSSL_PARAM_construct_octet_string(OSSL_OBJECT_PARAM_DATA, copy.bytes, copy.len),
        OSSL_PARAM_construct_end(),
    };
    return take(params, self);
}

/* As a key reference, which our decoder turns into the key. */
static int give_key(const store *opened, const np_token_facts *facts, OSSL_CALLBACK *take,
                    void *self)
{
    np_key_reference reference = {.chip_serial = facts->chip_serial};
    char structure[] = FACE_STRUCTURE;
    char type[] = FACE_KEY_TYPE;
    uint8_t der[NP_KEY_REFERENCE_DER_MAX];
    np_writer writer = np_writer_of(der, sizeof(der));
    int kind = OSSL_OBJECT_PKEY;
    np_error err;
    memcpy(reference.point, facts->identity.public_key, sizeof(reference.point));
    if (np_key_reference_set(&reference, opened->uri, KEY_SLOT, &err) != NP_OK) {
        face_raise(opened->root, &err, __func__);
        return 0;
    }
    np_key_reference_encode(&reference, &writer);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_int(OSSL_OBJECT_PARAM_TYPE, &kind),
        OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_TYPE, type, 0),
        OSSL_PARAM_construct_utf8_string(OSSL_OBJECT_PARAM_DATA_STRUCTURE, structure, 0),
        OSSL_PARAM_construct_octet_string(OSSL_OBJECT_PARAM_DATA, der, writer.len),
        OSSL_PARAM_construct_end(),
    };
    return take(params, self);
}

static int give(const store *opened, const np_token_facts *facts, store_object object,
                OSSL_CALLBACK *take, void *self)
{
    if (object == STORE_KEY) {
        return give_key(opened, facts, take, self);
    }
    return give_certificate(
        object == STORE_DEVICE ? &facts->identity.device : &facts->identity.signer, take, self);
}

static np_code read_facts(const store *opened, const np_token_facts **ret, np_error *err)
{
    NP_CLEANUP(face_end) face_visit visit = face_begin(opened->root);
    (void)visit;
    NP_TRY(np_token_read(face_chip_token(opened->chip), ret, err));
    if ((*ret)->has_key) {
        return NP_OK;
    }
    np_error_set(err, NP_ECONFLICT_FOREIGN, "%s: the chip has no key that signs", opened->uri);
    return np_error_hint(err, NP_ECONFLICT_FOREIGN,
                         "give it its identity: nameplate chip provision");
}

static int load_next(void *data, OSSL_CALLBACK *take, void *self, FACE_ASK)
{
    store *opened = data;
    const np_token_facts *facts = NULL;
    np_error err;
    (void)ask, (void)ask_self;
    if (read_facts(opened, &facts, &err) != NP_OK) {
        opened->next = STORE_OBJECT_COUNT;
        face_raise(opened->root, &err, __func__);
        return 0;
    }
    while (opened->next < STORE_OBJECT_COUNT) {
        store_object object = opened->next++;
        if (is_wanted(opened, facts, object)) {
            return give(opened, facts, object, take, self);
        }
    }
    return 0;
}

static int is_at_end(void *data)
{
    const store *opened = data;
    return opened->next >= STORE_OBJECT_COUNT;
}

const OSSL_DISPATCH face_store[] = {
    FACE_ROW(OSSL_FUNC_STORE_OPEN, store_open, open_store),
    FACE_ROW(OSSL_FUNC_STORE_SETTABLE_CTX_PARAMS, store_settable_ctx_params, list_settable),
    FACE_ROW(OSSL_FUNC_STORE_SET_CTX_PARAMS, store_set_ctx_params, set_params),
    FACE_ROW(OSSL_FUNC_STORE_LOAD, store_load, load_next),
    FACE_ROW(OSSL_FUNC_STORE_EOF, store_eof, is_at_end),
    FACE_ROW(OSSL_FUNC_STORE_CLOSE, store_close, close_store),
    {0, NULL},
};
