/* SPDX-License-Identifier: Apache-2.0 */
#include "nordic/reply.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "x509/name.h"
#include "x509/verify.h"

enum { UUID_SIZE = 16, COSE_MAX = 512 };

static void format_uuid(np_bytes bytes, char ret[static NP_UUID_TEXT_SIZE])
{
    char digits[2 * UUID_SIZE + 1];
    np_format_hex(bytes, digits);
    np_writer writer = np_writer_of((uint8_t *)ret, NP_UUID_TEXT_SIZE - 1);
    for (size_t i = 0; i < 2 * UUID_SIZE; i++) {
        if (i == 8 || i == 12 || i == 16 || i == 20) {
            np_write_u8(&writer, '-');
        }
        np_write_u8(&writer, (uint8_t)digits[i]);
    }
    ret[NP_UUID_TEXT_SIZE - 1] = '\0';
}

/* Both parts of a token: what it says, and the COSE message about it (empty: there is none). */
static np_code split(const np_modem_token *token, np_writer *body, np_writer *cose, np_error *err)
{
    const char *dot = memchr(token->text, '.', token->len);
    size_t len = dot == NULL ? token->len : (size_t)(dot - token->text);
    NP_TRY(np_parse_base64url(np_bytes_of(token->text, len), body, err));
    if (dot == NULL) {
        return NP_OK;
    }
    return np_parse_base64url(np_bytes_of(dot + 1, token->len - len - 1), cose, err);
}

/* The attestation of a key (specs of nrfcloud 3.2, 3.3): layouts are the same in every token. */
typedef struct attestation {
    np_bytes uuid;
    np_bytes tag; /* a CBOR integer */
    np_bytes digest;
} attestation;

static bool take_bytes(np_reader *reader, const void *expected, size_t len)
{
    np_bytes bytes = np_read_bytes(reader, len);
    return bytes.len == len && memcmp(bytes.data, expected, len) == 0;
}

/* A byte string of less than 24 bytes, or of less than 256. */
static np_bytes take_string(np_reader *reader)
{
    uint8_t head = np_read_u8(reader);
    size_t len = head == 0x58 ? np_read_u8(reader) : (size_t)head - 0x40;
    reader->failed = reader->failed || head < 0x40 || head > 0x58;
    return np_read_bytes(reader, len);
}

static bool read_attestation(np_bytes cose, attestation *ret)
{
    static const uint8_t head[] = {0xd2, 0x84, 0x43, 0xa1, 0x01, 0x26, 0xa1, 0x04, 0x41};
    static const uint8_t array[] = {0xd9, 0xd9, 0xf7, 0x85};
    np_reader reader = np_reader_of(cose);
    if (!take_bytes(&reader, head, sizeof(head))) {
        return false;
    }
    (void)np_read_u8(&reader); /* which key has signed */
    np_reader payload = np_reader_of(take_string(&reader));
    np_bytes signature = take_string(&reader);
    if (!np_reader_is_done(&reader) || signature.len != NP_P256_SIGNATURE_SIZE ||
        !take_bytes(&payload, array, sizeof(array))) {
        return false;
    }
    (void)np_read_u8(&payload); /* kind of message */
    ret->uuid = take_string(&payload);
    ret->tag = take_string(&payload);
    ret->digest = take_string(&payload);
    (void)take_string(&payload); /* nonce */
    return np_reader_is_done(&payload) && ret->uuid.len == UUID_SIZE &&
           ret->digest.len == NP_SHA256_SIZE;
}

/* The integer that a CBOR text of one to five bytes holds. */
static bool is_tag(np_bytes cbor, np_sec_tag tag)
{
    uint8_t whole[5] = {0x1a, (uint8_t)(tag >> 24), (uint8_t)(tag >> 16), (uint8_t)(tag >> 8),
                        (uint8_t)tag};
    uint8_t half[3] = {0x19, (uint8_t)(tag >> 8), (uint8_t)tag};
    uint8_t byte[2] = {0x18, (uint8_t)tag};
    uint8_t small[1] = {(uint8_t)tag};
    np_bytes expected = tag > 0xffff ? NP_BYTES(whole)
                        : tag > 0xff ? NP_BYTES(half)
                        : tag > 23   ? NP_BYTES(byte)
                                     : NP_BYTES(small);
    return np_bytes_equal(cbor, expected);
}

static np_code check_attestation(np_bytes cose, np_sec_tag tag, np_nordic_reply *ret, np_error *err)
{
    attestation said;
    uint8_t digest[NP_SHA256_SIZE];
    if (cose.len == 0) {
        return NP_OK;
    }
    if (!read_attestation(cose, &said)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the attestation in the reply is damaged");
    }
    np_sha256(np_bytes_of(ret->der, ret->der_len), digest);
    if (!np_bytes_equal(said.digest, NP_BYTES(digest))) {
        return np_error_set(err, NP_EDEVICE_VERIFY, "the attestation is not of this request");
    }
    if (!is_tag(said.tag, tag)) {
        return np_error_set(err, NP_EDEVICE_VERIFY,
                            "the attestation is of another security tag than %u", tag);
    }
    format_uuid(said.uuid, ret->uuid);
    return NP_OK;
}

static np_code check_name(np_nordic_reply *ret, const char *id, np_error *err)
{
    const char *expected = id[0] != '\0' ? id : ret->uuid;
    if (!np_name_find(ret->csr.subject, "CN", &ret->common_name)) {
        return np_error_set(err, NP_EDEVICE_VERIFY, "the request has no common name");
    }
    if (expected[0] != '\0' && !np_bytes_equal(ret->common_name, np_bytes_text(expected))) {
        return np_error_set(
            err, NP_EDEVICE_VERIFY, "the request is for the common name %.*s, not for %s",
            (int)ret->common_name.len, (const char *)ret->common_name.data, expected);
    }
    return NP_OK;
}

np_code np_nordic_reply_check(const np_modem_token *token, np_sec_tag tag, const char *id,
                              np_nordic_reply *ret, np_error *err)
{
    uint8_t cose[COSE_MAX];
    bool is_possessed = false;
    *ret = (np_nordic_reply){0};
    np_writer body = np_writer_of(ret->der, sizeof(ret->der));
    np_writer proof = np_writer_of(cose, sizeof(cose));
    NP_TRY(split(token, &body, &proof, err));
    ret->der_len = body.len;
    NP_TRY(np_csr_parse(np_writer_bytes(&body), &ret->csr, err));
    NP_TRY(np_csr_judge(&ret->csr, np_judge_libcrypto(), &is_possessed, err));
    if (!is_possessed) {
        return np_error_set(err, NP_EDEVICE_VERIFY,
                            "the request is not signed by the key that it is for");
    }
    NP_TRY(check_attestation(np_writer_bytes(&proof), tag, ret, err));
    return check_name(ret, id, err);
}

np_code np_nordic_attested_uuid(const np_modem_token *token, char ret[static NP_UUID_TEXT_SIZE],
                                np_error *err)
{
    static const uint8_t head[] = {0xd9, 0xd9, 0xf7, 0x85, 0x01, 0x50};
    uint8_t bytes[COSE_MAX];
    uint8_t cose[COSE_MAX];
    np_writer body = np_writer_of(bytes, sizeof(bytes));
    np_writer proof = np_writer_of(cose, sizeof(cose));
    NP_TRY(split(token, &body, &proof, err));
    np_reader reader = np_reader_of(np_writer_bytes(&body));
    bool is_good = take_bytes(&reader, head, sizeof(head));
    np_bytes uuid = np_read_bytes(&reader, UUID_SIZE);
    if (!is_good || uuid.len != UUID_SIZE) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the attestation token is no identity message");
    }
    format_uuid(uuid, ret);
    return NP_OK;
}
