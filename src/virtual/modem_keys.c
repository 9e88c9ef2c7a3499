/* SPDX-License-Identifier: Apache-2.0 */
/* %KEYGEN and %ATTESTTOKEN (specs of the modem 2.4, 2.5, 3). */
#include "virtual/modem_internal.h"

#include "base/text.h"
#include "x509/public_key.h"

enum {
    BODY_MAX = 1024,
};

np_p256_key *vmodem_load_key(np_virtual_modem *modem, np_sec_tag tag, unsigned type)
{
    np_p256_key *key = NULL;
    const np_modem_credential *there = vmodem_find(modem, tag, type);
    bool is_loaded = there != NULL && there->is_generated &&
                     np_p256_from_scalar(there->content, &key, NULL) == NP_OK;
    return is_loaded ? key : NULL;
}

static bool draw(np_virtual_modem *modem, uint8_t *ret, size_t size)
{
    np_random random = modem->options.random;
    return random.fill(random.self, ret, size, NULL) == NP_OK;
}

int vmodem_make_key(np_virtual_modem *modem, np_sec_tag tag, unsigned type, np_p256_key **ret)
{
    NP_SECRET32 scalar = {0};
    if (!draw(modem, scalar.bytes, sizeof(scalar.bytes)) ||
        np_p256_from_scalar(scalar.bytes, ret, NULL) != NP_OK) {
        return NP_CME_KEYGEN_FAILED;
    }
    if (vmodem_find(modem, tag, type) == NULL &&
        modem->state.credential_count == NP_MODEM_CREDENTIALS_MAX) {
        return NP_CME_MEMORY_FULL;
    }
    int result = vmodem_store_text(modem, tag, type, NP_BYTES(scalar.bytes));
    vmodem_find(modem, tag, type)->is_generated = true;
    return result;
}

typedef struct keygen_request {
    np_sec_tag tag;
    unsigned type;
    unsigned content;
    vmodem_request csr;
} keygen_request;

/* A text that may be left out: "," and nothing. */
static bool take_optional_text(np_reader *rest, np_bytes *ret)
{
    *ret = (np_bytes){0};
    if (np_at_is_done(rest)) {
        return true;
    }
    if (!np_at_take_comma(rest)) {
        return false;
    }
    bool is_left_out = rest->rest.len > 0 && rest->rest.data[0] == ',';
    return is_left_out || np_at_take_text(rest, ret);
}

static bool is_key_usage(np_bytes text)
{
    enum { BITS = 9 };
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] != '0' && text.data[i] != '1') {
            return false;
        }
    }
    return text.len <= BITS;
}

/* =tag,type[,content[,"attributes"[,"key usage"]]] */
static bool take_request(np_bytes rest, keygen_request *ret)
{
    np_reader reader = np_reader_of(rest);
    uint64_t tag = 0;
    uint64_t type = 0;
    uint64_t content = NP_KEYGEN_CSR;
    bool is_request = np_read_u8(&reader) == '=' && np_at_take_number(&reader, &tag) &&
                      np_at_take_comma(&reader) && np_at_take_number(&reader, &type);
    if (is_request && !np_at_is_done(&reader)) {
        is_request = np_at_take_comma(&reader) && np_at_take_number(&reader, &content);
    }
    is_request = is_request && take_optional_text(&reader, &ret->csr.attributes) &&
                 take_optional_text(&reader, &ret->csr.key_usage) && np_at_is_done(&reader);
    ret->tag = (np_sec_tag)tag;
    ret->type = (unsigned)type;
    ret->content = (unsigned)content;
    return is_request && tag <= NP_SEC_TAG_USER_MAX && is_key_usage(ret->csr.key_usage) &&
           (type == NP_CREDENTIAL_KEY || type == NP_CREDENTIAL_ENDORSEMENT_KEY) &&
           content <= NP_KEYGEN_PUBLIC_KEY;
}

/* An endorsement key that is there answers for itself; a client key must go first. */
static int get_key(np_virtual_modem *modem, const keygen_request *request, np_p256_key **ret)
{
    if (vmodem_find(modem, request->tag, request->type) == NULL) {
        return vmodem_make_key(modem, request->tag, request->type, ret);
    }
    if (request->type == NP_CREDENTIAL_KEY) {
        return NP_CME_EXISTS;
    }
    *ret = vmodem_load_key(modem, request->tag, request->type);
    return *ret == NULL ? NP_CME_KEYGEN_FAILED : VMODEM_OK;
}

static bool write_body(np_virtual_modem *modem, np_p256_key *key, const keygen_request *request,
                       np_writer *body)
{
    uint8_t point[NP_P256_POINT_SIZE];
    uint8_t spki[NP_SPKI_SIZE];
    if (request->content == NP_KEYGEN_CSR) {
        return vmodem_write_csr(modem, key, &request->csr, body) && np_writer_has_room(body);
    }
    np_p256_public(key, point);
    np_public_key_encode(point, spki);
    np_write_bytes(body, NP_BYTES(spki));
    return true;
}

static np_p256_key *identity(np_virtual_modem *modem)
{
    if (modem->identity == NULL &&
        np_p256_from_scalar(modem->state.identity_key, &modem->identity, NULL) != NP_OK) {
        return NULL;
    }
    return modem->identity;
}

/* prefix "token" */
static bool put_token(np_virtual_modem *modem, np_at_id id, np_token_facts *facts, np_writer *reply)
{
    np_p256_key *key = identity(modem);
    memcpy(facts->uuid, modem->state.uuid, sizeof(facts->uuid));
    if (key == NULL) {
        return false;
    }
    const np_signing signing = np_signing_by_key(key);
    np_write_text(reply, np_at_row_of(id)->prefix);
    np_write_text(reply, ": \"");
    if (np_token_make(facts, &signing, reply, NULL) != NP_OK) {
        return false;
    }
    np_write_text(reply, "\"\r\n");
    return true;
}

static bool answer_keygen(np_virtual_modem *modem, np_p256_key *key, const keygen_request *request,
                          np_writer *reply)
{
    uint8_t bytes[BODY_MAX];
    np_writer body = np_writer_of(bytes, sizeof(bytes));
    np_token_facts facts = {.kind = request->content == NP_KEYGEN_CSR ? NP_TOKEN_REQUEST
                                                                      : NP_TOKEN_PUBLIC_KEY,
                            .form = modem->state.form,
                            .sec_tag = request->tag};
    if (!write_body(modem, key, request, &body) || !draw(modem, facts.nonce, sizeof(facts.nonce))) {
        return false;
    }
    facts.body = np_writer_bytes(&body);
    return put_token(modem, NP_AT_KEYGEN, &facts, reply);
}

int vmodem_at_keygen(np_virtual_modem *modem, np_bytes rest, np_writer *reply)
{
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    keygen_request request = {0};
    if (!vmodem_has_keygen(modem->state.firmware)) {
        return VMODEM_ERROR;
    }
    if (!take_request(rest, &request)) {
        return NP_CME_PARAMETERS;
    }
    int result = vmodem_gate(modem);
    result = result == VMODEM_OK ? get_key(modem, &request, &key) : result;
    if (result != VMODEM_OK) {
        return result;
    }
    if (answer_keygen(modem, key, &request, reply)) {
        return VMODEM_OK;
    }
    /* attributes that are none: nothing may be left of it */
    np_modem_credential *made = vmodem_find(modem, request.tag, request.type);
    if (request.type == NP_CREDENTIAL_KEY && made != NULL) {
        vmodem_remove(modem, made);
    }
    return NP_CME_KEYGEN_FAILED;
}

/* "=challenge in hex", or nothing: then the nonce is random. */
static bool take_challenge(np_virtual_modem *modem, np_bytes rest, uint8_t *ret)
{
    char hex[2 * NP_CHALLENGE_SIZE + 1] = {0};
    np_bytes text;
    if (rest.len == 0) {
        return draw(modem, ret, NP_CHALLENGE_SIZE);
    }
    np_reader reader = np_reader_of(rest);
    if (np_read_u8(&reader) != '=' || !np_at_take_text(&reader, &text) || !np_at_is_done(&reader) ||
        text.len != sizeof(hex) - 1) {
        return false;
    }
    memcpy(hex, text.data, text.len);
    return np_parse_hex(hex, ret, NP_CHALLENGE_SIZE, NULL) == NP_OK;
}

int vmodem_at_attest(np_virtual_modem *modem, np_bytes rest, np_writer *reply)
{
    np_token_facts facts = {.kind = NP_TOKEN_ATTESTATION,
                            .device_type = vmodem_model(modem->state.model)->device_type};
    if (!vmodem_has_keygen(modem->state.firmware)) {
        return VMODEM_ERROR;
    }
    if (!take_challenge(modem, rest, facts.nonce)) {
        return NP_CME_PARAMETERS;
    }
    vmodem_firmware_uuid(modem, facts.firmware_uuid);
    return put_token(modem, NP_AT_ATTEST, &facts, reply) ? VMODEM_OK : NP_CME_UNKNOWN;
}
