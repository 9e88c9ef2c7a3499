/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTPS by libcurl, which is loaded when the first request is made: commands that need no network
 * start without it. TLS is verified, plain http refused. $https_proxy is obeyed, as by all of
 * libcurl's users; the connection is encrypted from here to the server nevertheless.
 */
#pragma once

#include "cloud/http.h"

typedef struct np_curl np_curl;

typedef struct np_curl_options {
    const char *ca_file; /* PEM, instead of the system's roots; NULL: those */
    unsigned limit_ms;   /* for one request from its beginning to its end */
} np_curl_options;

/*
 * NP_EINPUT_MISSING when libcurl.so.4 is not there, with the package as the hint;
 * NP_ESTATION_MEMORY. The options' texts must outlive it.
 */
NP_MUST_USE np_code np_curl_open(const np_curl_options *options, np_curl **ret, np_error *err);

/* Requests one after the other, on connections that are kept. */
np_http np_curl_http(np_curl *curl);

/* Accepts NULL. */
void np_curl_free(np_curl *curl);

static inline void np_curl_free_at(np_curl **curl)
{
    np_curl_free(*curl);
}
