/* SPDX-License-Identifier: Apache-2.0 */
/* A certificate and its key as two files, NAME.cert and NAME.key: both or none. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include <limits.h>

typedef struct cli_key_pair {
    char certificate[PATH_MAX];
    char key[PATH_MAX];
} cli_key_pair;

/* Names both; NP_EINPUT_EXISTS when there is anything of one of the names. */
NP_MUST_USE np_code cli_key_pair_name(const char *name, cli_key_pair *ret, np_error *err);

/* The same for a public key without a certificate, which is NAME.pub. */
NP_MUST_USE np_code cli_key_pair_name_public(const char *name, cli_key_pair *ret, np_error *err);

/* NAME.pub and NAME.priv, as fwup calls them. */
NP_MUST_USE np_code cli_key_pair_name_fwup(const char *name, cli_key_pair *ret, np_error *err);

/* A certificate in PEM at most, or a key. */
enum { CLI_KEY_PAIR_PEM_SIZE = 4096, CLI_CERTIFICATE_MODE = 0644 };

/* Who writes the two texts. */
typedef struct cli_key_pair_source {
    void (*write_certificate)(const void *self, np_writer *writer);
    void (*write_key)(const void *self, np_writer *writer);
    const void *self;
} cli_key_pair_source;

/* Stores both, the key with mode 0600. Signals wait meanwhile; nothing is left of a failure. */
NP_MUST_USE np_code cli_key_pair_store(const cli_key_pair *paths, const cli_key_pair_source *source,
                                       np_error *err);
