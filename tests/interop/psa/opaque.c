/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core of 3.6 and the opaque driver do together, on a store in which the command line has
 * registered key 16: generates 18 and leaves it.
 *     opaque STORE URI
 */
#include "builtin.h"
#include "device.h"
#include "expect.h"

#include <stdlib.h>
#include <string.h>

enum { SECOND_KEY = 20 };

static psa_status_t generate(psa_key_id_t id)
{
    psa_key_id_t made = 0;
    psa_key_attributes_t attributes = device_key(id);
    return psa_generate_key(&attributes, &made);
}

static void use(psa_key_id_t id)
{
    uint8_t hash[48] = {1};
    uint8_t signature[64];
    size_t len = 0;
    const psa_algorithm_t alg = PSA_ALG_ECDSA(PSA_ALG_SHA_256);
    expect("a signature", psa_sign_hash(id, alg, hash, 32, signature, 64, &len), PSA_SUCCESS);
    expect("its verification", psa_verify_hash(id, alg, hash, 32, signature, 64), PSA_SUCCESS);
    hash[0] = 2;
    expect("another hash", psa_verify_hash(id, alg, hash, 32, signature, 64),
           PSA_ERROR_INVALID_SIGNATURE);
    expect("a short buffer", psa_sign_hash(id, alg, hash, 32, signature, 63, &len),
           PSA_ERROR_BUFFER_TOO_SMALL);
    expect("another algorithm",
           psa_sign_hash(id, PSA_ALG_ECDSA(PSA_ALG_SHA_384), hash, 48, signature, 64, &len),
           PSA_ERROR_NOT_PERMITTED);
    expect("the private key", psa_export_key(id, hash, sizeof(hash), &len),
           PSA_ERROR_NOT_PERMITTED);
    expect("a message", psa_sign_message(id, alg, hash, 5, signature, 64, &len), PSA_SUCCESS);
    expect("and its verification", psa_verify_message(id, alg, hash, 5, signature, 64),
           PSA_SUCCESS);
}

static void create(void)
{
    uint8_t bytes[32] = {1};
    psa_key_id_t made = 0;
    psa_key_attributes_t attributes = device_key(30);
    expect("a key made", generate(APPLICATION_KEY), PSA_SUCCESS);
    expect("the same id", generate(APPLICATION_KEY), PSA_ERROR_ALREADY_EXISTS);
    expect("the same id as a registered key", generate(IDENTITY_KEY), PSA_ERROR_ALREADY_EXISTS);
    expect("a private key from outside", psa_import_key(&attributes, bytes, sizeof(bytes), &made),
           PSA_ERROR_NOT_SUPPORTED);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_EXPORT);
    expect("a key that may leave", psa_generate_key(&attributes, &made), PSA_ERROR_NOT_PERMITTED);
    psa_set_key_bits(&attributes, 384);
    expect("another curve", psa_generate_key(&attributes, &made), PSA_ERROR_NOT_SUPPORTED);
}

/* The core tells no driver: the command line frees the slot. */
static void destroy(void)
{
    expect("another key", generate(SECOND_KEY), PSA_SUCCESS);
    expect("is destroyed", psa_destroy_key(SECOND_KEY), PSA_SUCCESS);
}

static void use_builtin(void)
{
    uint8_t keys[2][65];
    size_t len = 0;
    use(BUILTIN);
    psa_export_public_key(IDENTITY_KEY, keys[0], sizeof(keys[0]), &len);
    expect("a key without a file", psa_export_public_key(BUILTIN, keys[1], 65, &len), PSA_SUCCESS);
    expect("is the registered one",
           memcmp(keys[0], keys[1], sizeof(keys[0])) == 0 ? PSA_SUCCESS : 1, PSA_SUCCESS);
    expect("cannot be destroyed", psa_destroy_key(BUILTIN), PSA_ERROR_NOT_PERMITTED);
    expect("one in no slot", psa_export_public_key(BUILTIN_NOWHERE, keys[1], 65, &len),
           PSA_ERROR_INVALID_HANDLE);
    expect("one in an empty slot", psa_export_public_key(BUILTIN_EMPTY, keys[1], 65, &len),
           PSA_ERROR_DOES_NOT_EXIST);
}

int main(int argc, char **argv)
{
    device self;
    if (argc != 3 || !device_start(&self, argv[1], argv[2])) {
        return EXIT_FAILURE;
    }
    create();
    use(IDENTITY_KEY);
    use(APPLICATION_KEY);
    use_builtin();
    destroy();
    device_stop(&self);
    return expect_failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
