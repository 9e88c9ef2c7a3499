/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PSA Storage's internal trusted storage, as Mbed TLS includes it where it has no file storage of
 * its own. Put nameplate/mbedtls among its include folders; the functions are those of
 * libnameplate-psa on an operating system, and the platform's elsewhere.
 */
#pragma once

#include "psa/error.h"
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef uint64_t psa_storage_uid_t;
typedef uint32_t psa_storage_create_flags_t;

struct psa_storage_info_t {
    uint32_t size;
    psa_storage_create_flags_t flags;
};

#define PSA_STORAGE_FLAG_NONE       0u
#define PSA_STORAGE_FLAG_WRITE_ONCE 1u

psa_status_t psa_its_set(psa_storage_uid_t uid, uint32_t data_length, const void *p_data,
                         psa_storage_create_flags_t create_flags);
psa_status_t psa_its_get(psa_storage_uid_t uid, uint32_t data_offset, uint32_t data_length,
                         void *p_data, size_t *p_data_length);
psa_status_t psa_its_get_info(psa_storage_uid_t uid, struct psa_storage_info_t *p_info);
psa_status_t psa_its_remove(psa_storage_uid_t uid);

#ifdef __cplusplus
}
#endif
