/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/zip_stream.h"

#include "firmware/crc.h"
#include "firmware/zip_header.h"

enum { RAW_DEFLATE = -MAX_WBITS };

np_code np_zip_stream_open(np_zip_stream *stream, const np_firmware_source *source,
                           const np_zip_entry *entry, np_error *err)
{
    stream->source = source;
    stream->entry = entry;
    stream->at = entry->data_at;
    stream->packed = stream->size = 0;
    stream->crc = 0;
    stream->is_ended = false;
    stream->inflate = (z_stream){0};
    stream->is_open = entry->header.method == NP_ZIP_DEFLATED;
    return !stream->is_open || inflateInit2(&stream->inflate, RAW_DEFLATE) == Z_OK
               ? NP_OK
               : np_error_set(err, NP_ESTATION_MEMORY, "no memory to unpack %s", entry->name);
}

void np_zip_stream_close(np_zip_stream *stream)
{
    if (stream->is_open) {
        inflateEnd(&stream->inflate);
    }
    stream->is_open = false;
}

static np_code refuse_size(const np_zip_stream *stream, np_error *err)
{
    return firmware_refuse(err, NP_FIRMWARE_SIZE, "%s: has another size than its header says",
                           stream->entry->name);
}

static np_code read_stored(np_zip_stream *stream, uint8_t *ret, size_t size, size_t *ret_len,
                           np_error *err)
{
    uint64_t left = stream->entry->header.size - stream->size;
    *ret_len = size < left ? size : (size_t)left;
    NP_TRY(zip_read(stream->source, stream->at, ret, *ret_len, err));
    stream->at += *ret_len;
    stream->packed += *ret_len;
    return NP_OK;
}

/* The next packed bytes; none where a known length is used up. */
static np_code fill_input(np_zip_stream *stream, np_error *err)
{
    size_t wanted = ZIP_INPUT_SIZE;
    size_t len = 0;
    if (stream->entry->has_packed) {
        uint64_t left = stream->entry->data_at + stream->entry->header.packed - stream->at;
        wanted = wanted < left ? wanted : (size_t)left;
    }
    NP_TRY(stream->source->read_at(stream->source->self, stream->at, stream->input, wanted, &len,
                                   err));
    stream->at += len;
    stream->inflate.next_in = stream->input;
    stream->inflate.avail_in = (uInt)len;
    return len > 0 ? NP_OK
                   : firmware_refuse(err, NP_FIRMWARE_DEFLATE, "%s: its packed data are cut off",
                                     stream->entry->name);
}

static np_code read_deflated(np_zip_stream *stream, uint8_t *ret, size_t size, size_t *ret_len,
                             np_error *err)
{
    z_stream *inflating = &stream->inflate;
    inflating->next_out = ret;
    inflating->avail_out = (uInt)size;
    while (inflating->avail_out > 0 && !stream->is_ended) {
        if (inflating->avail_in == 0) {
            NP_TRY(fill_input(stream, err));
        }
        uInt before = inflating->avail_in;
        int result = inflate(inflating, Z_NO_FLUSH);
        stream->packed += before - inflating->avail_in;
        stream->is_ended = result == Z_STREAM_END;
        if (result == Z_MEM_ERROR) {
            return np_error_set(err, NP_ESTATION_MEMORY, "no memory to unpack %s",
                                stream->entry->name);
        }
        if (result != Z_OK && result != Z_STREAM_END) {
            return firmware_refuse(err, NP_FIRMWARE_DEFLATE, "%s: its packed data are damaged",
                                   stream->entry->name);
        }
    }
    *ret_len = size - inflating->avail_out;
    return NP_OK;
}

/* Lenient headers may leave the size out: then nothing is known before the end. */
static bool has_size(const np_zip_stream *stream)
{
    return stream->entry->has_packed || stream->entry->header.size != 0;
}

np_code np_zip_stream_read(np_zip_stream *stream, uint8_t *ret, size_t size, size_t *ret_len,
                           np_error *err)
{
    NP_TRY(stream->is_open ? read_deflated(stream, ret, size, ret_len, err)
                           : read_stored(stream, ret, size, ret_len, err));
    stream->size += *ret_len;
    stream->crc = firmware_crc(stream->crc, np_bytes_of(ret, *ret_len));
    return has_size(stream) && stream->size > stream->entry->header.size ? refuse_size(stream, err)
                                                                         : NP_OK;
}

/* The descriptor says what the local header could not. */
static np_code finish_leniently(np_zip_stream *stream, np_zip *zip, uint32_t *ret_crc,
                                np_error *err)
{
    const np_zip_entry *entry = stream->entry;
    *ret_crc = entry->header.crc;
    zip->at = entry->data_at + stream->packed;
    if ((entry->header.flags & NP_ZIP_HAS_DESCRIPTOR) == 0) {
        return NP_OK;
    }
    uint8_t bytes[NP_ZIP_DESCRIPTOR_SIZE];
    NP_TRY(zip_read(stream->source, zip->at, bytes, sizeof(bytes), err));
    np_reader reader = np_reader_of(NP_BYTES(bytes));
    bool has_signature = np_read_u32_le(&reader) == ZIP_DESCRIPTOR_SIGNATURE;
    reader = has_signature ? reader : np_reader_of(NP_BYTES(bytes));
    *ret_crc = np_read_u32_le(&reader);
    zip->at += has_signature ? NP_ZIP_DESCRIPTOR_SIZE : NP_ZIP_DESCRIPTOR_SIZE - 4;
    return NP_OK;
}

np_code np_zip_stream_finish(np_zip_stream *stream, np_zip *zip, np_error *err)
{
    const np_zip_header *header = &stream->entry->header;
    uint32_t crc = header->crc;
    /* of a stream that was filled to the last byte, deflate's own end is still to come */
    uint8_t beyond;
    size_t len = 0;
    NP_TRY(np_zip_stream_read(stream, &beyond, 1, &len, err));
    if (len != 0 || (has_size(stream) && stream->size != header->size) ||
        (stream->entry->has_packed && stream->packed != header->packed)) {
        return refuse_size(stream, err);
    }
    if (zip->is_lenient) {
        NP_TRY(finish_leniently(stream, zip, &crc, err));
    }
    return stream->crc == crc ? NP_OK
                              : firmware_refuse(err, NP_FIRMWARE_CRC,
                                                "%s: its bytes do not have the CRC that the "
                                                "archive says",
                                                stream->entry->name);
}
