/* SPDX-License-Identifier: Apache-2.0 */
#include "modem/token.h"

#include "base/text.h"
#include "crypto/hash.h"
#include "modem/token_cbor.h"

enum { PART_MAX = 256 /* a payload has 79 bytes, an attestation with it 157 */ };

static void write_frame(np_writer *writer, unsigned message, const np_token_facts *facts)
{
    token_cbor_write(writer, TOKEN_CBOR_TAG, TOKEN_CBOR_TAG_SELF_DESCRIBED);
    token_cbor_write(writer, TOKEN_CBOR_ARRAY, 5);
    token_cbor_write(writer, TOKEN_CBOR_UNSIGNED, message);
    token_cbor_write_bytes(writer, NP_BYTES(facts->uuid));
}

static void write_identity(const np_token_facts *facts, np_writer *writer)
{
    write_frame(writer, NP_TOKEN_IDENTITY_MESSAGE, facts);
    token_cbor_write(writer, TOKEN_CBOR_UNSIGNED, facts->device_type);
    token_cbor_write_bytes(writer, NP_BYTES(facts->firmware_uuid));
    token_cbor_write_bytes(writer, NP_BYTES(facts->nonce));
}

static void write_payload(const np_token_facts *facts, np_writer *writer)
{
    uint8_t tag[9];
    uint8_t digest[NP_SHA256_SIZE];
    np_writer tag_writer = np_writer_of(tag, sizeof(tag));
    bool is_request = facts->kind == NP_TOKEN_REQUEST;
    token_cbor_write(&tag_writer, TOKEN_CBOR_UNSIGNED, facts->sec_tag);
    np_sha256(facts->body, digest);
    write_frame(writer, is_request ? NP_TOKEN_REQUEST_MESSAGE : NP_TOKEN_PUBLIC_KEY_MESSAGE, facts);
    token_cbor_write_bytes(writer, np_writer_bytes(&tag_writer));
    token_cbor_write_bytes(writer, NP_BYTES(digest));
    token_cbor_write_bytes(writer, NP_BYTES(facts->nonce));
}

np_code np_token_make(const np_token_facts *facts, const np_signing *identity, np_writer *writer,
                      np_error *err)
{
    uint8_t content[PART_MAX];
    uint8_t attestation[PART_MAX];
    uint8_t digest[NP_SHA256_SIZE];
    uint8_t signature[NP_COSE_SIGNATURE_SIZE];
    np_writer content_writer = np_writer_of(content, sizeof(content));
    np_writer attestation_writer = np_writer_of(attestation, sizeof(attestation));
    bool is_keygen = facts->kind != NP_TOKEN_ATTESTATION;
    (is_keygen ? write_payload : write_identity)(facts, &content_writer);
    np_bytes body = is_keygen ? facts->body : np_writer_bytes(&content_writer);
    np_cose_sign1 message = {
        .protected_header = np_cose_es256_header(),
        .key = NP_COSE_KEY_IDENTITY,
        .has_payload = is_keygen,
        .payload = is_keygen ? np_writer_bytes(&content_writer) : (np_bytes){NULL, 0},
        .signature = NP_BYTES(signature),
    };
    bool covers_body = !is_keygen || facts->form == NP_TOKEN_FORM_A;
    np_cose_digest(&message, covers_body ? body : (np_bytes){NULL, 0}, digest);
    NP_TRY(identity->sign(identity->self, digest, signature, err));
    np_cose_write(&message, &attestation_writer);
    np_write_base64url(writer, body);
    np_write_u8(writer, '.');
    np_write_base64url(writer, np_writer_bytes(&attestation_writer));
    return np_writer_has_room(writer)
               ? NP_OK
               : np_error_set(err, NP_EINPUT_RANGE, "a token of %zu characters has no room",
                              writer->len);
}
