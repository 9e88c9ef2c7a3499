/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the room: between the TLS context and the connections. */
#pragma once

#include "gateway/tls.h"
#include <openssl/ssl.h>

struct np_gateway_tls {
    SSL_CTX *context;
};

/* Asked inside a handshake, on the small stack of a fibre, which it may pause (ASYNC_pause_job). */
typedef struct gateway_tls_asker {
    /* May this chain come in? Else *ret_error is an X509_V_ERR that libssl has an alert for. */
    bool (*is_welcome)(void *self, const np_bytes *chain, size_t chain_len, int *ret_error);
    void *self;
} gateway_tls_asker;

/* A connection of this context; NULL: out of memory. The asker must outlive it. */
SSL *gateway_tls_begin(const np_gateway_tls *tls, int fd, const gateway_tls_asker *asker);
