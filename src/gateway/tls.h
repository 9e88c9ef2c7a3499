/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The TLS of the front door: what the server shows, what it asks of devices, and which sessions may
 * be resumed. It believes no certificate and judges none: whoever presents one is asked about
 * (gateway/visitor.h). Versions 1.2 and 1.3; no early data; no renegotiation; sessions are resumed
 * by tickets alone, so that a process keeps nothing and any process of the gateway can resume them.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

enum {
    NP_TLS_TICKET_KEYS_SIZE = 80, /* what libssl wants: name, HMAC key, AES key */
    NP_TLS_TICKET_LIFETIME_S = 7200,
};

typedef struct np_gateway_tls np_gateway_tls;

typedef struct np_gateway_tls_options {
    np_bytes certificate_pem; /* the server's, its issuers behind it */
    np_bytes key_pem;         /* of any kind that libssl knows */
    /* Shared by all processes of a gateway; fresh random bytes at each start. Secret. */
    const uint8_t *ticket_keys; /* NP_TLS_TICKET_KEYS_SIZE bytes; NULL: nothing is resumed */
    bool allows_no_certificate; /* for shared secrets */
    bool asks_nobody;           /* of the management API: no certificate is asked for */
} np_gateway_tls_options;

/*
 * NP_EINPUT_FORMAT when the certificate or the key cannot be read, NP_EINPUT_KEY when they do not
 * belong together, NP_ESTATION_CRYPTO.
 */
NP_MUST_USE np_code np_gateway_tls_create(const np_gateway_tls_options *options,
                                          np_gateway_tls **ret, np_error *err);

/* Connections that were begun with it keep it as long as they need. Accepts NULL. */
void np_gateway_tls_free(np_gateway_tls *tls);
