/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/operation.h"

#include "base/wipe.h"

void operation_begin(session_operation *operation, const mechanism *chosen)
{
    *operation = (session_operation){.is_active = true, .has_hash = chosen->has_hash};
    if (chosen->has_hash) {
        np_digest_begin(&operation->stream, chosen->hash);
    }
}

void operation_add(session_operation *operation, np_bytes data)
{
    if (data.len == 0) {
        return;
    }
    if (operation->has_hash) {
        np_digest_add(&operation->stream, data);
        return;
    }
    size_t room = sizeof(operation->raw) - operation->raw_len;
    size_t len = data.len < room ? data.len : room;
    memcpy(operation->raw + operation->raw_len, data.data, len);
    operation->raw_len += len;
}

static CK_RV end_with(session_operation *operation, CK_RV rv)
{
    session_end_operation(operation);
    return rv;
}

CK_RV operation_check_single(session_operation *operation, const void *data, CK_ULONG len)
{
    if (!operation->is_active) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    if (data == NULL && len > 0) {
        return end_with(operation, CKR_ARGUMENTS_BAD);
    }
    return operation->has_begun ? end_with(operation, CKR_OPERATION_ACTIVE) : CKR_OK;
}

CK_RV operation_update(session_operation *operation, const void *data, CK_ULONG len)
{
    if (!operation->is_active) {
        return CKR_OPERATION_NOT_INITIALIZED;
    }
    if (data == NULL && len > 0) {
        return end_with(operation, CKR_ARGUMENTS_BAD);
    }
    operation->has_begun = true;
    operation_add(operation, np_bytes_of(data, len));
    return CKR_OK;
}

CK_RV operation_check_output(session_operation *operation, size_t size, const void *buffer,
                             CK_ULONG *len)
{
    if (len == NULL) {
        return end_with(operation, CKR_ARGUMENTS_BAD);
    }
    CK_ULONG room = *len;
    *len = size;
    return buffer != NULL && room < size ? CKR_BUFFER_TOO_SMALL : CKR_OK;
}

CK_RV operation_digest(session_operation *operation, uint8_t ret[static 32])
{
    uint8_t digest[NP_DIGEST_MAX];
    const uint8_t *from = operation->raw;
    size_t len = operation->raw_len;
    if (operation->has_hash) {
        len = np_digest_size(operation->stream.kind);
        np_digest_end(&operation->stream, digest);
        from = digest;
    }
    if (len == 0) {
        return CKR_DATA_LEN_RANGE;
    }
    len = len < 32 ? len : 32;
    memset(ret, 0, 32);
    memcpy(ret + 32 - len, from, len);
    return CKR_OK;
}
