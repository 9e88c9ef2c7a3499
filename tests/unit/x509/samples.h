/* SPDX-License-Identifier: Apache-2.0 */
/* The certificates of tests/vectors/nerveskey with all that is needed to rebuild them. */
#pragma once

#include "support/vectors.h"
#include "x509/profile.h"

typedef struct sample {
    char name[64];
    bool is_signer;
    uint8_t der[1024];
    size_t der_len;
    uint8_t stored[NP_COMPRESSED_SIZE];
    char subject[64]; /* manufacturer serial */
    uint8_t chip_serial[9];
    uint8_t public_key[64];
    uint8_t authority_key[64];
} sample;

/* A PEM file of the vectors, decoded. */
size_t sample_load_pem(const char *path, uint8_t *ret, size_t size);

/*
 * All certificates that were recorded with their slots: signer, device and auxiliary ones of the
 * provisioning runs. Returns how many; at most count.
 */
size_t sample_load_provisioned(sample *ret, size_t count);

np_profile_values sample_values(const sample *of);
const np_profile *sample_profile(const sample *of);
