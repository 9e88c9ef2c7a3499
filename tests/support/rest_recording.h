/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Recorded conversations with nRF Cloud (tests/vectors/nrf/rest) as a transport: every request must
 * be the recorded one, byte for byte in method, path, content type and body, and carry the
 * credential just where the recorded one does; it gets the recorded reply. Anything else ends the
 * test.
 */
#pragma once

#include "cloud/http.h"

enum { REST_EXCHANGES_MAX = 40 };

typedef struct rest_exchange {
    char method[8];
    char path[256];
    char content_type[64]; /* empty: none */
    bool has_authorization;
    size_t content_length;
    char *body; /* its first 1500 bytes: the recording has no more */
    size_t body_len;
    unsigned status;
    char *reply;
    size_t reply_len;
} rest_exchange;

typedef struct rest_recording {
    rest_exchange exchanges[REST_EXCHANGES_MAX];
    size_t count;
    size_t at; /* how many were used */
} rest_recording;

void rest_recording_open(rest_recording *recording, const char *path);
void rest_recording_close(rest_recording *recording);

/* The transport. Requests for paths that stand in another order are not looked for. */
np_http rest_recording_http(rest_recording *recording);
