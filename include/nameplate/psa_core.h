/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What both drivers take from an application's own Mbed TLS: its storage, and a key's attributes.
 * Included by <nameplate/psa_se_driver.h> and <nameplate/psa_opaque_driver.h>, in the one source
 * file that has the driver. Without Mbed TLS's headers, and in C++, this header is empty.
 */
#pragma once

#include <nameplate/psa.h>

#if defined(__has_include) && !defined(__cplusplus)
#if __has_include(<psa/crypto.h>)

#include <psa/crypto.h>
#include <string.h>

/* The core's storage: its own files, or what the platform has. Mbed TLS installs no header. */
psa_status_t psa_its_set(uint64_t uid, uint32_t data_length, const void *p_data,
                         uint32_t create_flags);
psa_status_t psa_its_get(uint64_t uid, uint32_t data_offset, uint32_t data_length, void *p_data,
                         size_t *p_data_length);
psa_status_t psa_its_remove(uint64_t uid);

enum { NP_PSA_READ_STEP = 4 };

/* Mbed TLS's file storage refuses to read beyond the end: the end is looked for. */
static np_psa_status np_psa_core_get(void *self, uint64_t uid, uint8_t *ret, size_t size,
                                     size_t *ret_len)
{
    psa_status_t status = PSA_SUCCESS;
    size_t len = 0;
    (void)self;
    *ret_len = 0;
    while (*ret_len + NP_PSA_READ_STEP <= size && status == PSA_SUCCESS) {
        status = psa_its_get(uid, (uint32_t)*ret_len, NP_PSA_READ_STEP, ret + *ret_len, &len);
        if (status != PSA_SUCCESS || len == 0) {
            break;
        }
        *ret_len += len;
    }
    return *ret_len > 0 ? PSA_SUCCESS : status;
}

static np_psa_status np_psa_core_set(void *self, uint64_t uid, const uint8_t *data, size_t len)
{
    (void)self;
    return psa_its_set(uid, (uint32_t)len, data, 0);
}

static np_psa_status np_psa_core_remove(void *self, uint64_t uid)
{
    (void)self;
    return psa_its_remove(uid);
}

static const np_psa_storage np_psa_core_storage = {NULL, np_psa_core_get, np_psa_core_set,
                                                   np_psa_core_remove};

static np_psa_request np_psa_request_of(const psa_key_attributes_t *attributes,
                                        np_psa_method method)
{
    np_psa_request request;
    memset(&request, 0, sizeof(request));
    request.method = method;
    request.key_id = MBEDTLS_SVC_KEY_ID_GET_KEY_ID(psa_get_key_id(attributes));
    request.lifetime = psa_get_key_lifetime(attributes);
    request.type = psa_get_key_type(attributes);
    request.bits = (uint16_t)psa_get_key_bits(attributes);
    request.usage = psa_get_key_usage_flags(attributes);
    request.algorithm = psa_get_key_algorithm(attributes);
    request.algorithm_2 = psa_get_key_enrollment_algorithm(attributes);
    return request;
}
#endif
#endif
