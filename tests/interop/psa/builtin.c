/* SPDX-License-Identifier: Apache-2.0 */
#include "builtin.h"

#include <nameplate/psa.h>

/* The platform's table of keys that are in no store. */
psa_status_t mbedtls_psa_platform_get_builtin_key(mbedtls_svc_key_id_t key_id,
                                                  psa_key_lifetime_t *lifetime,
                                                  psa_drv_slot_number_t *slot_number)
{
    *lifetime = PSA_KEY_LIFETIME_FROM_PERSISTENCE_AND_LOCATION(NP_PSA_READ_ONLY, NP_PSA_LOCATION);
    *slot_number = key_id == BUILTIN ? 0 : key_id == BUILTIN_NOWHERE ? 16 : 4;
    return key_id <= BUILTIN_EMPTY ? PSA_SUCCESS : PSA_ERROR_DOES_NOT_EXIST;
}
