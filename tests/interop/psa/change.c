/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Makes the application's key in a slot that the driver chooses, or destroys it; what is done
 * already is not done again. change STORE URI make|destroy
 */
#include "device.h"

#include <stdlib.h>
#include <string.h>

static psa_status_t make(void)
{
    psa_key_id_t made = 0;
    psa_key_attributes_t attributes = device_key(APPLICATION_KEY);
    psa_key_attributes_t there = PSA_KEY_ATTRIBUTES_INIT;
    bool exists = psa_get_key_attributes(APPLICATION_KEY, &there) == PSA_SUCCESS;
    return exists ? PSA_SUCCESS : psa_generate_key(&attributes, &made);
}

static psa_status_t destroy(void)
{
    psa_status_t status = psa_destroy_key(APPLICATION_KEY);
    return status == PSA_ERROR_INVALID_HANDLE ? PSA_SUCCESS : status;
}

int main(int argc, char **argv)
{
    device self;
    if (argc != 4 || !device_start(&self, argv[1], argv[2])) {
        return EXIT_FAILURE;
    }
    bool is_made = strcmp(argv[3], "make") == 0;
    bool is_done = device_report(is_made ? "Making the key" : "Destroying the key",
                                 is_made ? make() : destroy());
    device_stop(&self);
    return is_done ? EXIT_SUCCESS : EXIT_FAILURE;
}
