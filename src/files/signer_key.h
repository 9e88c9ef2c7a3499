/* SPDX-License-Identifier: Apache-2.0 */
/* A signer, or a key alone: in a PEM file, encrypted or not, or in an HSM. */
#pragma once

#include "files/secret.h"
#include "signer/hsm.h"
#include "signer/signer.h"

/* Everything is borrowed; asking as long as the signer is. */
typedef struct np_signer_files {
    const char *certificate;
    const char *key;             /* a file or a pkcs11: URI; NULL: without a key */
    const char *passphrase_file; /* NULL: who is asked knows the passphrase, if one is needed */
    const np_secret_asking *asking;
} np_signer_files;

/*
 * A signer whose certificates chips store. Errors name the file. Whether its owner wants each unit
 * counted is not looked at: files/signer_config.h.
 */
NP_MUST_USE np_code np_signer_files_open(const np_signer_files *files, np_signer **ret,
                                         np_error *err);

/* The same for any CA, whose certificates no chip has to store; the key must be there. */
NP_MUST_USE np_code np_signer_files_open_authority(const np_signer_files *files, np_signer **ret,
                                                   np_error *err);

/* A key without a certificate. */
typedef struct np_signing_key {
    np_signing signing;
    np_p256_key *key; /* one of the two */
    np_hsm_key *hsm;
} np_signing_key;

/* passphrase_file may be NULL. Errors name the key. */
NP_MUST_USE np_code np_signing_key_open(const char *name, const char *passphrase_file,
                                        const np_secret_asking *asking, np_signing_key *ret,
                                        np_error *err);

/* For NP_CLEANUP; accepts all zero. */
void np_signing_key_close(np_signing_key *key);

/* Who knows the PIN: the file of a pin-source, or who is asked. */
np_hsm_asking np_hsm_asking_by(const np_secret_asking *asking);

/* np_hsm_free, for np_signer_keep. */
void np_hsm_release(void *self);
