/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The opaque driver for an application's own Mbed TLS 3.6, whose driver wrappers call it after
 * examples/psa/add_driver has described it to them. They include this header for the declarations;
 * one source file of the application has the functions, compiled with the application's
 * configuration:
 *
 *     #define NP_PSA_OPAQUE_DRIVER_DEFINED_HERE
 *     #include <nameplate/psa_opaque_driver.h>
 *
 * A key's context is its slot, 8 bytes, the low one first: what a core with
 * <nameplate/psa_se_driver.h> has stored is used by this driver, and the other way round. Without
 * Mbed TLS's headers, and in C++, this header is empty.
 */
#pragma once

#include <nameplate/psa.h>

#if defined(__has_include) && !defined(__cplusplus)
#if __has_include(<psa/crypto.h>)

#include <psa/crypto.h>

#ifndef PSA_CRYPTO_ACCELERATOR_DRIVER_PRESENT
#define PSA_CRYPTO_ACCELERATOR_DRIVER_PRESENT
#endif

enum { NP_PSA_CONTEXT_SIZE = 8 };

/* Always PSA_ERROR_NOT_SUPPORTED: a private key is made in the chip, or is there already. */
psa_status_t np_psa_opaque_import_key(const psa_key_attributes_t *attributes, const uint8_t *data,
                                      size_t data_length, uint8_t *key_buffer,
                                      size_t key_buffer_size, size_t *key_buffer_length,
                                      size_t *bits);

/* In the first slot that can have it. */
psa_status_t np_psa_opaque_generate_key(const psa_key_attributes_t *attributes, uint8_t *key_buffer,
                                        size_t key_buffer_size, size_t *key_buffer_length);

psa_status_t np_psa_opaque_export_public_key(const psa_key_attributes_t *attributes,
                                             const uint8_t *key_buffer, size_t key_buffer_size,
                                             uint8_t *data, size_t data_size, size_t *data_length);

psa_status_t np_psa_opaque_sign_hash(const psa_key_attributes_t *attributes,
                                     const uint8_t *key_buffer, size_t key_buffer_size,
                                     psa_algorithm_t alg, const uint8_t *hash, size_t hash_length,
                                     uint8_t *signature, size_t signature_size,
                                     size_t *signature_length);

psa_status_t np_psa_opaque_verify_hash(const psa_key_attributes_t *attributes,
                                       const uint8_t *key_buffer, size_t key_buffer_size,
                                       psa_algorithm_t alg, const uint8_t *hash, size_t hash_length,
                                       const uint8_t *signature, size_t signature_length);

/*
 * A key pair that signs and verifies with SHA-256, in this slot, without any file: the platform's
 * mbedtls_psa_platform_get_builtin_key gives the key id the slot. PSA_ERROR_BUFFER_TOO_SMALL leaves
 * the attributes filled, from which the core learns the size; until then its buffer and
 * key_buffer_length may be NULL.
 */
psa_status_t np_psa_opaque_get_builtin_key(psa_drv_slot_number_t slot_number,
                                           psa_key_attributes_t *attributes, uint8_t *key_buffer,
                                           size_t key_buffer_size, size_t *key_buffer_length);

#ifdef NP_PSA_OPAQUE_DRIVER_DEFINED_HERE
#include <nameplate/psa_core.h>

static psa_status_t np_psa_opaque_open(const uint8_t *key_buffer, size_t size, uint64_t *ret_slot)
{
    *ret_slot = 0;
    if (size != NP_PSA_CONTEXT_SIZE) {
        return PSA_ERROR_DATA_INVALID;
    }
    for (size_t i = NP_PSA_CONTEXT_SIZE; i > 0; i--) {
        *ret_slot = *ret_slot << 8 | key_buffer[i - 1];
    }
    return np_psa_attached() == NULL ? PSA_ERROR_COMMUNICATION_FAILURE : PSA_SUCCESS;
}

static void np_psa_opaque_close(uint64_t slot, uint8_t *key_buffer, size_t *key_buffer_length)
{
    for (size_t i = 0; i < NP_PSA_CONTEXT_SIZE; i++) {
        key_buffer[i] = (uint8_t)(slot >> (8 * i));
    }
    *key_buffer_length = NP_PSA_CONTEXT_SIZE;
}

psa_status_t np_psa_opaque_import_key(const psa_key_attributes_t *attributes, const uint8_t *data,
                                      size_t data_length, uint8_t *key_buffer,
                                      size_t key_buffer_size, size_t *key_buffer_length,
                                      size_t *bits)
{
    (void)attributes;
    (void)data;
    (void)data_length;
    (void)key_buffer;
    (void)key_buffer_size;
    *key_buffer_length = 0;
    *bits = 0;
    return PSA_ERROR_NOT_SUPPORTED;
}

psa_status_t np_psa_opaque_generate_key(const psa_key_attributes_t *attributes, uint8_t *key_buffer,
                                        size_t key_buffer_size, size_t *key_buffer_length)
{
    np_psa_request request = np_psa_request_of(attributes, NP_PSA_GENERATE);
    uint64_t slot = 0;
    *key_buffer_length = 0;
    if (key_buffer_size < NP_PSA_CONTEXT_SIZE) {
        return PSA_ERROR_BUFFER_TOO_SMALL;
    }
    if (np_psa_attached() == NULL) {
        return PSA_ERROR_COMMUNICATION_FAILURE;
    }
    psa_status_t status = np_psa_allocate_and_generate(np_psa_attached(), &request, &slot);
    if (status == PSA_SUCCESS) {
        np_psa_opaque_close(slot, key_buffer, key_buffer_length);
    }
    return status;
}

psa_status_t np_psa_opaque_export_public_key(const psa_key_attributes_t *attributes,
                                             const uint8_t *key_buffer, size_t key_buffer_size,
                                             uint8_t *data, size_t data_size, size_t *data_length)
{
    uint64_t slot = 0;
    psa_status_t status = np_psa_opaque_open(key_buffer, key_buffer_size, &slot);
    (void)attributes;
    if (status == PSA_SUCCESS) {
        status = np_psa_export_public(np_psa_attached(), slot, data, data_size);
    }
    *data_length = status == PSA_SUCCESS ? NP_PSA_PUBLIC_KEY_SIZE : 0;
    return status;
}

psa_status_t np_psa_opaque_sign_hash(const psa_key_attributes_t *attributes,
                                     const uint8_t *key_buffer, size_t key_buffer_size,
                                     psa_algorithm_t alg, const uint8_t *hash, size_t hash_length,
                                     uint8_t *signature, size_t signature_size,
                                     size_t *signature_length)
{
    uint64_t slot = 0;
    np_bytes bytes = {hash, hash_length};
    psa_status_t status = np_psa_opaque_open(key_buffer, key_buffer_size, &slot);
    (void)attributes;
    if (status == PSA_SUCCESS) {
        status = np_psa_sign(np_psa_attached(), slot, alg, bytes, signature, signature_size);
    }
    *signature_length = status == PSA_SUCCESS ? NP_PSA_SIGNATURE_SIZE : 0;
    return status;
}

psa_status_t np_psa_opaque_verify_hash(const psa_key_attributes_t *attributes,
                                       const uint8_t *key_buffer, size_t key_buffer_size,
                                       psa_algorithm_t alg, const uint8_t *hash, size_t hash_length,
                                       const uint8_t *signature, size_t signature_length)
{
    uint64_t slot = 0;
    np_bytes bytes = {hash, hash_length};
    np_bytes signed_by = {signature, signature_length};
    psa_status_t status = np_psa_opaque_open(key_buffer, key_buffer_size, &slot);
    (void)attributes;
    return status == PSA_SUCCESS ? np_psa_verify(np_psa_attached(), slot, alg, bytes, signed_by)
                                 : status;
}

psa_status_t np_psa_opaque_get_builtin_key(psa_drv_slot_number_t slot_number,
                                           psa_key_attributes_t *attributes, uint8_t *key_buffer,
                                           size_t key_buffer_size, size_t *key_buffer_length)
{
    enum { SLOTS = 16 };
    if (slot_number >= SLOTS) {
        return PSA_ERROR_DOES_NOT_EXIST;
    }
    psa_set_key_type(attributes, NP_PSA_TYPE_P256_PAIR);
    psa_set_key_bits(attributes, NP_PSA_P256_BITS);
    psa_set_key_usage_flags(attributes, NP_PSA_USAGE_SIGN | NP_PSA_USAGE_VERIFY);
    psa_set_key_algorithm(attributes, NP_PSA_ALG_ECDSA_SHA_256);
    if (key_buffer_size < NP_PSA_CONTEXT_SIZE) {
        return PSA_ERROR_BUFFER_TOO_SMALL;
    }
    np_psa_opaque_close(slot_number, key_buffer, key_buffer_length);
    return PSA_SUCCESS;
}

#endif
#endif
#endif
