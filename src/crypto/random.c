/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/random.h"

#include <limits.h>
#include <openssl/rand.h>

static np_code fill_from_system(void *self, uint8_t *ret_bytes, size_t size, np_error *err)
{
    (void)self;
    if (size > INT_MAX || RAND_priv_bytes(ret_bytes, (int)size) != 1) {
        return np_error_set(err, NP_ESTATION_CRYPTO, "libcrypto has no random numbers for us");
    }
    return NP_OK;
}

np_random np_random_system(void)
{
    return (np_random){.fill = fill_from_system, .self = NULL};
}
