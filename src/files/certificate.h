/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate in a file, PEM or DER. */
#pragma once

#include "x509/certificate.h"

typedef struct np_certificate_file {
    uint8_t der[NP_CERTIFICATE_MAX];
    size_t len;
    np_certificate parsed; /* slices of der: do not copy the structure */
} np_certificate_file;

static inline np_bytes np_certificate_file_der(const np_certificate_file *certificate)
{
    return (np_bytes){certificate->der, certificate->len};
}

/* Errors name the file. */
NP_MUST_USE np_code np_certificate_file_load(const char *path, np_certificate_file *ret,
                                             np_error *err);
