/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware keys that an organisation trusts, as the judge takes them. */
#pragma once

#include "firmware/judge.h"
#include "registry/firmware.h"

enum { NP_TRUSTED_KEYS_MAX = 256 }; /* keys of an organisation; not tuned */

typedef struct np_trusted_keys {
    np_firmware_key keys[NP_TRUSTED_KEYS_MAX];
    char names[NP_TRUSTED_KEYS_MAX][NP_TRUSTED_NAME_MAX + 1]; /* that the registry has for them */
    size_t count;
} np_trusted_keys;

/*
 * Those for this product (NULL: for all products alone). NP_EINPUT_MISSING when there is none, with
 * how to add one as the hint.
 */
NP_MUST_USE np_code np_trusted_keys_load(np_store *store, const char *org, const char *product,
                                         np_trusted_keys *ret, np_error *err);
