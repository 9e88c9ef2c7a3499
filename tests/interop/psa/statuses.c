/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statuses that an application gets from the real core with the driver, for what careless
 * applications do: on a store with the keys 16 and 18.
 *     statuses STORE URI
 */
#include "device.h"
#include "expect.h"

#include <stdlib.h>

static psa_status_t enroll(psa_key_id_t id, psa_key_slot_number_t slot)
{
    psa_key_attributes_t attributes = device_key(id);
    psa_set_key_slot_number(&attributes, slot);
    return mbedtls_psa_register_se_key(&attributes);
}

static psa_status_t generate(psa_key_id_t id, int slot)
{
    psa_key_id_t made = 0;
    psa_key_attributes_t attributes = device_key(id);
    if (slot >= 0) {
        psa_set_key_slot_number(&attributes, (psa_key_slot_number_t)slot);
    }
    return psa_generate_key(&attributes, &made);
}

static void sign(void)
{
    uint8_t hash[48] = {1};
    uint8_t signature[64];
    uint8_t key[65];
    size_t len = 0;
    const psa_algorithm_t alg = PSA_ALG_ECDSA(PSA_ALG_SHA_256);
    expect("a signature", psa_sign_hash(18, alg, hash, 32, signature, 64, &len), PSA_SUCCESS);
    expect("its verification", psa_verify_hash(18, alg, hash, 32, signature, 64), PSA_SUCCESS);
    hash[0] = 2;
    expect("another hash", psa_verify_hash(18, alg, hash, 32, signature, 64),
           PSA_ERROR_INVALID_SIGNATURE);
    expect("a short buffer", psa_sign_hash(18, alg, hash, 32, signature, 63, &len),
           PSA_ERROR_BUFFER_TOO_SMALL);
    expect("a short hash", psa_sign_hash(18, alg, hash, 20, signature, 64, &len),
           PSA_ERROR_INVALID_ARGUMENT);
    expect("another algorithm",
           psa_sign_hash(18, PSA_ALG_ECDSA(PSA_ALG_SHA_384), hash, 48, signature, 64, &len),
           PSA_ERROR_NOT_PERMITTED);
    expect("the private key", psa_export_key(18, key, sizeof(key), &len), PSA_ERROR_NOT_PERMITTED);
    expect("the public key", psa_export_public_key(18, key, sizeof(key), &len), PSA_SUCCESS);
}

static void create(void)
{
    expect("the same id generated", generate(16, 3), PSA_ERROR_ALREADY_EXISTS);
    expect("the same id registered", enroll(18, 0), PSA_ERROR_ALREADY_EXISTS);
    expect("the same slot", enroll(30, 0), PSA_ERROR_ALREADY_EXISTS);
    expect("an empty slot", enroll(30, 3), PSA_ERROR_DOES_NOT_EXIST);
    expect("a slot that is none", enroll(30, 99), PSA_ERROR_INVALID_ARGUMENT);
    expect("a slot for data", generate(30, 5), PSA_ERROR_INVALID_ARGUMENT);
    expect("a locked slot", generate(30, 0), PSA_ERROR_NOT_PERMITTED);
    expect("the next free slot", generate(30, -1), PSA_SUCCESS);
    expect("the last free slot", generate(31, -1), PSA_SUCCESS);
    expect("no free slot", generate(32, -1), PSA_ERROR_INSUFFICIENT_STORAGE);
    psa_key_attributes_t old = device_key(33);
    psa_set_key_lifetime(&old, PSA_KEY_LIFETIME_FROM_PERSISTENCE_AND_LOCATION(1, 2));
    psa_set_key_slot_number(&old, 3);
    expect("a location without driver", mbedtls_psa_register_se_key(&old),
           PSA_ERROR_INVALID_ARGUMENT);
}

static void destroy(void)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    expect("destroying what was made", psa_destroy_key(30), PSA_SUCCESS);
    expect("is forgotten", psa_get_key_attributes(30, &attributes), PSA_ERROR_INVALID_HANDLE);
    expect("and its slot is free", generate(34, -1), PSA_SUCCESS);
    expect("destroying it", psa_destroy_key(34), PSA_SUCCESS);
    expect("destroying the other", psa_destroy_key(31), PSA_SUCCESS);
    expect("forgetting the identity", psa_destroy_key(16), PSA_SUCCESS);
    expect("which is still in the chip", enroll(16, 0), PSA_SUCCESS);
}

int main(int argc, char **argv)
{
    device self;
    if (argc != 3 || !device_start(&self, argv[1], argv[2])) {
        return EXIT_FAILURE;
    }
    sign();
    create();
    destroy();
    device_stop(&self);
    return expect_failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
