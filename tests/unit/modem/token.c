/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens of real modems, as tokens.json describes them, and tokens of our own, read by others. */
#include "modem/token.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "modem/attestation.h"
#include "support/program.h"
#include "support/test.h"
#include "support/vectors.h"
#include <jansson.h>

static json_t *load_tokens(void)
{
    size_t len = 0;
    uint8_t *text = vector_load("nrf/tokens/tokens.json", &len);
    json_t *tokens = json_loadb((const char *)text, len, 0, NULL);
    free(text);
    assert_true(json_is_array(tokens));
    assert_int_equal(json_array_size(tokens), 13);
    return tokens;
}

static const char *text_of(json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

static void expect_hex(np_bytes bytes, const char *hex)
{
    uint8_t wanted[1024];
    size_t len = vector_hex_any(hex, wanted, sizeof(wanted));
    assert_int_equal(bytes.len, len);
    assert_memory_equal(bytes.data, wanted, len);
}

static void expect_uuid(const uint8_t *uuid, const char *wanted)
{
    char text[NP_TOKEN_UUID_TEXT_SIZE];
    np_token_format_uuid(uuid, text);
    assert_string_equal(text, wanted);
}

static void expect_keygen(const np_token *token, json_t *facts)
{
    uint8_t digest[32];
    expect_uuid(token->uuid, text_of(facts, "device_uuid"));
    assert_int_equal(token->payload_id, json_integer_value(json_object_get(facts, "payload_id")));
    assert_int_equal(token->sec_tag, json_integer_value(json_object_get(facts, "sec_tag")));
    expect_hex(token->digest, text_of(facts, "sha256"));
    expect_hex(token->nonce, text_of(facts, "nonce"));
    np_sha256(token->body, digest);
    assert_int_equal(np_bytes_equal(NP_BYTES(digest), token->digest),
                     json_is_true(json_object_get(facts, "digest_matches_body")));
}

static void expect_identity(const np_token *token, json_t *facts)
{
    char uuid[16 * 2 + 1];
    expect_uuid(token->uuid, text_of(facts, "device_uuid"));
    expect_uuid(token->firmware_uuid.data, text_of(facts, "fw_uuid"));
    assert_int_equal(token->device_type, json_integer_value(json_object_get(facts, "device_type")));
    expect_hex(token->nonce, text_of(facts, "nonce"));
    np_format_hex(token->firmware_uuid, uuid);
    assert_non_null(np_token_device_type_name(token->device_type));
}

static void published_tokens_say_what_the_vectors_say(void **state)
{
    (void)state;
    size_t i;
    json_t *tokens = load_tokens();
    json_t *row;
    json_array_foreach(tokens, i, row)
    {
        np_token token;
        np_error err;
        json_t *cose = json_object_get(row, "cose");
        assert_ok(np_token_parse(np_bytes_text(text_of(row, "token")), &token, &err), &err);
        expect_hex(token.body, text_of(row, "body_hex"));
        expect_hex(token.message.protected_header, text_of(cose, "protected_hex"));
        expect_hex(token.message.signature, text_of(cose, "signature_hex"));
        assert_int_equal(token.message.key, NP_COSE_KEY_IDENTITY);
        if (token.kind == NP_TOKEN_ATTESTATION) {
            expect_identity(&token, json_object_get(row, "identity_message"));
        } else {
            expect_hex(token.message.payload, text_of(cose, "payload_hex"));
            expect_keygen(&token, json_object_get(row, "attestation"));
        }
    }
    json_decref(tokens);
}

static bool has_compressed(json_t *list, const uint8_t *point)
{
    size_t i;
    json_t *each;
    json_array_foreach(list, i, each)
    {
        uint8_t wanted[33];
        vector_hex(json_string_value(each), wanted, sizeof(wanted));
        if (wanted[0] == (2 | (point[63] & 1)) && memcmp(wanted + 1, point, 32) == 0) {
            return true;
        }
    }
    return false;
}

static void what_is_signed_and_who_can_have_signed_it_is_as_in_the_vectors(void **state)
{
    (void)state;
    static const char *const forms[] = {"A", "B"};
    size_t i;
    json_t *tokens = load_tokens();
    json_t *row;
    json_array_foreach(tokens, i, row)
    {
        np_token token;
        np_error err;
        assert_ok(np_token_parse(np_bytes_text(text_of(row, "token")), &token, &err), &err);
        uint8_t restored[512]; /* what was signed of a request that was changed afterwards */
        const char *restored_hex = text_of(row, "restored_body_hex");
        if (restored_hex != NULL) {
            token.body =
                np_bytes_of(restored, vector_hex_any(restored_hex, restored, sizeof(restored)));
        }
        for (unsigned form = 0; form < NP_TOKEN_FORM_COUNT; form++) {
            np_token_keys keys;
            json_t *wanted =
                json_object_get(json_object_get(row, "recovered_pubkey_candidates"), forms[form]);
            const char *signed_hex = text_of(json_object_get(row, "to_be_signed"), forms[form]);
            assert_ok(np_token_recover(&token, (np_token_form)form, &keys, &err), &err);
            assert_int_equal(keys.count, json_array_size(wanted));
            for (size_t k = 0; k < keys.count; k++) {
                assert_true(has_compressed(wanted, keys.points[k]));
            }
            if (signed_hex != NULL) {
                uint8_t bytes[1024], expected[32], digest[32];
                np_sha256(np_bytes_of(bytes, vector_hex_any(signed_hex, bytes, sizeof(bytes))),
                          expected);
                np_token_signed_digest(&token, (np_token_form)form, digest);
                assert_memory_equal(digest, expected, 32);
            }
        }
    }
    json_decref(tokens);
}

static void signatures_verify_with_the_identity_keys_of_the_vectors(void **state)
{
    (void)state;
    NP_CLEANUP(np_p256_verifier_free_at) np_p256_verifier *verifier = NULL;
    size_t i, checked = 0;
    np_error err;
    json_t *tokens = load_tokens();
    json_t *row;
    assert_ok(np_p256_verifier_create(&verifier, &err), &err);
    json_array_foreach(tokens, i, row)
    {
        json_t *identity = json_object_get(row, "identity_pubkey");
        np_token token;
        uint8_t point[65];
        bool is_valid = false;
        np_token_form form = NP_TOKEN_FORM_COUNT;
        if (identity == NULL) {
            continue;
        }
        vector_hex(text_of(identity, "uncompressed"), point, sizeof(point));
        assert_ok(np_token_parse(np_bytes_text(text_of(row, "token")), &token, &err), &err);
        assert_ok(np_token_verify(&token, point + 1, verifier, &is_valid, &form, &err), &err);
        assert_true(is_valid);
        assert_int_equal(form, text_of(identity, "form")[0] - 'A');
        token.bytes[token.message.signature.data - token.bytes + 63] ^= 1;
        assert_ok(np_token_verify(&token, point + 1, verifier, &is_valid, &form, &err), &err);
        assert_false(is_valid);
        checked++;
    }
    assert_int_equal(checked, 5);
    json_decref(tokens);
}

static void two_tokens_of_a_device_have_one_key_in_common(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"u17_keygen_csr", "u_attest"},
        {"u16_keygen_pub", "u_attest"},
        {"t52_keygen_csr_imei", "t1235_keygen_csr_altered"},
    };
    for (size_t i = 0; i < NP_COUNT_OF(pairs); i++) {
        np_token_keys keys[2];
        for (size_t k = 0; k < 2; k++) {
            char path[128];
            size_t len = 0;
            np_token token;
            np_error err;
            snprintf(path, sizeof(path), "nrf/tokens/%s.txt", pairs[i][k]);
            uint8_t *text = vector_load(path, &len);
            assert_ok(np_token_parse(np_bytes_of(text, len), &token, &err), &err);
            assert_ok(np_token_candidates(&token, &keys[k], &err), &err);
            free(text);
        }
        np_token_keys_intersect(&keys[0], &keys[1]);
        assert_int_equal(keys[0].count, 1);
    }
}

typedef struct bad_row {
    const char *text;
    np_code code;
    const char *reason;
} bad_row;

static void damaged_tokens_are_refused_with_the_reason(void **state)
{
    (void)state;
    size_t len = 0;
    np_token token;
    np_error err;
    uint8_t *text = vector_load("nrf/tokens/bad_truncated_keygen.txt", &len);
    assert_code(np_token_parse(np_bytes_of(text, len), &token, &err), NP_EINPUT_FORMAT);
    assert_non_null(strstr(err.message, "attestation's"));
    free(text);
    static const bad_row rows[] = {
        {"", NP_EINPUT_FORMAT, "no token"},
        {"\"\"", NP_EINPUT_FORMAT, "no token"},
        {"MIIB+w.0oRD", NP_EINPUT_FORMAT, "the token's body"},
        {"MIIB.0oRD/", NP_EINPUT_FORMAT, "the token's attestation"},
        {"MIIB.", NP_EINPUT_FORMAT, "frame"},
        {"MIIB.0oQ", NP_EINPUT_FORMAT, "protected header"},
        {"MIIB.0oRDoQEn", NP_EINPUT_FORMAT, "ES256"},
        {"MIIB.0p8", NP_EINPUT_FORMAT, "frame"}, /* an array without a length */
        {"2dn3hQI", NP_EINPUT_FORMAT, "identity message"},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        assert_code(np_token_parse(np_bytes_text(rows[i].text), &token, &err), rows[i].code);
        if (strstr(err.message, rows[i].reason) == NULL) {
            fail_msg("'%s': %s", rows[i].text, err.message);
        }
    }
    char large[NP_TOKEN_TEXT_MAX + 2];
    memset(large, 'A', sizeof(large));
    assert_code(np_token_parse(np_bytes_of(large, sizeof(large)), &token, &err), NP_EINPUT_RANGE);
}

static void a_line_an_answer_and_padding_are_taken(void **state)
{
    (void)state;
    size_t len = 0;
    np_token token;
    np_error err;
    char line[1024];
    uint8_t *text = vector_load("nrf/tokens/seed_keygen_csr.txt", &len);
    text[len - 1] = '\0';
    static const char *const forms[] = {
        "%%KEYGEN: \"%s\"", "AT%%KEYGEN=16842753,2,0,\"CN=x\"\r\n%%KEYGEN: \"%s\"\r\nOK\r\n",
        "\"%s\"", " %s==\n"};
    for (size_t i = 0; i < NP_COUNT_OF(forms); i++) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
        snprintf(line, sizeof(line), forms[i], (char *)text);
#pragma GCC diagnostic pop
        assert_ok(np_token_parse(np_bytes_text(line), &token, &err), &err);
        assert_int_equal(token.sec_tag, 16842753);
    }
    free(text);
}

/* Everything that a modem makes, with a key of ours. */
static void tokens_of_our_own_are_read_by_others(void **state)
{
    const program_room *room = *state;
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    NP_CLEANUP(np_p256_verifier_free_at) np_p256_verifier *verifier = NULL;
    np_error err;
    uint8_t body[91] = {0x30, 0x59, 0x30};
    assert_ok(np_p256_generate(&key, &err), &err);
    assert_ok(np_p256_verifier_create(&verifier, &err), &err);
    np_signing identity = np_signing_by_key(key);
    static const struct {
        np_token_kind kind;
        np_token_form form;
    } rows[] = {{NP_TOKEN_REQUEST, NP_TOKEN_FORM_A},
                {NP_TOKEN_REQUEST, NP_TOKEN_FORM_B},
                {NP_TOKEN_PUBLIC_KEY, NP_TOKEN_FORM_B},
                {NP_TOKEN_ATTESTATION, NP_TOKEN_FORM_A}};
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t text[1024];
        np_token token;
        bool is_valid = false;
        np_token_form form = NP_TOKEN_FORM_COUNT;
        np_writer writer = np_writer_of(text, sizeof(text));
        np_token_facts facts = {.kind = rows[i].kind,
                                .form = rows[i].form,
                                .uuid = {0x50, 0x50},
                                .nonce = {7},
                                .sec_tag = 16842753,
                                .body = NP_BYTES(body),
                                .device_type = 6,
                                .firmware_uuid = {9}};
        assert_ok(np_token_make(&facts, &identity, &writer, &err), &err);
        assert_ok(np_token_parse(np_writer_bytes(&writer), &token, &err), &err);
        assert_int_equal(token.kind, facts.kind);
        assert_ok(np_token_verify(&token, identity.public_key, verifier, &is_valid, &form, &err),
                  &err);
        assert_true(is_valid);
        assert_int_equal(form, rows[i].form);
        program_store(room, "attestation", token.attestation);
        char *seen = program_output(
            room, "/usr/bin/python3 -c 'import cbor2;m=cbor2.load(open(\"attestation\",\"rb\"));"
                  "p=m.value[2];p=p and cbor2.loads(p);"
                  "print(m.tag,m.value[0].hex(),m.value[1],len(m.value[3]),"
                  "p and (p[0],p[1][:2].hex(),cbor2.loads(p[2]),p[4][0]))'");
        assert_string_equal(seen, rows[i].kind == NP_TOKEN_ATTESTATION
                                      ? "18 a10126 {4: b'!'} 64 None\n"
                                  : rows[i].kind == NP_TOKEN_REQUEST
                                      ? "18 a10126 {4: b'!'} 64 (9, '5050', 16842753, 7)\n"
                                      : "18 a10126 {4: b'!'} 64 (8, '5050', 16842753, 7)\n");
        free(seen);
    }
}

/* Our bytes from a real token's facts are the modem's, but for the signature. */
static void a_real_token_is_made_again_but_for_its_signature(void **state)
{
    (void)state;
    static const char *const names[] = {"seed_keygen_csr", "u16_keygen_pub", "c_attest_9151"};
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    np_error err;
    assert_ok(np_p256_generate(&key, &err), &err);
    np_signing identity = np_signing_by_key(key);
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        char path[128];
        size_t len = 0;
        uint8_t made[1024];
        np_token token, again;
        np_writer writer = np_writer_of(made, sizeof(made));
        snprintf(path, sizeof(path), "nrf/tokens/%s.txt", names[i]);
        uint8_t *text = vector_load(path, &len);
        assert_ok(np_token_parse(np_bytes_of(text, len), &token, &err), &err);
        free(text);
        np_token_facts facts = {.kind = token.kind,
                                .sec_tag = token.sec_tag,
                                .body = token.body,
                                .device_type = token.device_type};
        memcpy(facts.uuid, token.uuid, sizeof(facts.uuid));
        memcpy(facts.nonce, token.nonce.data, sizeof(facts.nonce));
        if (token.kind == NP_TOKEN_ATTESTATION) {
            memcpy(facts.firmware_uuid, token.firmware_uuid.data, sizeof(facts.firmware_uuid));
        }
        assert_ok(np_token_make(&facts, &identity, &writer, &err), &err);
        assert_ok(np_token_parse(np_writer_bytes(&writer), &again, &err), &err);
        assert_true(np_bytes_equal(again.body, token.body));
        assert_int_equal(again.attestation.len, token.attestation.len);
        assert_memory_equal(again.attestation.data, token.attestation.data,
                            token.attestation.len - 64);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(published_tokens_say_what_the_vectors_say),
        cmocka_unit_test(what_is_signed_and_who_can_have_signed_it_is_as_in_the_vectors),
        cmocka_unit_test(signatures_verify_with_the_identity_keys_of_the_vectors),
        cmocka_unit_test(two_tokens_of_a_device_have_one_key_in_common),
        cmocka_unit_test(damaged_tokens_are_refused_with_the_reason),
        cmocka_unit_test(a_line_an_answer_and_padding_are_taken),
        cmocka_unit_test(tokens_of_our_own_are_read_by_others),
        cmocka_unit_test(a_real_token_is_made_again_but_for_its_signature),
    };
    return cmocka_run_group_tests(tests, program_room_set_up, program_room_tear_down);
}
