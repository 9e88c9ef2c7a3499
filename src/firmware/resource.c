/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/resource.h"

#include "base/wipe.h"
#include "firmware/vcdiff.h"
#include "firmware/zip_stream.h"
#include <stdlib.h>

enum {
    CHUNK_SIZE =
        64 * 1024 /* stays in the second cache between CRC and hash; 32 to 128 KiB are alike */
};

typedef struct resource_reader {
    np_zip_stream streams[NP_VCDIFF_SECTION_COUNT]; /* of a whole resource, the first alone */
    uint8_t chunk[CHUNK_SIZE];
} resource_reader;

static void reader_free(resource_reader **reader)
{
    for (unsigned i = 0; *reader != NULL && i < NP_VCDIFF_SECTION_COUNT; i++) {
        np_zip_stream_close(&(*reader)->streams[i]);
    }
    free(*reader);
}

bool firmware_resource_is_delta(const firmware_resource_check *check)
{
    return check->resource->length_count < 2 &&
           check->entry->header.size != check->resource->length;
}

static np_code refuse_hash(const firmware_resource_check *check, np_firmware_reason reason,
                           np_error *err)
{
    return firmware_refuse(err, reason, "%s: its BLAKE2b-256 is not the one in meta.conf",
                           check->entry->name);
}

static np_code hash_all(const firmware_resource_check *check, resource_reader *reader,
                        uint64_t *ret_size, uint8_t ret_hash[NP_BLAKE2B_SIZE], np_error *err)
{
    np_blake2b_stream hash;
    size_t len = 0;
    *ret_size = 0;
    np_blake2b_begin(&hash);
    do {
        NP_TRY(np_zip_stream_read(&reader->streams[0], reader->chunk, sizeof(reader->chunk), &len,
                                  err));
        np_blake2b_add(&hash, np_bytes_of(reader->chunk, len));
        *ret_size += len;
    } while (len == sizeof(reader->chunk));
    np_blake2b_end(&hash, ret_hash);
    return np_zip_stream_finish(&reader->streams[0], check->zip, err);
}

static np_code refuse_length(const firmware_resource_check *check, np_error *err)
{
    return firmware_refuse(err, NP_FIRMWARE_RESOURCE_LENGTH,
                           "%s: has another length than meta.conf declares, and is no delta",
                           check->entry->name);
}

static np_code check_whole(const firmware_resource_check *check, resource_reader *reader,
                           np_error *err)
{
    uint64_t size;
    uint8_t hash[NP_BLAKE2B_SIZE];
    const np_meta_resource *resource = check->resource;
    NP_TRY(hash_all(check, reader, &size, hash, err));
    if (size != resource->length) {
        return refuse_length(check, err);
    }
    return resource->has_hash && memcmp(hash, resource->hash, sizeof(hash)) == 0
               ? NP_OK
               : refuse_hash(check, NP_FIRMWARE_RESOURCE_HASH, err);
}

static np_code read_stream(void *self, uint8_t *ret, size_t size, size_t *ret_len, np_error *err)
{
    return np_zip_stream_read(self, ret, size, ret_len, err);
}

static np_code begins_as_delta(const firmware_resource_check *check, resource_reader *reader,
                               np_error *err)
{
    size_t len = 0;
    NP_TRY(
        np_zip_stream_read(&reader->streams[0], reader->chunk, NP_VCDIFF_HEADER_SIZE, &len, err));
    return np_vcdiff_is_header(np_bytes_of(reader->chunk, len)) ? NP_OK : refuse_length(check, err);
}

/* fwup looks at the first bytes alone. */
static np_code check_delta_leniently(const firmware_resource_check *check, resource_reader *reader,
                                     np_error *err)
{
    uint64_t size;
    uint8_t hash[NP_BLAKE2B_SIZE];
    NP_TRY(begins_as_delta(check, reader, err));
    return hash_all(check, reader, &size, hash, err);
}

static np_code open_streams(const firmware_resource_check *check, resource_reader *reader,
                            np_vcdiff_input *ret_inputs, np_error *err)
{
    for (unsigned i = 0; i < NP_VCDIFF_SECTION_COUNT; i++) {
        np_zip_stream *stream = &reader->streams[i];
        np_zip_stream_close(stream);
        NP_TRY(np_zip_stream_open(stream, check->zip->source, check->entry, err));
        ret_inputs[i] = (np_vcdiff_input){.read = read_stream, .self = stream};
    }
    return NP_OK;
}

static np_code check_delta(const firmware_resource_check *check, resource_reader *reader,
                           np_error *err)
{
    np_blake2b_stream hash;
    uint8_t digest[NP_BLAKE2B_SIZE];
    np_vcdiff_input inputs[NP_VCDIFF_SECTION_COUNT];
    np_vcdiff_content content = {.source = check->delta_source, .hash = &hash};
    const np_meta_resource *resource = check->resource;
    bool has_content = check->delta_source != NULL;
    NP_TRY(begins_as_delta(check, reader, err));
    NP_TRY(open_streams(check, reader, inputs, err));
    np_blake2b_begin(&hash);
    NP_TRY(np_vcdiff_walk(inputs, resource->length, has_content ? &content : NULL, err));
    NP_TRY(np_zip_stream_finish(&reader->streams[NP_VCDIFF_INSTRUCTIONS], check->zip, err));
    np_blake2b_end(&hash, digest);
    return !has_content || memcmp(digest, resource->hash, sizeof(digest)) == 0
               ? NP_OK
               : refuse_hash(check, NP_FIRMWARE_DELTA_CONTENT, err);
}

np_code firmware_check_resource(const firmware_resource_check *check, np_error *err)
{
    NP_CLEANUP(reader_free) resource_reader *reader = calloc(1, sizeof(*reader));
    if (reader == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for %s", check->entry->name);
    }
    NP_TRY(np_zip_stream_open(&reader->streams[0], check->zip->source, check->entry, err));
    if (!firmware_resource_is_delta(check)) {
        return check_whole(check, reader, err);
    }
    return check->zip->is_lenient ? check_delta_leniently(check, reader, err)
                                  : check_delta(check, reader, err);
}
