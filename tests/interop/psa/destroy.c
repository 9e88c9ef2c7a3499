/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Destroys the generated key, if it is there.
 *     destroy STORE URI
 */
#include "device.h"

#include <stdlib.h>

int main(int argc, char **argv)
{
    device self;
    if (argc != 3 || !device_start(&self, argv[1], argv[2])) {
        return EXIT_FAILURE;
    }
    psa_status_t status = psa_destroy_key(APPLICATION_KEY);
    bool is_gone = status == PSA_SUCCESS || status == PSA_ERROR_INVALID_HANDLE;
    device_report("Destroying the key", is_gone ? PSA_SUCCESS : status);
    device_stop(&self);
    return is_gone ? EXIT_SUCCESS : EXIT_FAILURE;
}
