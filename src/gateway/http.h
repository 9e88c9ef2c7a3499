/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As much of HTTP/1.1 (RFC 9112) as a server needs: heads of requests, one after the other, whose
 * bodies have a length. What is not understood is refused, never guessed at. Pure.
 */
#pragma once

#include "base/bytes.h"

enum { NP_HTTP_HEAD_MAX = 16384, NP_HTTP_FIELDS_MAX = 64 };

typedef enum np_http_verdict {
    NP_HTTP_INCOMPLETE, /* more is needed */
    NP_HTTP_REQUEST,
    NP_HTTP_BAD, /* answer status, and end */
} np_http_verdict;

typedef struct np_http_field {
    np_bytes name;
    np_bytes value; /* without white space around it */
} np_http_field;

typedef struct np_http_request {
    np_bytes method;
    np_bytes path;         /* without the query */
    np_bytes query;        /* without the question mark */
    bool is_last;          /* Connection: close, or HTTP/1.0 */
    bool expects_continue; /* the body comes when it is asked for */
    uint64_t body_len;     /* 0: none */
    np_http_field fields[NP_HTTP_FIELDS_MAX];
    size_t field_count;
    size_t len;      /* of the whole head */
    unsigned status; /* of NP_HTTP_BAD */
} np_http_request;

/* Slices are of the bytes. A body of unknown length is refused with 411. */
np_http_verdict np_http_read(np_bytes bytes, np_http_request *ret);

/* The first of this name, in any case; an empty slice when there is none. */
np_bytes np_http_find(const np_http_request *request, const char *name);

/* %XX are taken apart, into room for text.len bytes. False for what is no such text, and for NUL.
 */
bool np_http_unescape(np_bytes text, np_writer *writer);

/* "is_wanted=1&limit=10": the value as it stands there; false when there is none of this name. */
bool np_http_query(np_bytes query, const char *name, np_bytes *ret);

typedef struct np_http_answer {
    unsigned status;
    const char *type;   /* of the content; NULL: JSON */
    const char *fields; /* more of them, each ended by CR LF; NULL: none */
    uint64_t body_len;
    int64_t now;     /* seconds since 1970, by which devices set their clocks; 0: not said */
    bool has_no_end; /* the content ends with the connection */
    bool is_last;
} np_http_answer;

/* Status line and headers. */
void np_http_write_head(np_writer *writer, const np_http_answer *answer);

/* For devices: status line, headers and body (JSON, or empty). */
void np_http_write(np_writer *writer, unsigned status, np_bytes body, int64_t now, bool is_last);
