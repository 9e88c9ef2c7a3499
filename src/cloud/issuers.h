/* SPDX-License-Identifier: Apache-2.0 */
/* The certificates of issuers that a record brings along: in its header, and in chains of units. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "crypto/hash.h"
#include <jansson.h>

/* Lines that issue units are few. Later ones are not kept. Not tuned. */
enum { CLOUD_ISSUERS_MAX = 64 };

typedef struct cloud_issuer {
    uint8_t hash[NP_SHA256_SIZE]; /* SHA-256 of the certificate: issuer_id of its units */
    uint8_t *der;                 /* heap */
    size_t len;
    unsigned row; /* of its own in an export, counted from 1; 0: none yet */
} cloud_issuer;

typedef struct cloud_issuers {
    cloud_issuer at[CLOUD_ISSUERS_MAX];
    size_t count;
} cloud_issuers;

/* For NP_CLEANUP; accepts all zero. */
void cloud_issuers_clear(cloud_issuers *issuers);

/* Base64 texts of certificates, the first of which is returned where it is kept; NULL: none. */
cloud_issuer *cloud_issuers_add(cloud_issuers *issuers, const json_t *list);

/*
 * Who issued a unit: by its chain, else by its issuer_id, else by name, when just one has it. NULL
 * when it cannot be told.
 */
cloud_issuer *cloud_issuers_find(cloud_issuers *issuers, const json_t *unit, np_bytes issuer_name);
