/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Mbed TLS's own test suites are linked with: the driver, and the store of the current folder
 * in the place of the core's files. Suites that bring no driver of their own have ours registered
 * whenever they start the core (psa_crypto_init is wrapped for them); no chip is attached.
 */
#include <nameplate/psa_se_driver.h>
#include <nameplate/psa_store.h>
#include <stdio.h>
#include <stdlib.h>

#ifndef MBEDTLS_PSA_ITS_FILE_C
static np_psa_store store;

__attribute__((constructor)) static void open_store(void)
{
    np_error err;
    if (np_psa_store_open("store", 0, &store, &err) != NP_OK) {
        fprintf(stderr, "%s\n", err.message);
        exit(EXIT_FAILURE);
    }
    np_psa_store_attach(&store);
}
#endif

/* absent where nothing is wrapped */
__attribute__((weak)) psa_status_t __real_psa_crypto_init(void);
psa_status_t __wrap_psa_crypto_init(void);

psa_status_t __wrap_psa_crypto_init(void)
{
    psa_status_t status = psa_register_se_driver(NP_PSA_LOCATION, &np_psa_se_driver);
    return status == PSA_SUCCESS || status == PSA_ERROR_ALREADY_EXISTS ? __real_psa_crypto_init()
                                                                       : status;
}
