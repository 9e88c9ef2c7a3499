/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the room: one call of nRF Cloud, with its retries and what its status means. */
#pragma once

#include "cloud/nrf_cloud.h"

enum { NRF_URL_SIZE = 2048 };

typedef struct nrf_call {
    const char *method;
    char url[NRF_URL_SIZE];
    const char *content_type; /* NULL: no body */
    np_bytes body;
    const char *what;      /* begins the sentence of an error */
    const char *if_lost;   /* what to do when nobody knows whether it arrived; NULL: nothing */
    bool is_without_token; /* another host */
} nrf_call;

/* One part of a path, after a slash; what is no letter, digit or mark of RFC 3986 is escaped. */
void nrf_call_add(nrf_call *call, const char *part);

/* A call of this path, which begins with a slash. */
nrf_call nrf_call_of(const char *method, const char *base, const char *path, const char *what);

/* Sends it; what comes back has a status of 2xx. */
NP_MUST_USE np_code nrf_call_send(const np_nrf_cloud *cloud, const nrf_call *call,
                                  np_http_reply *ret, np_error *err);

/* The same with a body in JSON, which is taken; NULL: no memory. */
NP_MUST_USE np_code nrf_call_send_json(const np_nrf_cloud *cloud, nrf_call *call, json_t *body,
                                       np_http_reply *ret, np_error *err);

/* The same for an answer that has no body, or one that does not matter. */
NP_MUST_USE np_code nrf_call_tell(const np_nrf_cloud *cloud, nrf_call *call, json_t *body,
                                  np_error *err);

/* A call without a body whose answer is an object. */
NP_MUST_USE np_code nrf_call_ask(const np_nrf_cloud *cloud, const nrf_call *call, json_t **ret,
                                 np_error *err);

/* A text of an answer, copied. NP_ESTATION_IO also when it is too long. */
NP_MUST_USE np_code nrf_take_name(const json_t *answer, const char *name, const char *what,
                                  char ret[static NP_NRF_OPERATION_SIZE], np_error *err);

/* Waits, or NP_ESTATION_TIMEOUT when the limit since "began" would pass. */
NP_MUST_USE np_code nrf_wait_within(const np_nrf_cloud *cloud, int64_t began, const char *what,
                                    np_error *err);
