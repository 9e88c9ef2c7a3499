/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The PROXY protocol, version 2, as HAProxy publishes it (proxy-protocol.txt, section 2.2): who has
 * connected, said to an upstream before the device's first byte. Pure.
 */
#pragma once

#include "gateway/address.h"
#include "registry/admission.h"

enum {
    NP_PROXY_MAX = 1024,          /* more than any header that is written here has */
    NP_PROXY_UNIQUE_ID_MAX = 128, /* the protocol's limit */
};

typedef struct np_proxy {
    const struct sockaddr_storage *source;
    const struct sockaddr_storage *destination;
    np_bytes org;
    np_bytes identifier;
    np_bytes common_name;    /* of the leaf; empty: none is sent */
    const char *tls_version; /* "TLSv1.3" */
    const uint8_t *leaf;     /* SHA-256 of its DER, 32 bytes; NULL: it has no certificate */
    bool is_resumed;
} np_proxy;

/*
 * Type-length-values: 0x05 (unique id) ORG/IDENTIFIER, left out above 128 bytes, since a shortened
 * one would be another device's; 0x20 (TLS) with 0x21 (version) and 0x22 (common name); 0xE0 (the
 * first of those for everybody's own use) SHA-256 of the leaf; 0xE1 ORG, 0xE2 IDENTIFIER.
 */
void np_proxy_write(const np_proxy *proxy, np_writer *writer);
