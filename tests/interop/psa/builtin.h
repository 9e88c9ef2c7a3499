/* SPDX-License-Identifier: Apache-2.0 */
/* Ids of keys that are in no file: the platform of these tests knows their slots. */
#pragma once

#include <psa/crypto.h>

enum {
    BUILTIN = MBEDTLS_PSA_KEY_ID_BUILTIN_MIN + 1, /* slot 0 */
    BUILTIN_NOWHERE,                              /* no slot of the chip */
    BUILTIN_EMPTY,                                /* slot 4 */
};
