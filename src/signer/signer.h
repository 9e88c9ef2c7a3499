/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Device CA ("signer"): its certificate, its key, and the right to sign. It is not a key store
 * and opens no files: certificate and key arrive as bytes. Rule for callers: a signer that was
 * opened has a key that matches its certificate; whether it may sign now, ask
 * np_validity_check_signer.
 */
#pragma once

#include "base/wipe.h"
#include "x509/profile.h"
#include "x509/storable.h"

typedef struct np_signer np_signer;

/* Releases and wipes; accepts NULL. */
void np_signer_free(np_signer *signer);

static inline void np_signer_free_at(np_signer **signer)
{
    np_signer_free(*signer);
}

/*
 * Certificate and key in PEM. NP_EINPUT_FORMAT or NP_EINPUT_MISSING when one of them is not that,
 * NP_EINPUT_STORABLE with every cause in the message when a chip cannot store the certificate,
 * NP_EINPUT_KEY when the key is not the certificate's.
 */
NP_MUST_USE np_code np_signer_open(np_bytes certificate_pem, np_bytes key_pem, np_signer **ret,
                                   np_error *err);

/* The same without a key: for planning and verifying. np_signer_signing fails then. */
NP_MUST_USE np_code np_signer_open_certificate(np_bytes certificate_pem, np_signer **ret,
                                               np_error *err);

/* A new self-signed signer of NervesKey's template, years 1 to 31, at the time given. */
NP_MUST_USE np_code np_signer_create(int64_t now, unsigned years, np_signer **ret, np_error *err);

const np_certificate *np_signer_certificate(const np_signer *signer);
void np_signer_public_key(const np_signer *signer, uint8_t ret_point[static 64]);
void np_signer_compressed(const np_signer *signer, uint8_t ret[static NP_COMPRESSED_SIZE]);

/* SHA-256 of the certificate's DER. */
void np_signer_fingerprint(const np_signer *signer, uint8_t ret[static 32]);

bool np_signer_has_key(const np_signer *signer);

/* NULL without a key. Lives as long as the signer. */
const np_signing *np_signer_signing(const np_signer *signer);

/* PEM of both; the key is secret. Without a key nothing is written. */
void np_signer_write_certificate_pem(const np_signer *signer, np_writer *writer);
void np_signer_write_key_pem(const np_signer *signer, np_writer *writer);
