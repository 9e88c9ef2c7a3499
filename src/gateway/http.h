/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As much of HTTP/1.1 (RFC 9112) as devices need that ask who they are: requests without a body,
 * one after the other. What is not understood is refused, never guessed at. Pure.
 */
#pragma once

#include "base/bytes.h"

enum { NP_HTTP_HEAD_MAX = 16384, NP_HTTP_FIELDS_MAX = 64 };

typedef enum np_http_verdict {
    NP_HTTP_INCOMPLETE, /* more is needed */
    NP_HTTP_REQUEST,
    NP_HTTP_BAD, /* answer status, and end */
} np_http_verdict;

typedef struct np_http_request {
    np_bytes method;
    np_bytes path;   /* without the query */
    bool is_last;    /* Connection: close, or HTTP/1.0 */
    size_t len;      /* of the whole head */
    unsigned status; /* of NP_HTTP_BAD */
} np_http_request;

/* Slices are of the bytes. */
np_http_verdict np_http_read(np_bytes bytes, np_http_request *ret);

/* Status line, headers and body (JSON, or empty). */
void np_http_write(np_writer *writer, unsigned status, np_bytes body, bool is_last);
