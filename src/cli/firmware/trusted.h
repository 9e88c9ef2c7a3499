/* SPDX-License-Identifier: Apache-2.0 */
/* The firmware keys that an organisation trusts, as the judge takes them. */
#pragma once

#include "firmware/judge.h"
#include "registry/firmware.h"

enum { CLI_TRUSTED_MAX = 256 }; /* keys of an organisation; not tuned */

typedef struct cli_trusted {
    np_firmware_key keys[CLI_TRUSTED_MAX];
    char names[CLI_TRUSTED_MAX][NP_TRUSTED_NAME_MAX + 1]; /* that the registry has for them */
    size_t count;
} cli_trusted;

/*
 * Those for this product (NULL: for all products alone). NP_EINPUT_MISSING when there is none, with
 * how to add one as the hint.
 */
NP_MUST_USE np_code cli_trusted_load(np_store *store, const char *org, const char *product,
                                     cli_trusted *ret, np_error *err);
