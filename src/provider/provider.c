/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where OpenSSL comes in. The one hard point is company: of two providers that manage "EC" keys
 * libcrypto asks the first that it came to know, and ours makes no keys. Therefore ours shows its
 * key management only after libcrypto has looked at everybody else's (query_keys): whatever the
 * order in which the providers were loaded, keys that are not in a chip belong to the others.
 */
#include "provider/chip_key.h"
#include "provider/operations.h"
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/params.h>
#include <openssl/provider.h>
#include <stdlib.h>
#include <unistd.h>

#define EC_NAMES    "EC:id-ecPublicKey:1.2.840.10045.2.1"
#define OURS        "provider=nameplate"
#define DESCRIPTION "Nameplate: P-256 keys in chips"

static const OSSL_ALGORITHM key_managements[] = {
    {EC_NAMES, OURS, face_key_management, DESCRIPTION},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM signatures[] = {
    {FACE_SIGNATURE_NAME, OURS, face_signature, DESCRIPTION},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM exchanges[] = {
    {FACE_EXCHANGE_NAME, OURS, face_exchange, DESCRIPTION},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM decoders[] = {
    {"DER", OURS ",input=pem", face_pem_decoder, DESCRIPTION},
    {EC_NAMES, OURS ",input=der,structure=" FACE_STRUCTURE, face_der_decoder, DESCRIPTION},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM encoders[] = {
    {EC_NAMES, OURS ",output=text", face_text_encoder, DESCRIPTION},
    {NULL, NULL, NULL, NULL},
};

static const OSSL_ALGORITHM stores[] = {
    {"nameplate", OURS, face_store, DESCRIPTION},
    {NULL, NULL, NULL, NULL},
};

/* Does this thread let libcrypto look at the others just now? */
static _Thread_local bool is_looking;

/*
 * True when somebody else manages EC keys; libcrypto knows them from then on. That there may be
 * nobody yet is no error of the application's.
 */
static bool let_others_in(const face_root *root)
{
    ERR_set_mark();
    is_looking = true;
    EVP_KEYMGMT *other = EVP_KEYMGMT_fetch(root->application, "EC", NULL);
    is_looking = false;
    ERR_pop_to_mark();
    bool is_there = other != NULL;
    EVP_KEYMGMT_free(other);
    return is_there;
}

/*
 * What is not to be cached is asked for again. (Where the application's libcrypto is not the one
 * that we can call, nothing can be done about the order.)
 */
static const OSSL_ALGORITHM *query_keys(const face_root *root, int *no_cache)
{
    bool is_first = is_looking || (root->is_same_library && !let_others_in(root));
    *no_cache = is_first;
    return is_first ? NULL : key_managements;
}

typedef struct operation_row {
    int operation;
    const OSSL_ALGORITHM *algorithms;
} operation_row;

static const OSSL_ALGORITHM *query(void *root, int operation, int *no_cache)
{
    static const operation_row rows[] = {
        {OSSL_OP_SIGNATURE, signatures}, {OSSL_OP_KEYEXCH, exchanges}, {OSSL_OP_DECODER, decoders},
        {OSSL_OP_ENCODER, encoders},     {OSSL_OP_STORE, stores},
    };
    *no_cache = 0;
    if (operation == OSSL_OP_KEYMGMT) {
        return query_keys(root, no_cache);
    }
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        if (rows[i].operation == operation) {
            return rows[i].algorithms;
        }
    }
    return NULL;
}

static const OSSL_PARAM *list_readable(void *root)
{
    static const OSSL_PARAM readable[] = {
        OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_NAME, NULL, 0),
        OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_VERSION, NULL, 0),
        OSSL_PARAM_utf8_ptr(OSSL_PROV_PARAM_BUILDINFO, NULL, 0),
        OSSL_PARAM_int(OSSL_PROV_PARAM_STATUS, NULL),
        OSSL_PARAM_END,
    };
    (void)root;
    return readable;
}

static int get_params(void *root, OSSL_PARAM params[])
{
    OSSL_PARAM *name = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_NAME);
    OSSL_PARAM *version = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_VERSION);
    OSSL_PARAM *build = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_BUILDINFO);
    OSSL_PARAM *status = OSSL_PARAM_locate(params, OSSL_PROV_PARAM_STATUS);
    (void)root;
    return (name == NULL || OSSL_PARAM_set_utf8_ptr(name, "Nameplate provider") == 1) &&
           (version == NULL || OSSL_PARAM_set_utf8_ptr(version, NP_VERSION) == 1) &&
           (build == NULL || OSSL_PARAM_set_utf8_ptr(build, NP_VERSION) == 1) &&
           (status == NULL || OSSL_PARAM_set_int(status, 1) == 1);
}

static const OSSL_ITEM *list_reasons(void *root)
{
    (void)root;
    return face_reason_strings;
}

/* In a forked child the chips are given up without a word on the wire (face_enter). */
static void tear_down(void *data)
{
    face_root *root = data;
    face_enter(root);
    OSSL_LIB_CTX_free(root->own);
    pthread_mutex_destroy(&root->mutex);
    free(root);
}

static const OSSL_DISPATCH functions[] = {
    FACE_ROW(OSSL_FUNC_PROVIDER_TEARDOWN, provider_teardown, tear_down),
    FACE_ROW(OSSL_FUNC_PROVIDER_GETTABLE_PARAMS, provider_gettable_params, list_readable),
    FACE_ROW(OSSL_FUNC_PROVIDER_GET_PARAMS, provider_get_params, get_params),
    FACE_ROW(OSSL_FUNC_PROVIDER_QUERY_OPERATION, provider_query_operation, query),
    FACE_ROW(OSSL_FUNC_PROVIDER_GET_REASON_STRINGS, provider_get_reason_strings, list_reasons),
    {0, NULL},
};

static void (*find_function(const OSSL_DISPATCH *core, int id))(void)
{
    for (; core->function_id != 0; core++) {
        if (core->function_id == id) {
            return core->function;
        }
    }
    return NULL;
}

#define TAKE(member, id) root->member = (__typeof__(root->member))find_function(core, (id))

/*
 * The application's context is an OSSL_LIB_CTX for us only if its libcrypto is the one that we are
 * linked with, and not for instance a copy inside the program. Its allocator tells.
 */
static void find_application(face_root *root, const OSSL_DISPATCH *core)
{
    OSSL_FUNC_core_get_libctx_fn *get =
        (OSSL_FUNC_core_get_libctx_fn *)find_function(core, OSSL_FUNC_CORE_GET_LIBCTX);
    root->is_same_library = get != NULL && find_function(core, OSSL_FUNC_CRYPTO_MALLOC) ==
                                               (void (*)(void))CRYPTO_malloc;
    if (root->is_same_library) {
        root->application = (OSSL_LIB_CTX *)get(root->handle);
    }
}

static bool take_core(face_root *root, const OSSL_DISPATCH *core)
{
    TAKE(new_error, OSSL_FUNC_CORE_NEW_ERROR);
    TAKE(set_error_place, OSSL_FUNC_CORE_SET_ERROR_DEBUG);
    TAKE(set_error, OSSL_FUNC_CORE_VSET_ERROR);
    TAKE(bio_read, OSSL_FUNC_BIO_READ_EX);
    TAKE(bio_gets, OSSL_FUNC_BIO_GETS);
    TAKE(bio_write, OSSL_FUNC_BIO_WRITE_EX);
    find_application(root, core);
    return root->new_error != NULL && root->set_error_place != NULL && root->set_error != NULL &&
           root->bio_read != NULL && root->bio_gets != NULL && root->bio_write != NULL;
}

static bool prepare(face_root *root, const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core)
{
    root->handle = handle;
    atomic_init(&root->pid, (int)getpid());
    root->own = OSSL_LIB_CTX_new();
    return take_core(root, core) && root->own != NULL &&
           pthread_mutex_init(&root->mutex, NULL) == 0;
}

__attribute__((visibility("default"))) OSSL_provider_init_fn OSSL_provider_init;

int OSSL_provider_init(const OSSL_CORE_HANDLE *handle, const OSSL_DISPATCH *core,
                       const OSSL_DISPATCH **ret, void **ret_root)
{
    face_root *root = calloc(1, sizeof(*root));
    if (root == NULL || !prepare(root, handle, core)) {
        if (root != NULL) {
            OSSL_LIB_CTX_free(root->own);
        }
        free(root);
        return 0;
    }
    *ret = functions;
    *ret_root = root;
    return 1;
}
