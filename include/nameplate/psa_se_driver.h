/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The secure-element driver for an application's own Mbed TLS, 2.28 or 3.6 with
 * MBEDTLS_PSA_CRYPTO_SE_C: include it in one source file of the application, which is compiled with
 * the application's configuration (the layout of key attributes depends on it, and so no library
 * can be compiled for all of them).
 *
 *     np_psa_chip_init(&chip, &port, 0, &np_psa_core_storage);
 *     np_psa_attach(&chip);
 *     np_psa_recover(&chip, NULL);
 *     psa_register_se_driver(NP_PSA_LOCATION, &np_psa_se_driver);
 *     psa_crypto_init();
 *
 * There is no p_init: a chip that does not answer is no reason for the core not to start, and a
 * store that cannot be written is not written. Without Mbed TLS's headers, and in C++, this header
 * is empty.
 */
#pragma once

#include <nameplate/psa_core.h>

#if defined(__has_include) && !defined(__cplusplus)
#if __has_include(<psa/crypto_se_driver.h>)

#include <psa/crypto_se_driver.h>

#ifndef MBEDTLS_PRIVATE
#define MBEDTLS_PRIVATE(member) member
#endif

static psa_status_t np_psa_p_allocate(psa_drv_se_context_t *context, void *persistent_data,
                                      const psa_key_attributes_t *attributes,
                                      psa_key_creation_method_t method,
                                      psa_key_slot_number_t *key_slot)
{
    np_psa_request request = np_psa_request_of(attributes, (np_psa_method)method);
    uint64_t slot = 0;
    (void)context;
    if (np_psa_attached() == NULL) {
        return PSA_ERROR_COMMUNICATION_FAILURE;
    }
    psa_status_t status =
        np_psa_allocate(np_psa_attached(), (uint8_t *)persistent_data, &request, &slot);
    *key_slot = slot;
    return status;
}

static psa_status_t np_psa_p_validate(psa_drv_se_context_t *context, void *persistent_data,
                                      const psa_key_attributes_t *attributes,
                                      psa_key_creation_method_t method,
                                      psa_key_slot_number_t key_slot)
{
    np_psa_request request = np_psa_request_of(attributes, (np_psa_method)method);
    (void)context;
    return np_psa_attached() == NULL
               ? PSA_ERROR_COMMUNICATION_FAILURE
               : np_psa_validate(np_psa_attached(), (uint8_t *)persistent_data, &request, key_slot);
}

static psa_status_t np_psa_p_import(psa_drv_se_context_t *context, psa_key_slot_number_t key_slot,
                                    const psa_key_attributes_t *attributes, const uint8_t *data,
                                    size_t data_length, size_t *bits)
{
    np_psa_request request = np_psa_request_of(attributes, NP_PSA_IMPORT);
    np_bytes bytes = {data, data_length};
    (void)context;
    *bits = NP_PSA_P256_BITS;
    return np_psa_attached() == NULL ? PSA_ERROR_COMMUNICATION_FAILURE
                                     : np_psa_import(np_psa_attached(), &request, key_slot, bytes);
}

static psa_status_t np_psa_p_export_public(psa_drv_se_context_t *context, psa_key_slot_number_t key,
                                           uint8_t *data, size_t data_size, size_t *data_length)
{
    (void)context;
    *data_length = 0;
    if (np_psa_attached() == NULL) {
        return PSA_ERROR_COMMUNICATION_FAILURE;
    }
    psa_status_t status = np_psa_export_public(np_psa_attached(), key, data, data_size);
    *data_length = status == PSA_SUCCESS ? NP_PSA_PUBLIC_KEY_SIZE : 0;
    return status;
}

static psa_status_t np_psa_p_generate(psa_drv_se_context_t *context, psa_key_slot_number_t key_slot,
                                      const psa_key_attributes_t *attributes, uint8_t *pubkey,
                                      size_t pubkey_size, size_t *pubkey_length)
{
    np_psa_request request = np_psa_request_of(attributes, NP_PSA_GENERATE);
    if (pubkey_length != NULL) {
        *pubkey_length = 0;
    }
    if (np_psa_attached() == NULL) {
        return PSA_ERROR_COMMUNICATION_FAILURE;
    }
    psa_status_t status = np_psa_generate(np_psa_attached(), &request, key_slot);
    return status == PSA_SUCCESS && pubkey != NULL && pubkey_length != NULL
               ? np_psa_p_export_public(context, key_slot, pubkey, pubkey_size, pubkey_length)
               : status;
}

static psa_status_t np_psa_p_destroy(psa_drv_se_context_t *context, void *persistent_data,
                                     psa_key_slot_number_t key_slot)
{
    (void)context;
    return np_psa_attached() == NULL
               ? PSA_ERROR_COMMUNICATION_FAILURE
               : np_psa_destroy(np_psa_attached(), (uint8_t *)persistent_data, key_slot);
}

static psa_status_t np_psa_p_sign(psa_drv_se_context_t *context, psa_key_slot_number_t key_slot,
                                  psa_algorithm_t alg, const uint8_t *hash, size_t hash_length,
                                  uint8_t *signature, size_t signature_size,
                                  size_t *signature_length)
{
    np_bytes bytes = {hash, hash_length};
    (void)context;
    *signature_length = 0;
    if (np_psa_attached() == NULL) {
        return PSA_ERROR_COMMUNICATION_FAILURE;
    }
    psa_status_t status =
        np_psa_sign(np_psa_attached(), key_slot, alg, bytes, signature, signature_size);
    *signature_length = status == PSA_SUCCESS ? NP_PSA_SIGNATURE_SIZE : 0;
    return status;
}

static psa_status_t np_psa_p_verify(psa_drv_se_context_t *context, psa_key_slot_number_t key_slot,
                                    psa_algorithm_t alg, const uint8_t *hash, size_t hash_length,
                                    const uint8_t *signature, size_t signature_length)
{
    np_bytes bytes = {hash, hash_length};
    np_bytes signed_by = {signature, signature_length};
    (void)context;
    return np_psa_attached() == NULL
               ? PSA_ERROR_COMMUNICATION_FAILURE
               : np_psa_verify(np_psa_attached(), key_slot, alg, bytes, signed_by);
}

static const psa_drv_se_key_management_t np_psa_key_management = {
    .MBEDTLS_PRIVATE(p_allocate) = np_psa_p_allocate,
    .MBEDTLS_PRIVATE(p_validate_slot_number) = np_psa_p_validate,
    .MBEDTLS_PRIVATE(p_import) = np_psa_p_import,
    .MBEDTLS_PRIVATE(p_generate) = np_psa_p_generate,
    .MBEDTLS_PRIVATE(p_destroy) = np_psa_p_destroy,
    .MBEDTLS_PRIVATE(p_export) = NULL,
    .MBEDTLS_PRIVATE(p_export_public) = np_psa_p_export_public,
};

static const psa_drv_se_asymmetric_t np_psa_asymmetric = {
    .MBEDTLS_PRIVATE(p_sign) = np_psa_p_sign,
    .MBEDTLS_PRIVATE(p_verify) = np_psa_p_verify,
    .MBEDTLS_PRIVATE(p_encrypt) = NULL,
    .MBEDTLS_PRIVATE(p_decrypt) = NULL,
};

static const psa_drv_se_t np_psa_se_driver = {
    .MBEDTLS_PRIVATE(hal_version) = NP_PSA_HAL_VERSION,
    .MBEDTLS_PRIVATE(persistent_data_size) = NP_PSA_STATE_SIZE,
    .MBEDTLS_PRIVATE(p_init) = NULL,
    .MBEDTLS_PRIVATE(key_management) = &np_psa_key_management,
    .MBEDTLS_PRIVATE(mac) = NULL,
    .MBEDTLS_PRIVATE(cipher) = NULL,
    .MBEDTLS_PRIVATE(aead) = NULL,
    .MBEDTLS_PRIVATE(asymmetric) = &np_psa_asymmetric,
    .MBEDTLS_PRIVATE(derivation) = NULL,
};

#endif
#endif
