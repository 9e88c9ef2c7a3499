/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The factory program: tells the product's key store about the key that the chip came with, and has
 * the chip make another. Run again it finds both and changes nothing.
 *     factory STORE URI
 */
#include "device.h"

#include <mbedtls/pk.h>
#include <mbedtls/x509_csr.h>
#include <stdio.h>
#include <stdlib.h>

/* Is there such a key, and is it the one that we would make? The core itself does not ask. */
static psa_status_t find_key(psa_key_id_t id, psa_key_slot_number_t slot, bool *ret_exists)
{
    psa_key_attributes_t there = PSA_KEY_ATTRIBUTES_INIT;
    psa_key_slot_number_t its_slot = 0;
    psa_status_t status = psa_get_key_attributes(id, &there);
    *ret_exists = status == PSA_SUCCESS;
    if (status == PSA_SUCCESS) {
        status = psa_get_key_slot_number(&there, &its_slot);
        bool is_ours = status == PSA_SUCCESS && its_slot == slot &&
                       psa_get_key_lifetime(&there) == NP_PSA_LIFETIME;
        psa_reset_key_attributes(&there);
        return is_ours ? PSA_SUCCESS : PSA_ERROR_ALREADY_EXISTS;
    }
    return status == PSA_ERROR_INVALID_HANDLE || status == PSA_ERROR_DOES_NOT_EXIST ? PSA_SUCCESS
                                                                                    : status;
}

static psa_status_t register_identity(void)
{
    bool exists = false;
    psa_status_t status = find_key(IDENTITY_KEY, IDENTITY_SLOT, &exists);
    if (status != PSA_SUCCESS || exists) {
        return status;
    }
    psa_key_attributes_t attributes = device_key(IDENTITY_KEY);
    psa_set_key_slot_number(&attributes, IDENTITY_SLOT);
    return mbedtls_psa_register_se_key(&attributes);
}

static psa_status_t generate_application_key(void)
{
    bool exists = false;
    psa_key_id_t made = 0;
    psa_status_t status = find_key(APPLICATION_KEY, APPLICATION_SLOT, &exists);
    if (status != PSA_SUCCESS || exists) {
        return status;
    }
    psa_key_attributes_t attributes = device_key(APPLICATION_KEY);
    psa_set_key_slot_number(&attributes, APPLICATION_SLOT);
    return psa_generate_key(&attributes, &made);
}

static int draw(void *self, unsigned char *ret, size_t size)
{
    (void)self;
    return psa_generate_random(ret, size) == PSA_SUCCESS ? 0 : MBEDTLS_ERR_PK_BAD_INPUT_DATA;
}

static int print_request(mbedtls_pk_context *key)
{
    static unsigned char pem[2048];
    mbedtls_x509write_csr request;
    mbedtls_x509write_csr_init(&request);
    mbedtls_x509write_csr_set_md_alg(&request, MBEDTLS_MD_SHA256);
    mbedtls_x509write_csr_set_key(&request, key);
    int result = mbedtls_x509write_csr_set_subject_name(&request, "CN=Device,O=Nameplate example");
    result = result == 0
                 ? mbedtls_x509write_csr_set_key_usage(&request, MBEDTLS_X509_KU_DIGITAL_SIGNATURE)
                 : result;
    result =
        result == 0 ? mbedtls_x509write_csr_pem(&request, pem, sizeof(pem), draw, NULL) : result;
    if (result == 0) {
        printf("%s", (const char *)pem);
    }
    mbedtls_x509write_csr_free(&request);
    return result;
}

/* The public key as PEM, and a certificate request that the chip signs. */
static bool print_key(psa_key_id_t id)
{
    static unsigned char pem[1024];
    mbedtls_pk_context key;
    mbedtls_pk_init(&key);
    int result = mbedtls_pk_setup_opaque(&key, id);
    result = result == 0 ? mbedtls_pk_write_pubkey_pem(&key, pem, sizeof(pem)) : result;
    if (result == 0) {
        printf("key %u\n%s", (unsigned)id, (const char *)pem);
        result = print_request(&key);
    }
    mbedtls_pk_free(&key);
    return device_report("Using the key", result);
}

int main(int argc, char **argv)
{
    device self;
    if (argc != 3) {
        fprintf(stderr, "usage: factory STORE URI\n");
        return EXIT_FAILURE;
    }
    printf("Provisioning device...\n");
    bool is_done =
        device_start(&self, argv[1], argv[2]) &&
        device_report("Registering factory-created keys", register_identity()) &&
        device_report("Generating keys within the secure element", generate_application_key());
    if (is_done) {
        printf("Device provisioned\n");
        is_done = print_key(IDENTITY_KEY) && print_key(APPLICATION_KEY);
    }
    device_stop(&self);
    return is_done ? EXIT_SUCCESS : EXIT_FAILURE;
}
