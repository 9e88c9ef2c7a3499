/* SPDX-License-Identifier: Apache-2.0 */
/* Agreement and random numbers: 2.40 5.14 and 5.15, 2.3.8. */
#include "base/wipe.h"
#include "pkcs11/mechanism.h"
#include "pkcs11/objects.h"
#include "x509/der.h"

enum { POINT_SIZE = 65, POINT_UNCOMPRESSED = 0x04 };

/* The peer's point comes bare or in an OCTET STRING; both are allowed (2.40 2.3.8). */
static bool read_point(np_bytes given, uint8_t ret[static 64])
{
    np_reader reader = np_reader_of(given);
    np_der wrapped;
    if (given.len != POINT_SIZE && np_der_take(&reader, NP_DER_OCTET_STRING, &wrapped) &&
        np_reader_is_done(&reader)) {
        given = wrapped.content;
    }
    if (given.len != POINT_SIZE || given.data[0] != POINT_UNCOMPRESSED) {
        return false;
    }
    memcpy(ret, given.data + 1, POINT_SIZE - 1);
    return true;
}

/* No key derivation function: what comes out is the X coordinate. */
static CK_RV read_parameters(const CK_MECHANISM *wanted, uint8_t ret_peer[static 64])
{
    CK_ECDH1_DERIVE_PARAMS parameters;
    if (wanted->pParameter == NULL || wanted->ulParameterLen != sizeof(parameters)) {
        return CKR_MECHANISM_PARAM_INVALID;
    }
    memcpy(&parameters, wanted->pParameter, sizeof(parameters));
    bool is_plain = parameters.kdf == CKD_NULL && parameters.shared_data_len == 0;
    bool has_point =
        parameters.public_data != NULL &&
        read_point(np_bytes_of(parameters.public_data, parameters.public_data_len), ret_peer);
    return is_plain && has_point ? CKR_OK : CKR_MECHANISM_PARAM_INVALID;
}

/* A point that is not on the curve is the caller's mistake, and the chip finds it. */
static CK_RV agree(module_call *call, const uint8_t peer[static 64], uint8_t ret[static 32])
{
    np_error err = {0};
    module_begin_chip(call);
    np_code code = np_token_agree(call->slot->chip->token, peer, ret, &err);
    module_end_chip(call);
    if (code == NP_EDEVICE_STATUS) {
        return CKR_MECHANISM_PARAM_INVALID;
    }
    return code == NP_OK ? slot_success(call) : slot_trouble(call, &err);
}

static CK_RV check_base_key(module_call *call, CK_OBJECT_HANDLE handle)
{
    const object *base = NULL;
    CK_RV rv = objects_find(call, handle, &base);
    if (rv != CKR_OK) {
        return rv == CKR_OBJECT_HANDLE_INVALID ? CKR_KEY_HANDLE_INVALID : rv;
    }
    if (base->class != CKO_PRIVATE_KEY) {
        return CKR_KEY_TYPE_INCONSISTENT;
    }
    return object_is(base, CKA_DERIVE) ? CKR_OK : CKR_KEY_FUNCTION_NOT_PERMITTED;
}

typedef struct derivation {
    const CK_MECHANISM *wanted;
    CK_OBJECT_HANDLE base;
    const CK_ATTRIBUTE *template;
    CK_ULONG count;
} derivation;

static CK_RV derive(module_call *call, const derivation *how, CK_OBJECT_HANDLE *ret)
{
    uint8_t peer[64];
    NP_SECRET32 secret = {0};
    const view *in = NULL;
    const mechanism *chosen = NULL;
    if (how->wanted == NULL || ret == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    CK_RV rv = objects_check_template(how->template, how->count);
    rv = rv == CKR_OK ? slot_view(call, &in) : rv;
    rv = rv == CKR_OK ? mechanism_choose(how->wanted, CKF_DERIVE, in, &chosen) : rv;
    rv = rv == CKR_OK ? check_base_key(call, how->base) : rv;
    rv = rv == CKR_OK ? read_parameters(how->wanted, peer) : rv;
    rv = rv == CKR_OK ? agree(call, peer, secret.bytes) : rv;
    if (rv != CKR_OK) {
        return rv;
    }
    return session_object_derive(call, NP_BYTES(secret.bytes), how->template, how->count, ret);
}

CK_RV C_DeriveKey(CK_SESSION_HANDLE handle, CK_MECHANISM *wanted, CK_OBJECT_HANDLE base,
                  CK_ATTRIBUTE *template, CK_ULONG count, CK_OBJECT_HANDLE *key)
{
    module_call call;
    derivation how = {wanted, base, template, count};
    CK_RV rv = module_enter_session(&call, "C_DeriveKey", handle);
    if (rv == CKR_OK) {
        rv = derive(&call, &how, key);
    }
    return module_leave(&call, rv);
}

/* The chip's generator takes no seed of ours and needs none; clients that offer one go on. */
CK_RV C_SeedRandom(CK_SESSION_HANDLE handle, CK_BYTE *seed, CK_ULONG len)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_SeedRandom", handle);
    if (rv == CKR_OK && seed == NULL && len > 0) {
        rv = CKR_ARGUMENTS_BAD;
    }
    return module_leave(&call, rv);
}

static CK_RV draw(module_call *call, CK_BYTE *ret, CK_ULONG len)
{
    np_error err = {0};
    if (ret == NULL) {
        return CKR_ARGUMENTS_BAD;
    }
    if (call->session->generation != call->slot->chip->generation) {
        return CKR_DEVICE_REMOVED;
    }
    if (len == 0) {
        return CKR_OK;
    }
    module_begin_chip(call);
    np_code code = np_token_random(call->slot->chip->token, ret, len, &err);
    module_end_chip(call);
    return code == NP_OK ? slot_success(call) : slot_trouble(call, &err);
}

CK_RV C_GenerateRandom(CK_SESSION_HANDLE handle, CK_BYTE *random, CK_ULONG len)
{
    module_call call;
    CK_RV rv = module_enter_session(&call, "C_GenerateRandom", handle);
    if (rv == CKR_OK) {
        rv = draw(&call, random, len);
    }
    return module_leave(&call, rv);
}
