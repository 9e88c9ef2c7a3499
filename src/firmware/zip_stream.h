/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The data of one entry, unpacked, from its first byte to its last. Several streams of one entry
 * can be open at a time. zlib inflates; sizes and CRC are checked when the stream is finished.
 */
#pragma once

#include "firmware/zip.h"
#include <zlib.h>

enum { ZIP_INPUT_SIZE = 16384 /* of packed bytes, at a time; not tuned */ };

/* Must not be moved while it is open. */
typedef struct np_zip_stream {
    const np_firmware_source *source;
    const np_zip_entry *entry;
    uint64_t at;     /* of the packed bytes that were not read yet */
    uint64_t packed; /* consumed */
    uint64_t size;   /* given out */
    uint32_t crc;
    bool is_open;
    bool is_ended; /* deflate has said so */
    z_stream inflate;
    uint8_t input[ZIP_INPUT_SIZE];
} np_zip_stream;

/* Entry and source must outlive it. NP_ESTATION_MEMORY. */
NP_MUST_USE np_code np_zip_stream_open(np_zip_stream *stream, const np_firmware_source *source,
                                       const np_zip_entry *entry, np_error *err);

/* Fewer than size bytes only at the end of the entry. */
NP_MUST_USE np_code np_zip_stream_read(np_zip_stream *stream, uint8_t *ret, size_t size,
                                       size_t *ret_len, np_error *err);

/*
 * After everything was read: sizes and CRC. In a lenient walk this finds where the next entry
 * begins.
 */
NP_MUST_USE np_code np_zip_stream_finish(np_zip_stream *stream, np_zip *zip, np_error *err);

/* For NP_CLEANUP; accepts all zero. */
void np_zip_stream_close(np_zip_stream *stream);
