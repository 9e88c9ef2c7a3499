/* SPDX-License-Identifier: Apache-2.0 */
/* The token by which a cloud asks nRF Cloud on behalf of a team's device ("proxy"; RFC 7519). */
#pragma once

#include "crypto/signing.h"

/* Texts are borrowed. */
typedef struct np_nrf_jwt {
    const char *team;
    const char *device; /* NULL: of the team itself */
    int64_t expires;    /* seconds since 1970; 0: never */
} np_nrf_jwt;

/* ES256, without a line end. NP_ESTATION_MEMORY, and what the signing says. */
NP_MUST_USE np_code np_nrf_jwt_write(const np_nrf_jwt *jwt, const np_signing *signing,
                                     np_writer *writer, np_error *err);
