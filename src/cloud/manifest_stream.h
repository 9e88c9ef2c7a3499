/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The elements of a JSON array one after the other, in the memory of one: what stands between the
 * commas is handed out as it is. Only strings and brackets are looked at here.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include <stdio.h>

enum { CLOUD_STREAM_SIZE = 65536 };

typedef struct cloud_manifest_stream {
    FILE *file;       /* the caller's */
    const char *path; /* for errors; the caller's */
    uint64_t offset;  /* of the byte behind the last one that was looked at */
    uint64_t count;   /* elements so far */
    bool is_begun;
    bool is_ended;
    size_t at; /* in the buffer */
    size_t len;
    uint8_t buffer[CLOUD_STREAM_SIZE];
} cloud_manifest_stream;

typedef struct cloud_manifest_element {
    uint64_t number; /* counted from 1 */
    size_t len;
    bool is_too_large; /* nothing of it is kept */
} cloud_manifest_element;

/*
 * The next element into the room, white space around it left out. *ret_is_end when there is none.
 * NP_EINPUT_FORMAT, with the byte, where the array itself is broken; NP_ESTATION_IO.
 */
NP_MUST_USE np_code cloud_manifest_stream_next(cloud_manifest_stream *stream, uint8_t *room,
                                               size_t size, cloud_manifest_element *ret,
                                               bool *ret_is_end, np_error *err);
