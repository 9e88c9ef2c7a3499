/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The statuses that an application gets when something is wrong with the chip, the store, the
 * memory or the random numbers: on a store with the keys 16 and 18, which it leaves as they were.
 *     troubles STORE URI
 */
#include "bench.h"
#include "device.h"
#include "expect.h"

#include <mbedtls/platform.h>
#include <mbedtls/version.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ECC_FAULT = 0x05, SELF_TEST_ERROR = 0x07, HEALTH_TEST_ERROR = 0x08, MADE = 30, BAD = 40 };

static psa_status_t sign(void)
{
    const uint8_t hash[32] = {1};
    uint8_t signature[64];
    size_t len = 0;
    psa_purge_key(APPLICATION_KEY); /* from memory: it is read again */
    return psa_sign_hash(APPLICATION_KEY, PSA_ALG_ECDSA(PSA_ALG_SHA_256), hash, sizeof(hash),
                         signature, sizeof(signature), &len);
}

static psa_status_t generate(void)
{
    psa_key_id_t made = 0;
    psa_key_attributes_t attributes = device_key(MADE);
    return psa_generate_key(&attributes, &made);
}

static void break_chip(void)
{
    bench_chip_says(ECC_FAULT);
    expect("an ECC fault", sign(), PSA_ERROR_HARDWARE_FAILURE);
    bench_chip_says(SELF_TEST_ERROR);
    expect("a failed self test", sign(), PSA_ERROR_HARDWARE_FAILURE);
    bench_chip_says(HEALTH_TEST_ERROR);
    expect("random numbers of the chip that are none", sign(), PSA_ERROR_INSUFFICIENT_ENTROPY);
    bench_chip_says(0);
    expect("a chip that is well again", sign(), PSA_SUCCESS);
}

static void *no_memory(size_t count, size_t size)
{
    (void)count;
    (void)size;
    return NULL;
}

static void break_memory(void)
{
    mbedtls_platform_set_calloc_free(no_memory, free);
    psa_status_t made = generate();
    psa_status_t signed_by = sign();
    mbedtls_platform_set_calloc_free(calloc, free);
    /* 2.28.3 does not notice that it has no room for the slot, and takes the key for none of ours
     */
    expect("a key without memory", made,
           MBEDTLS_VERSION_MAJOR < 3 ? PSA_ERROR_NOT_SUPPORTED : PSA_ERROR_INSUFFICIENT_MEMORY);
    expect("a signature without memory", signed_by, PSA_ERROR_INSUFFICIENT_MEMORY);
    expect("memory again", sign(), PSA_SUCCESS);
}

static void name_file(char *ret, size_t size, const device *self, psa_key_id_t id, const char *end)
{
    snprintf(ret, size, "%s/%016x.psa_its%s", self->store.folder, (unsigned)id, end);
}

/* A folder where the file would be: reading and writing fail, for the superuser too. */
static void break_store(const device *self)
{
    char path[512];
    char aside[512];
    name_file(path, sizeof(path), self, APPLICATION_KEY, "");
    name_file(aside, sizeof(aside), self, APPLICATION_KEY, ".aside");
    expect("the key's file put aside", rename(path, aside) + mkdir(path, 0700), PSA_SUCCESS);
    expect("a key that cannot be read", sign(), PSA_ERROR_STORAGE_FAILURE);
    expect("the key's file put back", rmdir(path) + rename(aside, path), PSA_SUCCESS);
    expect("a key that can be read", sign(), PSA_SUCCESS);
    name_file(path, sizeof(path), self, MADE, ".new");
    expect("a file in the way", mkdir(path, 0700), PSA_SUCCESS);
    expect("a key that cannot be stored", generate(), PSA_ERROR_STORAGE_FAILURE);
    expect("nothing in the way", rmdir(path), PSA_SUCCESS);
    expect("the same key", generate(), PSA_SUCCESS);
    expect("its end", psa_destroy_key(MADE), PSA_SUCCESS);
}

static psa_status_t read_damaged(const device *self, const char *bytes, size_t len)
{
    char path[512];
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    name_file(path, sizeof(path), self, BAD, "");
    FILE *file = fopen(path, "wb");
    bool is_written = file != NULL && fwrite(bytes, 1, len, file) == len;
    if (file == NULL || fclose(file) != 0 || !is_written) {
        return PSA_ERROR_GENERIC_ERROR;
    }
    psa_status_t status = psa_get_key_attributes(BAD, &attributes);
    unlink(path);
    return status;
}

static void damage_files(const device *self)
{
    static const char no_its[] = "PSA\0ITX\0\0\0\0\0\0\0\0";
    static const char no_key[] = "PSA\0ITS\0\4\0\0\0\0\0\0\0none";
    expect("a file that is none of the store", read_damaged(self, no_its, 16),
           PSA_ERROR_DATA_CORRUPT);
    expect("a file that ends early", read_damaged(self, no_key, 18), PSA_ERROR_DATA_CORRUPT);
    expect("a file that is no key", read_damaged(self, no_key, 20), PSA_ERROR_DATA_INVALID);
}

static psa_status_t status_in_use;

static void destroy_in_use(void)
{
    status_in_use = psa_destroy_key(APPLICATION_KEY);
}

/* Another task, as it were, while the chip signs. 3.6 has states of its own for that. */
static void disturb(void)
{
    if (MBEDTLS_VERSION_MAJOR < 3) {
        bench_while_signing(destroy_in_use);
        expect("a signature while the key is destroyed", sign(), PSA_SUCCESS);
        bench_while_signing(NULL);
        expect("a key that is in use", status_in_use, PSA_ERROR_GENERIC_ERROR);
        expect("which is still there", sign(), PSA_SUCCESS);
    }
}

int main(int argc, char **argv)
{
    device self;
    uint8_t byte = 0;
    expect("a core that was not started", psa_generate_random(&byte, 1), PSA_ERROR_BAD_STATE);
    if (argc != 3 || !device_start(&self, argv[1], argv[2])) {
        return EXIT_FAILURE;
    }
    break_chip();
    break_memory();
    break_store(&self);
    damage_files(&self);
    disturb();
    device_stop(&self);
    bench_has_no_entropy(true);
    expect("a start without random numbers", psa_crypto_init(), PSA_ERROR_INSUFFICIENT_ENTROPY);
    return expect_failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
