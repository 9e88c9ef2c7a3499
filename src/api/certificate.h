/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates that callers hand in. Inside the room. */
#pragma once

#include "x509/certificate.h"

typedef struct certificate_copy {
    uint8_t der[NP_CERTIFICATE_MAX];
    np_certificate parsed; /* slices of der: do not copy the structure */
} certificate_copy;

/* PEM or DER. NP_EINPUT_FORMAT, NP_EINPUT_MISSING, NP_EINPUT_RANGE. */
NP_MUST_USE np_code certificate_decode(np_bytes bytes, certificate_copy *ret, np_error *err);
