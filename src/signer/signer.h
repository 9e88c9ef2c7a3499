/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The Device CA ("signer"): its certificate, its key, and the right to sign. It is not a key store
 * and opens no files: certificate and key arrive as bytes. Rule for callers: a signer that was
 * opened has a key that matches its certificate; whether it may sign now, ask
 * np_validity_check_signer. What other programs may do with a signer is declared in
 * nameplate/signer.h; here is the rest.
 */
#pragma once

#include "base/wipe.h"
#include "x509/profile.h"
#include "x509/storable.h"
#include <nameplate/signer.h>

static inline void np_signer_free_at(np_signer **signer)
{
    np_signer_free(*signer);
}

/* Slices of the signer's own bytes, as long as it lives. */
const np_certificate *np_signer_certificate(const np_signer *signer);

/* NULL without a key. Lives as long as the signer. */
const np_signing *np_signer_signing(const np_signer *signer);

/* As np_signer_open, for an encrypted key. NP_EINPUT_KEY also when the passphrase is wrong. */
NP_MUST_USE np_code np_signer_open_encrypted(np_bytes certificate_pem, np_bytes key_pem,
                                             np_bytes passphrase, np_signer **ret, np_error *err);

/* As np_signer_open, with a key that is elsewhere (signer/hsm.h) and must outlive the signer. */
NP_MUST_USE np_code np_signer_open_with(np_bytes certificate_pem, const np_signing *signing,
                                        np_signer **ret, np_error *err);

/* The signer takes over what its key needs, and releases it in the end. */
void np_signer_keep(np_signer *signer, void (*release)(void *self), void *self);

/*
 * The certificate of an authority whose certificates no chip has to store: any that says it is of a
 * CA, with a key of P-256. Key and signing are given to it afterwards. NP_EINPUT_FORMAT when it is
 * none, NP_EINPUT_KEY when its key is of another kind.
 */
NP_MUST_USE np_code np_signer_open_authority(np_bytes certificate_pem, np_signer **ret,
                                             np_error *err);

/* Takes the key over, or signs with what must outlive it. NP_EINPUT_KEY when it is another one. */
NP_MUST_USE np_code np_signer_give_key(np_signer *signer, np_p256_key **key, np_error *err);
NP_MUST_USE np_code np_signer_give_signing(np_signer *signer, const np_signing *signing,
                                           np_error *err);

/* The key once more, for another thread; NULL when it is elsewhere, and signs for any thread. */
NP_MUST_USE np_code np_signer_copy_key(const np_signer *signer, np_p256_key **ret, np_error *err);

/* As np_signer_create, for a key that is elsewhere. */
NP_MUST_USE np_code np_signer_create_with(const np_signing *signing, int64_t now, unsigned years,
                                          np_signer **ret, np_error *err);

/* NP_EINPUT_MISSING when the key is elsewhere. */
NP_MUST_USE np_code np_signer_write_encrypted_key_pem(const np_signer *signer, np_bytes passphrase,
                                                      np_writer *writer, np_error *err);

/* PEM of both; the key is secret. Without a key in this process nothing is written. */
void np_signer_write_certificate_pem(const np_signer *signer, np_writer *writer);
void np_signer_write_key_pem(const np_signer *signer, np_writer *writer);
