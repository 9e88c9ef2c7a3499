/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device at somebody's front door: the reference of how to knock. It verifies the server, shows
 * its certificate and its signer's, and claims to be in only when the server has said something:
 * in TLS 1.3 the device's handshake is over before the server has looked at its certificate.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include <openssl/core.h>

enum { NP_CLIENT_ANSWER_MAX = 4096, NP_CLIENT_SOURCES_MAX = 2 };

typedef struct np_client_options {
    const char *host; /* a name or an address */
    const char *port;
    const char *ca_file; /* PEM: whom to believe; NULL: the system's */
    /* Where key and certificates are, the device's first: URIs of OSSL_STORE. */
    const char *sources[NP_CLIENT_SOURCES_MAX];
    OSSL_provider_init_fn *provider; /* for keys in chips */
    unsigned timeout_s;
} np_client_options;

typedef struct np_client_result {
    char tls_version[16];
    char cipher[64];
    uint8_t answer[NP_CLIENT_ANSWER_MAX]; /* to GET /v1/me; its beginning */
    size_t answer_len;
} np_client_result;

/*
 * NP_OK when the server has answered. NP_EPOLICY when it refused, with the name of its alert;
 * NP_EINPUT_FORMAT and NP_EINPUT_KEY for key and certificates; NP_ECONFLICT_OTHER when the server
 * does not prove who it is; NP_ESTATION_IO, NP_ESTATION_TIMEOUT, NP_ESTATION_CRYPTO.
 */
NP_MUST_USE np_code np_client_connect(const np_client_options *options, np_client_result *ret,
                                      np_error *err);

/*
 * A chip's test at the end of a line: it knocks with its own key and certificates. address is a
 * host and a port, "localhost:8443" or "[::1]:8443"; ca_file empty: the system's; chip: its URI.
 * Errors as above, with the address before them.
 */
NP_MUST_USE np_code np_client_test_chip(const char *address, const char *ca_file, const char *chip,
                                        OSSL_provider_init_fn *provider, unsigned timeout_s,
                                        np_error *err);
