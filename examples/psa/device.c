/* SPDX-License-Identifier: Apache-2.0 */
#include "device.h"

#ifdef MBEDTLS_PSA_CRYPTO_SE_C
#include <nameplate/psa_se_driver.h>
#else /* an Mbed TLS to which add_driver has added ours */
#define NP_PSA_OPAQUE_DRIVER_DEFINED_HERE
#include <nameplate/psa_opaque_driver.h>
#endif
#include <stdio.h>

NP_PSA_ASSERT_LIFETIME(NP_PSA_LIFETIME);

enum { WAIT_MS = 2000 };

bool device_report(const char *label, psa_status_t status)
{
    if (status == PSA_SUCCESS) {
        printf("\t%s... done.\n", label);
    } else {
        printf("\t%s... failed with status=%ld\n", label, (long)status);
    }
    return status == PSA_SUCCESS;
}

static bool is_good(np_code code, const np_error *err)
{
    if (code != NP_OK) {
        fprintf(stderr, "%s\n", err->message);
    }
    return code == NP_OK;
}

/* A chip that does not answer is no reason not to start: its keys will say so when they are used.
 */
static bool start_core(device *self)
{
    bool was_needed = false;
    np_psa_chip_init(&self->chip, np_psa_wire_port(self->wire), np_psa_wire_address(self->wire),
                     &np_psa_core_storage);
    np_psa_attach(&self->chip);
    psa_status_t status = np_psa_recover(&self->chip, &was_needed);
    if (was_needed) {
        fprintf(stderr, "what a power failure interrupted was ended\n");
    }
    if (status != PSA_SUCCESS) {
        return device_report("Recovering", status);
    }
#ifdef MBEDTLS_PSA_CRYPTO_SE_C
    status = psa_register_se_driver(NP_PSA_LOCATION, &np_psa_se_driver);
    if (!device_report("Registering drivers", status)) {
        return false;
    }
#endif
    return device_report("Initializing PSA Crypto", psa_crypto_init());
}

bool device_start(device *self, const char *folder, const char *uri)
{
    np_error err;
    *self = (device){.store.lock = -1};
    if (!is_good(np_psa_store_open(folder, WAIT_MS, &self->store, &err), &err)) {
        return false;
    }
    np_psa_store_attach(&self->store);
    return is_good(np_psa_wire_open(uri, WAIT_MS, &self->wire, &err), &err) && start_core(self);
}

void device_stop(device *self)
{
    mbedtls_psa_crypto_free();
    np_psa_attach(NULL);
    np_psa_store_attach(NULL);
    np_psa_wire_close(self->wire);
    np_psa_store_close(&self->store);
}

psa_key_attributes_t device_key(psa_key_id_t id)
{
    psa_key_attributes_t attributes = PSA_KEY_ATTRIBUTES_INIT;
    psa_set_key_id(&attributes, id);
    psa_set_key_lifetime(&attributes, NP_PSA_LIFETIME);
    psa_set_key_type(&attributes, PSA_KEY_TYPE_ECC_KEY_PAIR(PSA_ECC_FAMILY_SECP_R1));
    psa_set_key_bits(&attributes, 256);
    psa_set_key_usage_flags(&attributes, PSA_KEY_USAGE_SIGN_HASH | PSA_KEY_USAGE_VERIFY_HASH);
    psa_set_key_algorithm(&attributes, PSA_ALG_ECDSA(PSA_ALG_SHA_256));
    return attributes;
}
