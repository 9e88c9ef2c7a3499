/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/cose.h"

#include "crypto/hash.h"
#include "modem/token_cbor.h"

enum {
    TAG_SIGN1 = 18,
    LABEL_ALGORITHM = 1,
    LABEL_KEY_ID = 4,
    ES256 = 6, /* -7 */
};

static const uint8_t es256_header[] = {0xa1, 0x01, 0x26}; /* {1: -7} */

np_bytes np_cose_es256_header(void)
{
    return NP_BYTES(es256_header);
}

typedef struct key_row {
    int64_t key;
    const char *name;
} key_row;

static const key_row keys[] = {
    {NP_COSE_KEY_IDENTITY, "identity_key"},
    {NP_COSE_KEY_NORDIC_PRODUCTION, "nordic_base_production_key"},
    {NP_COSE_KEY_NORDIC_RD, "nordic_base_rd_key"},
};

const char *np_cose_key_name(int64_t key)
{
    for (size_t i = 0; i < NP_COUNT_OF(keys); i++) {
        if (keys[i].key == key) {
            return keys[i].name;
        }
    }
    return NULL;
}

/* The key id of one pair of the unprotected header; other pairs are passed. */
static bool take_pair(np_reader *reader, np_cose_sign1 *ret)
{
    token_cbor_item label, value, number;
    if (!token_cbor_take(reader, TOKEN_CBOR_UNSIGNED, &label) || label.number != LABEL_KEY_ID) {
        return !reader->failed && token_cbor_skip(reader);
    }
    if (!token_cbor_take(reader, TOKEN_CBOR_BYTES, &value)) {
        return false;
    }
    np_reader inner = token_cbor_reader(value.bytes);
    bool is_known = token_cbor_take(&inner, TOKEN_CBOR_NEGATIVE, &number) &&
                    np_reader_is_done(&inner) && number.number < INT32_MAX;
    ret->key = is_known ? -1 - (int64_t)number.number : NP_COSE_KEY_UNNAMED;
    return true;
}

static bool take_unprotected(np_reader *reader, np_cose_sign1 *ret)
{
    token_cbor_item map;
    bool is_good = token_cbor_take(reader, TOKEN_CBOR_MAP, &map);
    for (uint64_t i = 0; is_good && i < map.number; i++) {
        is_good = take_pair(reader, ret);
    }
    return is_good;
}

static bool take_protected(np_reader *reader, np_cose_sign1 *ret)
{
    token_cbor_item item, map;
    if (!token_cbor_take(reader, TOKEN_CBOR_BYTES, &item)) {
        return false;
    }
    ret->protected_header = item.bytes;
    np_reader inner = token_cbor_reader(item.bytes);
    bool has_es256 = false;
    bool is_good = token_cbor_take(&inner, TOKEN_CBOR_MAP, &map);
    for (uint64_t i = 0; is_good && i < map.number; i++) {
        token_cbor_item label, value;
        is_good = token_cbor_next(&inner, &label) && token_cbor_next(&inner, &value) &&
                  label.kind == TOKEN_CBOR_UNSIGNED && label.number == LABEL_ALGORITHM;
        has_es256 = is_good && value.kind == TOKEN_CBOR_NEGATIVE && value.number == ES256;
    }
    return is_good && has_es256 && np_reader_is_done(&inner);
}

static bool take_payload(np_reader *reader, np_cose_sign1 *ret)
{
    token_cbor_item item;
    if (!token_cbor_next(reader, &item)) {
        return false;
    }
    ret->has_payload = item.kind == TOKEN_CBOR_BYTES;
    ret->payload = item.bytes;
    return ret->has_payload || item.kind == TOKEN_CBOR_NULL;
}

static bool take_signature(np_reader *reader, np_cose_sign1 *ret)
{
    return token_cbor_take_bytes(reader, NP_COSE_SIGNATURE_SIZE, &ret->signature) &&
           np_reader_is_done(reader);
}

static bool take_frame(np_reader *reader, np_cose_sign1 *ret)
{
    (void)ret;
    return token_cbor_expect(reader, TOKEN_CBOR_TAG, TAG_SIGN1) &&
           token_cbor_expect(reader, TOKEN_CBOR_ARRAY, 4);
}

typedef struct parse_step {
    bool (*take)(np_reader *reader, np_cose_sign1 *ret);
    const char *part;
} parse_step;

static const parse_step steps[] = {
    {take_frame, "frame is no COSE_Sign1 (tag 18, four parts)"},
    {take_protected, "protected header does not say ES256, and that alone"},
    {take_unprotected, "unprotected header is damaged"},
    {take_payload, "payload is damaged"},
    {take_signature, "signature is not one of 64 bytes, and the last part"},
};

np_code np_cose_parse(np_bytes bytes, np_cose_sign1 *ret, np_error *err)
{
    np_reader reader = token_cbor_reader(bytes);
    *ret = (np_cose_sign1){.key = NP_COSE_KEY_UNNAMED};
    for (size_t i = 0; i < NP_COUNT_OF(steps); i++) {
        if (!steps[i].take(&reader, ret)) {
            return np_error_set(err, NP_EINPUT_FORMAT, "the attestation's %s", steps[i].part);
        }
    }
    return NP_OK;
}

static np_bytes write_head(np_writer *writer, token_cbor_kind kind, size_t len)
{
    size_t start = writer->len;
    token_cbor_write(writer, kind, len);
    return np_bytes_of(writer->data + start, writer->len - start);
}

void np_cose_digest(const np_cose_sign1 *message, np_bytes external_data, uint8_t ret_digest[32])
{
    static const uint8_t begin[] = {0x84, 0x6a, 'S', 'i', 'g', 'n', 'a', 't', 'u', 'r', 'e', '1'};
    uint8_t heads[3 * 9];
    np_writer writer = np_writer_of(heads, sizeof(heads));
    np_bytes parts[7] = {NP_BYTES(begin)};
    parts[1] = write_head(&writer, TOKEN_CBOR_BYTES, message->protected_header.len);
    parts[2] = message->protected_header;
    parts[3] = write_head(&writer, TOKEN_CBOR_BYTES, external_data.len);
    parts[4] = external_data;
    parts[5] = message->has_payload ? write_head(&writer, TOKEN_CBOR_BYTES, message->payload.len)
                                    : write_head(&writer, TOKEN_CBOR_NULL, 0);
    parts[6] = message->payload;
    np_sha256_parts(parts, NP_COUNT_OF(parts), ret_digest);
}

void np_cose_write(const np_cose_sign1 *message, np_writer *writer)
{
    uint8_t key[9];
    np_writer key_writer = np_writer_of(key, sizeof(key));
    token_cbor_write(&key_writer, TOKEN_CBOR_NEGATIVE, (uint64_t)(-1 - message->key));
    token_cbor_write(writer, TOKEN_CBOR_TAG, TAG_SIGN1);
    token_cbor_write(writer, TOKEN_CBOR_ARRAY, 4);
    token_cbor_write_bytes(writer, np_cose_es256_header());
    token_cbor_write(writer, TOKEN_CBOR_MAP, 1);
    token_cbor_write(writer, TOKEN_CBOR_UNSIGNED, LABEL_KEY_ID);
    token_cbor_write_bytes(writer, np_writer_bytes(&key_writer));
    if (message->has_payload) {
        token_cbor_write_bytes(writer, message->payload);
    } else {
        token_cbor_write(writer, TOKEN_CBOR_NULL, 0);
    }
    token_cbor_write_bytes(writer, message->signature);
}
