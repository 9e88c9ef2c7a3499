/* SPDX-License-Identifier: Apache-2.0 */
#include "record/trailer.h"

#include "base/civil.h"
#include "base/text.h"
#include "base/utf8.h"
#include "x509/der.h"

enum {
    TRAILER_MAX = 1024,    /* 600 bytes of names and values, and a batch */
    SIGNATURE_DER_MAX = 72 /* ECDSA-Sig-Value of P-256 */
};

np_code np_record_check_batch(np_bytes batch, np_error *err)
{
    if (batch.len > NP_RECORD_BATCH_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "the batch's name has %zu bytes; at most %d",
                            batch.len, NP_RECORD_BATCH_MAX);
    }
    for (size_t i = 0; i < batch.len; i++) {
        uint8_t character = batch.data[i];
        if (character < 0x20 || character == '"' || character == '\\') {
            return np_error_set(err, NP_EINPUT_FORMAT,
                                "the batch's name has a quote, a backslash or a control character");
        }
    }
    return np_is_utf8(batch)
               ? NP_OK
               : np_error_set(err, NP_EINPUT_FORMAT, "the batch's name is no UTF-8 text");
}

static void write_hash(np_writer *writer, const char *name, const np_record_hash *hash)
{
    record_json_write_name(writer, name);
    record_json_write_hex(writer, NP_BYTES(hash->bytes));
}

static void write_number(np_writer *writer, const char *name, uint64_t number)
{
    record_json_write_name(writer, name);
    record_json_write_number(writer, number);
}

static void write_text(np_writer *writer, const char *name, const char *text)
{
    record_json_write_name(writer, name);
    record_json_write_text(writer, np_bytes_text(text));
}

/* Everything but the signature and the bracket behind it. */
static void write_signed_members(const np_record_trailer *trailer, np_writer *writer)
{
    char finished[NP_TIME_TEXT_SIZE];
    np_format_time(trailer->finished, finished);
    np_write_u8(writer, '{');
    if (trailer->batch.len > 0) {
        record_json_write_name(writer, "batch");
        record_json_write_text(writer, trailer->batch);
    }
    write_number(writer, "count", trailer->count);
    write_text(writer, "finished", finished);
    write_number(writer, "first", trailer->first);
    write_hash(writer, "key", &trailer->key);
    write_text(writer, "kind", "trailer");
    write_hash(writer, "prev", &trailer->prev);
    write_number(writer, "recovered", trailer->recovered);
    write_hash(writer, "root", &trailer->root);
    write_number(writer, "seq", trailer->seq);
}

static void digest_signed(const np_record_trailer *trailer, uint8_t *ret_digest)
{
    uint8_t text[TRAILER_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    write_signed_members(trailer, &writer);
    np_write_u8(&writer, '}');
    np_sha256(np_writer_bytes(&writer), ret_digest);
}

np_code record_trailer_sign(np_record_trailer *trailer, const np_signing *signing, np_error *err)
{
    uint8_t digest[NP_SHA256_SIZE];
    digest_signed(trailer, digest);
    return signing->sign(signing->self, digest, trailer->signature, err);
}

void record_trailer_write(const np_record_trailer *trailer, np_writer *writer)
{
    uint8_t der[SIGNATURE_DER_MAX];
    np_writer encoder = np_writer_of(der, sizeof(der));
    np_der_write_signature(&encoder, trailer->signature);
    write_signed_members(trailer, writer);
    record_json_write_name(writer, "signature");
    record_json_write_base64(writer, np_writer_bytes(&encoder));
    np_write_u8(writer, '}');
}

static bool take_signature(const np_record_line *line, np_record_trailer *ret)
{
    uint8_t der[SIGNATURE_DER_MAX + 2]; /* whole groups of base64 may end beyond */
    np_writer writer = np_writer_of(der, sizeof(der));
    np_bytes text = np_record_line_text(line, "signature");
    return np_parse_base64(text, &writer, NULL) == NP_OK &&
           np_der_parse_signature(np_writer_bytes(&writer), ret->signature);
}

static bool take_finished(const np_record_line *line, np_record_trailer *ret)
{
    char text[NP_TIME_TEXT_SIZE] = {0};
    np_bytes value = np_record_line_text(line, "finished");
    if (value.len != sizeof(text) - 1) {
        return false;
    }
    memcpy(text, value.data, value.len);
    return np_parse_time(text, &ret->finished, NULL) == NP_OK;
}

static bool take_members(const np_record_line *line, np_record_trailer *ret)
{
    *ret = (np_record_trailer){
        .batch = np_record_line_text(line, "batch"), .seq = line->seq, .prev = line->prev};
    return np_record_check_batch(ret->batch, NULL) == NP_OK &&
           np_record_line_number(line, "count", &ret->count) &&
           np_record_line_number(line, "first", &ret->first) &&
           np_record_line_number(line, "recovered", &ret->recovered) &&
           np_record_line_hex(line, "key", ret->key.bytes, sizeof(ret->key.bytes)) &&
           np_record_line_hex(line, "root", ret->root.bytes, sizeof(ret->root.bytes)) &&
           take_finished(line, ret) && take_signature(line, ret);
}

np_code np_record_trailer_parse(const np_record_line *line, np_record_trailer *ret, np_error *err)
{
    uint8_t text[TRAILER_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    if (take_members(line, ret)) {
        record_trailer_write(ret, &writer);
    }
    /* Written again it must be the same: a trailer has these members and no others. */
    if (writer.len == 0 || !np_bytes_equal(np_writer_bytes(&writer), line->text)) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "the trailer has not just the members of a trailer of version %d",
                            NP_RECORD_VERSION);
    }
    return NP_OK;
}

np_code np_record_trailer_verify(const np_record_trailer *trailer,
                                 const uint8_t station_key[static NP_P256_POINT_SIZE],
                                 np_error *err)
{
    uint8_t digest[NP_SHA256_SIZE];
    bool is_valid = false;
    digest_signed(trailer, digest);
    NP_TRY(np_p256_verify(station_key, digest, trailer->signature, &is_valid, err));
    return is_valid ? NP_OK
                    : np_error_set(err, NP_EINPUT_FORMAT,
                                   "the signature is not of the given station key");
}
