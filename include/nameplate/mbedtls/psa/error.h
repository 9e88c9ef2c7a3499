/* SPDX-License-Identifier: Apache-2.0 */
/* PSA's statuses for the header beside this one. Mbed TLS has the same, so it may come first. */
#pragma once

#include <stdint.h>

#ifndef PSA_SUCCESS
typedef int32_t psa_status_t;
#define PSA_SUCCESS               ((psa_status_t)0)
#define PSA_ERROR_STORAGE_FAILURE ((psa_status_t)-146)
#define PSA_ERROR_DATA_CORRUPT    ((psa_status_t)-152)
#endif
