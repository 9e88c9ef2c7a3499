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

/* PEM of both; the key is secret. Without a key nothing is written. */
void np_signer_write_certificate_pem(const np_signer *signer, np_writer *writer);
void np_signer_write_key_pem(const np_signer *signer, np_writer *writer);
