/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A signer's key in a PKCS#11 token, an HSM or SoftHSM, named by an RFC 7512 URI. The key stays
 * there; what comes out is a table that signs (crypto/signing.h). One login for a process, a
 * session for each thread that signs at the same time, both renewed when the token has dropped
 * them. It never tries a PIN again that the token has refused: tokens count. Modules are those that
 * p11-kit knows, or the one of the URI's module-path.
 */
#pragma once

#include "crypto/signing.h"

typedef struct np_hsm_key np_hsm_key;

enum { NP_HSM_PIN_SIZE = 256 };

/* Who knows the PIN. */
typedef struct np_hsm_asking {
    /*
     * pin_source is the URI's (RFC 7512 2.4), or NULL; token_label is for people. The PIN is NUL-
     * terminated and wiped by the caller.
     */
    NP_MUST_USE np_code (*pin)(void *self, const char *pin_source, const char *token_label,
                               char ret_pin[static NP_HSM_PIN_SIZE], np_error *err);
    void *self;
} np_hsm_asking;

/* Does the text begin with "pkcs11:"? */
bool np_hsm_is_uri(const char *text);

/*
 * NP_EUSAGE for a malformed URI or one with a pin-value (it would be in the list of processes);
 * NP_EINPUT_MISSING when no token or no key fits, NP_EINPUT_RANGE when several do, NP_EINPUT_FORMAT
 * when the key is not of P-256, NP_ESTATION_HSM for what the token refuses: a mistaken PIN, a PIN
 * that is locked or has one try left, a token that is gone.
 */
NP_MUST_USE np_code np_hsm_open(const char *uri, np_hsm_asking asking, np_hsm_key **ret,
                                np_error *err);

/*
 * Makes the key first: P-256, in the token for good, never to be read, named by the URI's object
 * (required) and id (else 16 random bytes). NP_EINPUT_EXISTS when there is one of that name.
 */
NP_MUST_USE np_code np_hsm_generate(const char *uri, np_hsm_asking asking, np_hsm_key **ret,
                                    np_error *err);

/* Accepts NULL. */
void np_hsm_free(np_hsm_key *key);

static inline void np_hsm_free_at(np_hsm_key **key)
{
    np_hsm_free(*key);
}

/*
 * Signs, from any number of threads at once; the key must outlive it. NP_ESTATION_HSM when the
 * token is gone or has forgotten us for good; a session that expired is renewed.
 */
np_signing np_hsm_signing(np_hsm_key *key);
