/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/manifest_stream.h"

#include <errno.h>

static np_code broken(const cloud_manifest_stream *stream, const char *what, np_error *err)
{
    np_error_set(err, NP_EINPUT_FORMAT, "%s: byte %llu: %s", stream->path,
                 (unsigned long long)stream->offset, what);
    return np_error_hint(err, NP_EINPUT_FORMAT,
                         "a manifest is one JSON array; is the file complete?");
}

static bool refill(cloud_manifest_stream *stream)
{
    if (stream->at == stream->len) {
        stream->at = 0;
        stream->len = fread(stream->buffer, 1, sizeof(stream->buffer), stream->file);
    }
    return stream->at < stream->len;
}

/* EOF at the end; errors of the file are asked for there. */
static int next_byte(cloud_manifest_stream *stream)
{
    if (!refill(stream)) {
        return EOF;
    }
    stream->offset++;
    return stream->buffer[stream->at++];
}

static bool is_space(int byte)
{
    return byte == ' ' || byte == '\n' || byte == '\r' || byte == '\t';
}

static int next_visible(cloud_manifest_stream *stream)
{
    int byte = next_byte(stream);
    while (is_space(byte)) {
        byte = next_byte(stream);
    }
    return byte;
}

static np_code ended(const cloud_manifest_stream *stream, np_error *err)
{
    if (ferror(stream->file)) {
        int reason = errno;
        return np_error_set_sub(err, NP_ESTATION_IO, reason, "%s: cannot be read: %s", stream->path,
                                strerror(reason));
    }
    return broken(stream, "the file ends in the middle of the array", err);
}

/* The byte order mark that some editors put before it is no part of it. */
static np_code begin(cloud_manifest_stream *stream, np_error *err)
{
    static const uint8_t mark[] = {0xef, 0xbb, 0xbf};
    int byte = next_visible(stream);
    for (size_t i = 0; i < sizeof(mark) && byte == mark[i]; i++) {
        byte = next_visible(stream);
    }
    if (byte == EOF) {
        return ended(stream, err);
    }
    stream->is_begun = true;
    return byte == '[' ? NP_OK : broken(stream, "no array begins here", err);
}

static np_code end(cloud_manifest_stream *stream, np_error *err)
{
    stream->is_ended = true;
    if (next_visible(stream) != EOF) {
        return broken(stream, "something follows the array", err);
    }
    return ferror(stream->file) ? ended(stream, err) : NP_OK;
}

typedef struct element_scan {
    uint8_t *room;
    size_t size;
    size_t len; /* all that belongs to it, kept or not */
    unsigned depth;
    bool is_in_string;
    bool is_escaped;
} element_scan;

static void keep(element_scan *scan, np_bytes bytes)
{
    size_t room = scan->len < scan->size ? scan->size - scan->len : 0;
    memcpy(scan->room + scan->size - room, bytes.data, bytes.len < room ? bytes.len : room);
    scan->len += bytes.len;
}

/* What the buffer has of a string up to its next quote or backslash. */
static void keep_plain(cloud_manifest_stream *stream, element_scan *scan)
{
    if (!scan->is_in_string || scan->is_escaped || !refill(stream)) {
        return;
    }
    const uint8_t *start = stream->buffer + stream->at;
    size_t len = stream->len - stream->at;
    const uint8_t *quote = memchr(start, '"', len);
    len = quote != NULL ? (size_t)(quote - start) : len;
    const uint8_t *escape = memchr(start, '\\', len);
    len = escape != NULL ? (size_t)(escape - start) : len;
    keep(scan, np_bytes_of(start, len));
    stream->at += len;
    stream->offset += len;
}

static void look(element_scan *scan, int byte)
{
    if (scan->is_in_string) {
        bool is_end = byte == '"' && !scan->is_escaped;
        scan->is_escaped = byte == '\\' && !scan->is_escaped;
        scan->is_in_string = !is_end;
        return;
    }
    scan->is_in_string = byte == '"';
    scan->depth += byte == '{' || byte == '[' ? 1 : 0;
    scan->depth -= (byte == '}' || byte == ']') && scan->depth > 0 ? 1 : 0;
}

static void finish(const element_scan *scan, cloud_manifest_element *ret)
{
    ret->is_too_large = scan->len > scan->size;
    ret->len = ret->is_too_large ? 0 : scan->len;
    while (ret->len > 0 && is_space(scan->room[ret->len - 1])) {
        ret->len--;
    }
}

np_code cloud_manifest_stream_next(cloud_manifest_stream *stream, uint8_t *room, size_t size,
                                   cloud_manifest_element *ret, bool *ret_is_end, np_error *err)
{
    element_scan scan = {.room = room, .size = size};
    *ret_is_end = stream->is_ended;
    if (stream->is_ended) {
        return NP_OK;
    }
    if (!stream->is_begun) {
        NP_TRY(begin(stream, err));
    }
    int byte = next_visible(stream);
    if (byte == ']' && stream->count == 0) {
        *ret_is_end = true;
        return end(stream, err);
    }
    while (byte != EOF && (scan.is_in_string || scan.depth > 0 || (byte != ',' && byte != ']'))) {
        const uint8_t kept = (uint8_t)byte;
        keep(&scan, np_bytes_of(&kept, 1));
        look(&scan, byte);
        keep_plain(stream, &scan);
        byte = next_byte(stream);
    }
    if (byte == EOF) {
        return ended(stream, err);
    }
    if (scan.len == 0) {
        return broken(stream, "an element is missing", err);
    }
    *ret = (cloud_manifest_element){.number = ++stream->count};
    finish(&scan, ret);
    return byte == ']' ? end(stream, err) : NP_OK;
}
