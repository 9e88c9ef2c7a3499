/* SPDX-License-Identifier: Apache-2.0 */
/* A request's body on its way in: to memory, or to a file that has no name. Inside the room. */
#pragma once

#include "crypto/hash.h"
#include "gateway/manage/call.h"
#include <event2/buffer.h>

typedef struct manage_incoming {
    uint64_t left; /* bytes that are still to come */
    uint64_t len;  /* that have come */
    uint8_t *memory;
    int file; /* -1: memory */
    np_sha256_stream sha256;
} manage_incoming;

/*
 * The file is in $TMPDIR, else in /var/tmp, for this user alone. NP_ESTATION_MEMORY,
 * NP_ESTATION_IO. Cleared by manage_incoming_clear in any case.
 */
NP_MUST_USE np_code manage_incoming_begin(manage_incoming *body, uint64_t len, bool is_file,
                                          np_error *err);

/* Takes of the buffer what belongs to the body. NP_ESTATION_IO: the file cannot be written. */
NP_MUST_USE np_code manage_incoming_take(manage_incoming *body, struct evbuffer *from,
                                         np_error *err);

/* It is whole: the call gets its hash, and the file. */
void manage_incoming_finish(manage_incoming *body, manage_call *call);

/* What has come into memory. */
static inline np_bytes manage_incoming_bytes(const manage_incoming *body)
{
    return np_bytes_of(body->memory, body->file < 0 ? (size_t)body->len : 0);
}

void manage_incoming_clear(manage_incoming *body);
