/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP request and its reply, as a table that libcurl fills (cloud/http_curl.h) or a test. It
 * follows no redirect: what was asked for at one host is never asked for at another.
 *
 * Rule for callers: "authorization" is given only for hosts that shall see the credential.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

/* Answers of bulk operations name each refused row: 1000 rows of a few hundred bytes. Not tuned. */
enum { NP_HTTP_REPLY_MAX = 4 * 1024 * 1024 };

typedef struct np_http_request {
    const char *method; /* "GET" */
    const char *url;
    const char *authorization; /* value of the header; NULL: none */
    const char *content_type;  /* NULL: there is no body */
    np_bytes body;
} np_http_request;

typedef struct np_http_reply {
    unsigned status;
    char *body; /* heap, with a NUL behind it; never NULL after NP_OK */
    size_t len;
    bool has_retry_after;
    unsigned retry_after; /* seconds, of the header Retry-After */
} np_http_reply;

/* For NP_CLEANUP; accepts all zero. */
void np_http_reply_clear(np_http_reply *reply);

static inline np_bytes np_http_reply_body(const np_http_reply *reply)
{
    return (np_bytes){(const uint8_t *)reply->body, reply->len};
}

typedef struct np_http {
    /* Any reply is NP_OK, whatever its status. NP_ESTATION_IO names the host and what is wrong with
     * the way to it, NP_ESTATION_TIMEOUT, NP_ESTATION_MEMORY. */
    NP_MUST_USE np_code (*send)(void *self, const np_http_request *request, np_http_reply *ret,
                                np_error *err);
    void *self;
} np_http;
