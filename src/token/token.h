/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A chip as applications use it: one private key that signs, its public key, its certificates.
 * Behind it stands a chip that is opened when an operation first needs it, read once and
 * remembered, and opened again after trouble. No libcrypto, no global state, safe for threads: the
 * faces (PKCS#11, OpenSSL) put their objects on top. It knows neither of them. Rule for callers:
 * after a fork the child calls np_token_after_fork before anything else.
 *
 * Whose chip is it? The chip serial is compared whenever the wire was opened anew: at the first
 * use, after an error on the wire, when a served chip has come back. A chip that was exchanged
 * while nobody spoke to it, on a bus that stayed up, is noticed by its peer alone: its signature
 * does not fit the certificate (checking costs a command for every signature).
 */
#pragma once

#include "link/link.h"
#include "nerveskey/aux.h"
#include "nerveskey/identity.h"

typedef struct np_token np_token;

typedef struct np_token_options {
    /* np_link_open_shared for a face without libcrypto, np_link_open otherwise. */
    np_code (*open)(const char *uri, const np_link_options *options, np_link **ret, np_error *err);
    unsigned lock_wait_ms;
    unsigned slot;            /* whose key signs and agrees; the facts are about slot 0 */
    const char *cache_folder; /* for public data (token/cache.h); NULL: none */
    bool reads_aux;           /* the auxiliary pair as well, where there is one */
} np_token_options;

/* What the chip is and has, as read. Sizes as in the rooms below. */
typedef struct np_token_facts {
    np_atecc_model model;
    np_chip_serial chip_serial;
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    bool has_key;      /* the data zone is locked and slot 0 has a private key that signs digests */
    bool has_identity; /* device and signer certificate rebuild */
    bool has_aux;      /* and so does the auxiliary pair: aux.identity has its certificates */
    bool can_agree;    /* slot 0 allows ECDH with a readable result */
    np_identity identity; /* without has_identity, but with has_key: public_key alone */
    np_aux aux;
} np_token_facts;

/* Touches no bus and no file. Copies what it is given. NP_ESTATION_MEMORY. */
NP_MUST_USE np_code np_token_new(const char *uri, const np_token_options *options, np_token **ret,
                                 np_error *err);

/* Lets the chip sleep, closes the wire; accepts NULL. In a forked child it touches no chip. */
void np_token_free(np_token *token);

/*
 * In the child of a fork: gives up the parent's wire without a word on it and without the parent's
 * lock, and makes the locks of this process new. What was read stays.
 */
void np_token_after_fork(np_token *token);

/*
 * What the chip has; reads it the first time (17 commands for a NervesKey, 10 more for the
 * auxiliary pair; 1 when the cache has it). The facts stay valid until np_token_forget or
 * np_token_free. A chip without key or certificates is no error.
 *
 * Errors of this and all that follow: those of the driver (atecc/device.h) and of opening a link;
 * NP_ECONFLICT_OTHER when the chip that answers is another one than that of the facts, until
 * np_token_forget. After an error on the wire the next call opens it anew.
 */
NP_MUST_USE np_code np_token_read(np_token *token, const np_token_facts **ret, np_error *err);

/* Does a chip answer, and is it the same as before? 1 command; silence is an outcome. */
NP_MUST_USE np_code np_token_probe(np_token *token, bool *ret_is_there, np_error *err);

/* The next read asks the chip again; another chip is accepted then. Facts handed out end. */
void np_token_forget(np_token *token);

/* Signs 32 bytes: Nonce and Sign, in one session. */
NP_MUST_USE np_code np_token_sign(np_token *token, const uint8_t digest[static 32],
                                  uint8_t ret_signature[static 64], np_error *err);

/* Is the signature of the digest by this public key? Asked in the chip: Nonce and Verify. */
NP_MUST_USE np_code np_token_check_signature(np_token *token, const uint8_t public_key[static 64],
                                             const uint8_t digest[static 32],
                                             const uint8_t signature[static 64], bool *ret_is_good,
                                             np_error *err);

/* ECDH with a peer's point: the X coordinate. NP_EDEVICE_STATUS for a point off the curve. */
NP_MUST_USE np_code np_token_agree(np_token *token, const uint8_t peer[static 64],
                                   uint8_t ret_secret[static 32], np_error *err);

/* Random bytes of the chip, 32 a command. NP_EDEVICE_ANSWER before its configuration is locked. */
NP_MUST_USE np_code np_token_random(np_token *token, uint8_t *ret, size_t len, np_error *err);

/* Commands sent so far, over all wires; for tests and reports. */
uint32_t np_token_count_commands(np_token *token);

/*
 * Where this user's cache is: $NAMEPLATE_CACHE (empty: none), /var/cache/nameplate for the
 * superuser, else $XDG_CACHE_HOME/nameplate or ~/.cache/nameplate. The environment counts for
 * nothing in a program with more rights than its caller. False: nowhere.
 */
bool np_token_cache_folder(char *ret_path, size_t size);
