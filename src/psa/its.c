/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The four functions that an Mbed TLS without file storage of its own calls, on the store that is
 * attached: global state, because they are handed none. Never part of a shared object of ours:
 * their names are the core's.
 */
#include "base/wipe.h"
#include "psa/records.h"
#include <nameplate/psa_store.h>
#include <psa/internal_trusted_storage.h>

enum { WHOLE_MAX = 16 * 1024 };

static np_psa_store *attached;

void np_psa_store_attach(np_psa_store *store)
{
    attached = store;
}

typedef struct whole {
    uint8_t bytes[WHOLE_MAX];
    size_t len;
} whole;

static void clear_whole(whole *contents)
{
    np_wipe(contents->bytes, contents->len);
}

static np_psa_status load(psa_storage_uid_t uid, whole *ret)
{
    ret->len = 0;
    if (attached == NULL) {
        return NP_PSA_ERROR_STORAGE_FAILURE;
    }
    if (uid == 0) {
        return NP_PSA_ERROR_INVALID_ARGUMENT;
    }
    np_psa_storage table = np_psa_store_table(attached);
    return table.get(table.self, uid, ret->bytes, sizeof(ret->bytes), &ret->len);
}

/*
 * When the core has made a key in a secure element and cannot store its file, it forgets that and
 * stores the driver's data next: it is told then, or would call the key good until it is started
 * again.
 */
static np_psa_status set_or_tell(np_psa_store *store, uint64_t uid, const uint8_t *data, size_t len)
{
    np_psa_status untold = store->untold;
    store->untold = NP_PSA_SUCCESS;
    if (uid == PSA_UID_DRIVER && untold != NP_PSA_SUCCESS) {
        return untold;
    }
    np_psa_storage table = np_psa_store_table(store);
    np_psa_status status = table.set(table.self, uid, data, len);
    store->untold = uid <= PSA_KEY_ID_MAX ? status : NP_PSA_SUCCESS;
    return status;
}

psa_status_t psa_its_set(psa_storage_uid_t uid, uint32_t data_length, const void *p_data,
                         psa_storage_create_flags_t create_flags)
{
    if (create_flags != 0) {
        return NP_PSA_ERROR_NOT_SUPPORTED;
    }
    if (attached == NULL || uid == 0) {
        return uid == 0 ? NP_PSA_ERROR_INVALID_ARGUMENT : NP_PSA_ERROR_STORAGE_FAILURE;
    }
    return set_or_tell(attached, uid, p_data, data_length);
}

/* What is asked for beyond the end is given short, as PSA Storage says; the core reads no less. */
psa_status_t psa_its_get(psa_storage_uid_t uid, uint32_t data_offset, uint32_t data_length,
                         void *p_data, size_t *p_data_length)
{
    NP_CLEANUP(clear_whole) whole contents;
    np_psa_status status = load(uid, &contents);
    if (status != NP_PSA_SUCCESS) {
        return status;
    }
    if (data_offset > contents.len) {
        return NP_PSA_ERROR_INVALID_ARGUMENT;
    }
    size_t rest = contents.len - data_offset;
    size_t len = data_length < rest ? data_length : rest;
    memcpy(p_data, contents.bytes + data_offset, len);
    if (p_data_length != NULL) {
        *p_data_length = len;
    }
    return NP_PSA_SUCCESS;
}

psa_status_t psa_its_get_info(psa_storage_uid_t uid, struct psa_storage_info_t *p_info)
{
    NP_CLEANUP(clear_whole) whole contents;
    np_psa_status status = load(uid, &contents);
    if (status == NP_PSA_SUCCESS) {
        *p_info = (struct psa_storage_info_t){.size = (uint32_t)contents.len};
    }
    return status;
}

psa_status_t psa_its_remove(psa_storage_uid_t uid)
{
    if (attached == NULL || uid == 0) {
        return uid == 0 ? NP_PSA_ERROR_INVALID_ARGUMENT : NP_PSA_ERROR_STORAGE_FAILURE;
    }
    np_psa_storage table = np_psa_store_table(attached);
    return table.remove(table.self, uid);
}
