/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a signer's owner has laid down for it: a file beside its certificate, acme.conf beside
 * acme.cert. No option overrules it.
 *
 *     authority = "authority.pub"     # public key of who authorizes units, PEM
 *     registry = "postgresql://..."   # which registry counts them
 */
#pragma once

#include "base/error.h"
#include <limits.h>

typedef struct np_signer_config {
    char path[PATH_MAX];      /* of the file, whether it is there or not */
    char authority[PATH_MAX]; /* empty: none is pinned */
    char registry[PATH_MAX];  /* the same */
} np_signer_config;

/* All empty when there is no file. NP_EINPUT_FORMAT names the line that is wrong. */
NP_MUST_USE np_code np_signer_config_load(const char *certificate_path, np_signer_config *ret,
                                          np_error *err);
