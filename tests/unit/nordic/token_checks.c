/* SPDX-License-Identifier: Apache-2.0 */
/* Tokens that do not fit together, made with keys of our own, and the pins of many devices. */
#include "nordic/token_checks.h"
#include "nordic/pins.h"
#include "support/test.h"
#include "support/vectors.h"

/* A KEYGEN reply for the request of a published one, attested under a UUID of ours. */
static void make_token(np_p256_key *key, const char *of, uint8_t first_of_uuid, np_token *ret)
{
    char path[128];
    uint8_t text[1024];
    size_t len = 0;
    np_error err;
    np_writer writer = np_writer_of(text, sizeof(text));
    snprintf(path, sizeof(path), "nrf/tokens/%s.csr.der", of);
    uint8_t *body = vector_load(path, &len);
    np_signing identity = np_signing_by_key(key);
    np_token_facts facts = {.kind = NP_TOKEN_REQUEST,
                            .form = NP_TOKEN_FORM_B,
                            .uuid = {first_of_uuid},
                            .sec_tag = 42,
                            .body = np_bytes_of(body, len)};
    assert_ok(np_token_make(&facts, &identity, &writer, &err), &err);
    assert_ok(np_token_parse(np_writer_bytes(&writer), ret, &err), &err);
    free(body);
}

static void a_request_for_another_device_than_the_attesting_one_fails(void **state)
{
    (void)state;
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    NP_CLEANUP(np_p256_verifier_free_at) np_p256_verifier *verifier = NULL;
    np_token token;
    np_token_report report;
    np_error err;
    assert_ok(np_p256_generate(&key, &err), &err);
    assert_ok(np_p256_verifier_create(&verifier, &err), &err);
    make_token(key, "seed_keygen_csr", 1, &token);
    assert_ok(np_token_judge(&token, NULL, verifier, &report, &err), &err);
    assert_int_equal(report.findings[NP_TOKEN_CHECK_DIGEST].verdict, NP_TOKEN_OK);
    assert_int_equal(report.findings[NP_TOKEN_CHECK_REQUEST].verdict, NP_TOKEN_OK);
    assert_int_equal(report.findings[NP_TOKEN_CHECK_NAME].verdict, NP_TOKEN_FAILED);
    assert_int_equal(report.findings[NP_TOKEN_CHECK_IDENTITY].verdict, NP_TOKEN_NOT_CHECKABLE);
    assert_false(np_token_has_passed(&report));
    make_token(key, "t52_keygen_csr_imei", 1, &token);
    assert_ok(np_token_judge(&token, NULL, verifier, &report, &err), &err);
    assert_int_equal(report.findings[NP_TOKEN_CHECK_NAME].verdict, NP_TOKEN_NOT_CHECKABLE);
    assert_true(np_token_has_passed(&report));
    token.bytes[100] ^= 1; /* within the request */
    assert_ok(np_token_judge(&token, NULL, verifier, &report, &err), &err);
    assert_int_equal(report.findings[NP_TOKEN_CHECK_DIGEST].verdict, NP_TOKEN_FAILED);
    assert_int_equal(report.findings[NP_TOKEN_CHECK_REQUEST].verdict, NP_TOKEN_FAILED);
}

static void pins_of_a_hundred_devices_stay_apart(void **state)
{
    (void)state;
    enum { DEVICES = 100, TEXT_SIZE = 128 * 1024 };
    static uint8_t texts[2][TEXT_SIZE];
    size_t len = 0;
    np_error err;
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    assert_ok(np_p256_generate(&key, &err), &err);
    for (unsigned i = 0; i < 2 * DEVICES; i++) {
        np_token token;
        np_pin_outcome outcome;
        uint8_t point[64], wanted[64];
        np_writer writer = np_writer_of(texts[1], TEXT_SIZE);
        make_token(key, "seed_keygen_csr", (uint8_t)(i % DEVICES), &token);
        assert_ok(
            np_pins_update(np_bytes_of(texts[0], len), &token, &outcome, point, &writer, &err),
            &err);
        assert_int_equal(outcome, i < DEVICES ? NP_PIN_FIRST : NP_PIN_MADE);
        if (outcome == NP_PIN_MADE) {
            np_p256_public(key, wanted);
            assert_memory_equal(point, wanted, sizeof(point));
        }
        len = writer.len;
        memcpy(texts[0], texts[1], len);
    }
    assert_int_equal(len, DEVICES * (36 + 1 + 128 + 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_request_for_another_device_than_the_attesting_one_fails),
        cmocka_unit_test(pins_of_a_hundred_devices_stay_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
