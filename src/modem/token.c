/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/token.h"

#include "base/format.h"
#include "base/text.h"
#include "modem/token_cbor.h"

enum { DER_SEQUENCE = 0x30, SPKI_SIZE = 91 /* of P-256 */ };

static const char *const kind_names[NP_TOKEN_KIND_COUNT] = {"request", "public-key", "attestation"};

const char *np_token_kind_name(np_token_kind kind)
{
    return kind_names[kind];
}

typedef struct device_type_row {
    unsigned type;
    const char *name;
} device_type_row;

static const device_type_row device_types[] = {
    {1, "nRF9160 SIAA"}, {2, "nRF9160 SIBA"}, {3, "nRF9160 SICA"}, {4, "nRF9161 LACA"},
    {5, "nRF9131 LACA"}, {6, "nRF9151 LACA"}, {0x11, "nRF9220"},
};

const char *np_token_device_type_name(unsigned type)
{
    for (size_t i = 0; i < NP_COUNT_OF(device_types); i++) {
        if (device_types[i].type == type) {
            return device_types[i].name;
        }
    }
    return NULL;
}

void np_token_format_uuid(const uint8_t uuid[static NP_TOKEN_UUID_SIZE],
                          char ret_text[static NP_TOKEN_UUID_TEXT_SIZE])
{
    static const uint8_t groups[] = {4, 2, 2, 2, 6};
    char *at = ret_text;
    for (size_t i = 0, from = 0; i < NP_COUNT_OF(groups); from += groups[i++]) {
        np_format_hex(np_bytes_of(uuid + from, groups[i]), at);
        at += 2 * (size_t)groups[i];
        *at++ = i + 1 < NP_COUNT_OF(groups) ? '-' : '\0';
    }
}

static bool is_space(uint8_t character)
{
    return character == ' ' || character == '\t' || character == '\r' || character == '\n';
}

static np_bytes trim(np_bytes text)
{
    while (text.len > 0 && is_space(text.data[0])) {
        text = np_bytes_of(text.data + 1, text.len - 1);
    }
    while (text.len > 0 && is_space(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

/* What stands in quotes behind the name of the answer, or in quotes, or all of it. */
static np_bytes find_token(np_bytes text)
{
    static const char *const names[] = {"%KEYGEN: \"", "%ATTESTTOKEN: \"", "\""};
    for (size_t i = 0; i < NP_COUNT_OF(names) && text.len > 0; i++) {
        size_t len = strlen(names[i]);
        const uint8_t *found = memmem(text.data, text.len, names[i], len);
        if (found != NULL) {
            np_bytes rest = np_bytes_of(found + len, text.len - (size_t)(found - text.data) - len);
            const uint8_t *end = rest.len == 0 ? NULL : memchr(rest.data, '"', rest.len);
            return np_bytes_of(rest.data, end == NULL ? rest.len : (size_t)(end - rest.data));
        }
    }
    return trim(text);
}

static np_code decode_part(np_bytes text, const char *part, np_writer *writer, np_bytes *ret,
                           np_error *err)
{
    size_t start = writer->len;
    for (int i = 0; i < 2 && text.len > 0 && text.data[text.len - 1] == '='; i++) {
        text.len--; /* padding */
    }
    np_code code = np_parse_base64url(text, writer, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "the token's %s", part);
    }
    *ret = np_bytes_of(writer->data + start, writer->len - start);
    return NP_OK;
}

static np_code decode_parts(np_bytes text, np_token *ret, np_error *err)
{
    np_writer writer = np_writer_of(ret->bytes, sizeof(ret->bytes));
    const uint8_t *dot = text.len == 0 ? NULL : memchr(text.data, '.', text.len);
    size_t body_len = dot == NULL ? text.len : (size_t)(dot - text.data);
    if (text.len > NP_TOKEN_TEXT_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "a token of %zu characters; they have up to %d",
                            text.len, NP_TOKEN_TEXT_MAX);
    }
    if (body_len == 0) {
        return np_error_set(err, NP_EINPUT_FORMAT, "there is no token in the text");
    }
    NP_TRY(decode_part(np_bytes_of(text.data, body_len), "body", &writer, &ret->body, err));
    ret->has_attestation = dot != NULL;
    if (dot == NULL) {
        return NP_OK;
    }
    return decode_part(np_bytes_of(dot + 1, text.len - body_len - 1), "attestation", &writer,
                       &ret->attestation, err);
}

/* Firmware writes tags from 2^31 on as negative numbers (specs of the modem 3.3). */
static bool take_sec_tag(np_reader *reader, uint32_t *ret)
{
    token_cbor_item item, number;
    if (!token_cbor_take(reader, TOKEN_CBOR_BYTES, &item)) {
        return false;
    }
    np_reader inner = token_cbor_reader(item.bytes);
    if (!token_cbor_next(&inner, &number) || !np_reader_is_done(&inner)) {
        return false;
    }
    bool is_negative = number.kind == TOKEN_CBOR_NEGATIVE;
    *ret = is_negative ? UINT32_MAX - (uint32_t)number.number : (uint32_t)number.number;
    return is_negative ? number.number <= INT32_MAX
                       : number.kind == TOKEN_CBOR_UNSIGNED && number.number <= UINT32_MAX;
}

static bool take_uuid(np_reader *reader, uint8_t *ret)
{
    np_bytes uuid;
    bool is_taken = token_cbor_take_bytes(reader, NP_TOKEN_UUID_SIZE, &uuid);
    if (is_taken) {
        memcpy(ret, uuid.data, NP_TOKEN_UUID_SIZE);
    }
    return is_taken;
}

static bool take_frame(np_reader *reader)
{
    return token_cbor_expect(reader, TOKEN_CBOR_TAG, TOKEN_CBOR_TAG_SELF_DESCRIBED) &&
           token_cbor_expect(reader, TOKEN_CBOR_ARRAY, 5);
}

static np_code parse_payload(np_token *ret, np_error *err)
{
    token_cbor_item id;
    np_reader reader = token_cbor_reader(ret->message.payload);
    bool is_good =
        take_frame(&reader) && token_cbor_take(&reader, TOKEN_CBOR_UNSIGNED, &id) &&
        (id.number == NP_TOKEN_REQUEST_MESSAGE || id.number == NP_TOKEN_PUBLIC_KEY_MESSAGE) &&
        take_uuid(&reader, ret->uuid) && take_sec_tag(&reader, &ret->sec_tag) &&
        token_cbor_take_bytes(&reader, NP_TOKEN_DIGEST_SIZE, &ret->digest) &&
        token_cbor_take_bytes(&reader, NP_TOKEN_NONCE_SIZE, &ret->nonce) &&
        np_reader_is_done(&reader);
    if (!is_good) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "the attestation's payload is not that of a KEYGEN reply (message, "
                            "device, security tag, digest, nonce)");
    }
    ret->payload_id = (unsigned)id.number;
    ret->kind = id.number == NP_TOKEN_REQUEST_MESSAGE ? NP_TOKEN_REQUEST : NP_TOKEN_PUBLIC_KEY;
    return NP_OK;
}

static np_code parse_identity(np_token *ret, np_error *err)
{
    token_cbor_item type;
    np_reader reader = token_cbor_reader(ret->body);
    ret->kind = NP_TOKEN_ATTESTATION;
    bool is_good = take_frame(&reader) &&
                   token_cbor_expect(&reader, TOKEN_CBOR_UNSIGNED, NP_TOKEN_IDENTITY_MESSAGE) &&
                   take_uuid(&reader, ret->uuid) &&
                   token_cbor_take(&reader, TOKEN_CBOR_UNSIGNED, &type) &&
                   type.number <= UINT16_MAX &&
                   token_cbor_take_bytes(&reader, NP_TOKEN_UUID_SIZE, &ret->firmware_uuid) &&
                   token_cbor_take_bytes(&reader, NP_TOKEN_NONCE_SIZE, &ret->nonce) &&
                   np_reader_is_done(&reader);
    if (!is_good) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "the token's body is neither a request or key of a KEYGEN reply nor "
                            "the identity message of an attestation token");
    }
    ret->device_type = (unsigned)type.number;
    return NP_OK;
}

/* A KEYGEN reply's attestation has a payload, that of an attestation token has none. */
static np_code parse_attestation(np_token *ret, bool is_keygen, np_error *err)
{
    NP_TRY(np_cose_parse(ret->attestation, &ret->message, err));
    if (ret->message.has_payload != is_keygen) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "the two parts of the token do not belong together");
    }
    return is_keygen ? parse_payload(ret, err) : NP_OK;
}

np_code np_token_parse(np_bytes text, np_token *ret, np_error *err)
{
    memset(ret, 0, offsetof(np_token, bytes));
    NP_TRY(decode_parts(find_token(text), ret, err));
    bool is_keygen = ret->body.len > 0 && ret->body.data[0] == DER_SEQUENCE;
    if (is_keygen) {
        bool is_key = ret->body.len == SPKI_SIZE && ret->body.data[2] == DER_SEQUENCE;
        ret->kind = is_key ? NP_TOKEN_PUBLIC_KEY : NP_TOKEN_REQUEST;
    } else {
        NP_TRY(parse_identity(ret, err));
    }
    return ret->has_attestation ? parse_attestation(ret, is_keygen, err) : NP_OK;
}
