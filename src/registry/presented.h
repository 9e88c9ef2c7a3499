/* SPDX-License-Identifier: Apache-2.0 */
/* A chain as a device would present it, read from PEM. Pure. */
#pragma once

#include "registry/admission.h"
#include "x509/certificate.h"

typedef struct np_presented {
    np_bytes chain[NP_ADMISSION_CHAIN_MAX]; /* slices of ders */
    size_t count;
    uint8_t ders[NP_ADMISSION_CHAIN_MAX][NP_CERTIFICATE_MAX];
} np_presented;

/*
 * The certificates of a PEM text one after the other. Errors are those of np_pem_decode, and
 * NP_EINPUT_RANGE above NP_ADMISSION_CHAIN_MAX.
 */
NP_MUST_USE np_code np_presented_read(np_bytes text, np_presented *ret, np_error *err);
