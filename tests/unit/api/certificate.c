/* SPDX-License-Identifier: Apache-2.0 */
/* Signers and certificates through the public headers; openssl and X.690 say what is right. */
#include <nameplate/nameplate.h>

#include "support/program.h"
#include "support/test.h"
#include "support/vectors.h"
#include <time.h>

/* 2026-11-20T09:12:33Z */
enum { SOME_TIME = 1795165953 };

static np_bytes text_of(const char *text)
{
    return (np_bytes){(const uint8_t *)text, strlen(text)};
}

static np_signer *make_signer(void)
{
    np_error err;
    np_signer *signer = NULL;
    assert_ok(np_signer_create(SOME_TIME, 7, &signer, &err), &err);
    return signer;
}

static void the_version_is_that_of_the_headers(void **state)
{
    (void)state;
    char numbers[32];
    snprintf(numbers, sizeof(numbers), "%d.%d.%d", NP_VERSION_MAJOR, NP_VERSION_MINOR,
             NP_VERSION_PATCH);
    assert_string_equal(np_version(), numbers);
    assert_string_equal(np_version(), NP_VERSION_STRING);
}

static void now_is_the_clock_of_the_computer(void **state)
{
    (void)state;
    int64_t before = (int64_t)time(NULL);
    int64_t now = np_now();
    assert_true(before <= now && now <= (int64_t)time(NULL));
}

static void a_signer_opens_again_from_its_own_texts(void **state)
{
    (void)state;
    np_error err;
    char certificate[NP_PEM_SIZE];
    char key[NP_PEM_SIZE];
    uint8_t fingerprints[2][NP_FINGERPRINT_SIZE];
    np_signer *again = NULL;
    np_signer *signer = make_signer();
    assert_ok(np_signer_certificate_to_pem(signer, certificate, sizeof(certificate), &err), &err);
    assert_ok(np_signer_key_to_pem(signer, key, sizeof(key), &err), &err);
    assert_ok(np_signer_open(text_of(certificate), text_of(key), &again, &err), &err);
    assert_true(np_signer_has_key(again));
    np_signer_fingerprint(signer, fingerprints[0]);
    np_signer_fingerprint(again, fingerprints[1]);
    assert_memory_equal(fingerprints[0], fingerprints[1], NP_FINGERPRINT_SIZE);
    np_signer_free(again);
    np_signer_free(signer);
}

static void openssl_reads_both_texts(void **state)
{
    const program_room *room = *state;
    np_error err;
    char pem[NP_PEM_SIZE];
    np_signer *signer = make_signer();
    assert_ok(np_signer_certificate_to_pem(signer, pem, sizeof(pem), &err), &err);
    program_store(room, "signer.pem", text_of(pem));
    assert_ok(np_signer_key_to_pem(signer, pem, sizeof(pem), &err), &err);
    program_store(room, "key.pem", text_of(pem));
    program_store(room, "signer.der", np_signer_certificate_der(signer));
    np_signer_free(signer);
    assert_int_equal(program_run(room, "openssl x509 -in signer.pem -pubkey -noout > a &&"
                                       " openssl pkey -in key.pem -pubout > b && cmp a b"),
                     0);
    assert_int_equal(
        program_run(room, "openssl x509 -in signer.pem -outform DER | cmp - signer.der"), 0);
}

static void a_fingerprint_is_the_digest_of_the_der(void **state)
{
    const program_room *room = *state;
    uint8_t found[NP_FINGERPRINT_SIZE];
    uint8_t wanted[NP_FINGERPRINT_SIZE];
    np_signer *signer = make_signer();
    program_store(room, "signer.der", np_signer_certificate_der(signer));
    np_certificate_fingerprint(np_signer_certificate_der(signer), found);
    np_signer_free(signer);
    char *shown = program_output(room, "sha256sum signer.der | cut -d' ' -f1 | tr -d '\\n'");
    vector_hex(shown, wanted, sizeof(wanted));
    free(shown);
    assert_memory_equal(found, wanted, sizeof(wanted));
}

static bool is_wiped(const char *text, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (text[i] != '\0') {
            return false;
        }
    }
    return true;
}

static void a_text_without_room_is_refused_and_wiped(void **state)
{
    (void)state;
    np_error err;
    char text[NP_PEM_SIZE];
    np_signer *signer = make_signer();
    assert_ok(np_signer_key_to_pem(signer, text, sizeof(text), &err), &err);
    size_t needed = strlen(text) + 1;
    assert_ok(np_signer_key_to_pem(signer, text, needed, &err), &err);
    assert_code(np_signer_key_to_pem(signer, text, needed - 1, &err), NP_EINPUT_RANGE);
    assert_true(is_wiped(text, needed - 1));
    assert_code(np_signer_certificate_to_pem(signer, text, 10, NULL), NP_EINPUT_RANGE);
    assert_code(np_certificate_to_pem(np_signer_certificate_der(signer), text, 0, NULL),
                NP_EINPUT_RANGE);
    np_signer_free(signer);
}

static void a_signer_without_its_key_gives_no_key(void **state)
{
    (void)state;
    np_error err;
    char pem[NP_PEM_SIZE];
    np_signer *shown = NULL;
    np_signer *signer = make_signer();
    assert_ok(np_certificate_to_pem(np_signer_certificate_der(signer), pem, sizeof(pem), &err),
              &err);
    np_signer_free(signer);
    assert_ok(np_signer_open_certificate(text_of(pem), &shown, &err), &err);
    assert_false(np_signer_has_key(shown));
    assert_code(np_signer_key_to_pem(shown, pem, sizeof(pem), &err), NP_EINPUT_MISSING);
    np_signer_free(shown);
    np_signer_free(NULL);
}

/* A signer begins at the hour begun and ends years later at the same moment. */
static void a_signer_signs_only_between_its_two_times(void **state)
{
    (void)state;
    enum { HOUR_BEGUN = SOME_TIME - 12 * 60 - 33, SEVEN_YEARS = (7 * 365 + 2) * 86400 };
    np_error err;
    np_signer *signer = make_signer();
    assert_ok(np_signer_check_time(signer, HOUR_BEGUN, &err), &err);
    assert_ok(np_signer_check_time(signer, HOUR_BEGUN + SEVEN_YEARS, &err), &err);
    assert_code(np_signer_check_time(signer, HOUR_BEGUN - 1, &err), NP_EINPUT_TIME);
    assert_code(np_signer_check_time(signer, HOUR_BEGUN + SEVEN_YEARS + 1, &err), NP_EINPUT_TIME);
    np_signer_free(signer);
}

/* X.690 8.3: the shortest form, and a zero byte where the first bit would make it negative. */
static void a_signature_in_der_has_the_shortest_numbers(void **state)
{
    (void)state;
    static const uint8_t small[] = {0x30, 6, 2, 1, 1, 2, 1, 0x7f};
    uint8_t der[NP_SIGNATURE_DER_SIZE];
    uint8_t signature[NP_SIGNATURE_SIZE] = {0};
    signature[31] = 1;
    signature[63] = 0x7f;
    assert_int_equal(np_signature_to_der(signature, der), sizeof(small));
    assert_memory_equal(der, small, sizeof(small));
    memset(signature, 0xff, sizeof(signature));
    assert_int_equal(np_signature_to_der(signature, der), NP_SIGNATURE_DER_SIZE);
    static const uint8_t start[] = {0x30, 70, 2, 33, 0, 0xff};
    assert_memory_equal(der, start, sizeof(start));
}

static void a_signer_of_nerveskeys_tools_is_storable_in_pem_and_der(void **state)
{
    const program_room *room = *state;
    np_error err;
    size_t len = 0;
    static np_storable_report report;
    uint8_t *pem = vector_load("nerveskey/upstream/livebook_test_signer_cert.pem", &len);
    assert_ok(np_certificate_check_storable((np_bytes){pem, len}, &report, &err), &err);
    assert_int_equal(report.count, 0);
    program_store(room, "signer.pem", (np_bytes){pem, len});
    free(pem);
    assert_int_equal(program_run(room, "openssl x509 -in signer.pem -outform DER -out x.der"), 0);
    uint8_t *der = program_load(room, "x.der", &len);
    assert_ok(np_certificate_check_storable((np_bytes){der, len}, &report, &err), &err);
    assert_int_equal(report.count, 0);
    assert_code(np_certificate_check_storable((np_bytes){der, len - 1}, &report, &err),
                NP_EINPUT_FORMAT);
    free(der);
}

static void an_ordinary_ca_has_a_finding_for_each_cause(void **state)
{
    const program_room *room = *state;
    np_error err;
    size_t len = 0;
    static np_storable_report report;
    unsigned seen = 0;
    assert_int_equal(program_run(room, "openssl req -x509 -newkey ec -nodes -keyout k -out ca.pem"
                                       " -pkeyopt ec_paramgen_curve:P-256 -days 365"
                                       " -subj '/CN=Acme CA'"),
                     0);
    uint8_t *pem = program_load(room, "ca.pem", &len);
    assert_ok(np_certificate_check_storable((np_bytes){pem, len}, &report, &err), &err);
    free(pem);
    for (size_t i = 0; i < report.count; i++) {
        seen |= 1U << report.findings[i].cause;
        assert_true(strlen(report.findings[i].text) > 0);
    }
    assert_true(seen & 1U << NP_STORABLE_SUBJECT);
    assert_true(seen & 1U << NP_STORABLE_ISSUER);
    assert_true(seen & 1U << NP_STORABLE_SERIAL);
    assert_true(seen & 1U << NP_STORABLE_DATES);
}

static void what_is_no_certificate_is_refused(void **state)
{
    (void)state;
    enum { TOO_LARGE = 4097 };
    static np_storable_report report;
    static uint8_t large[TOO_LARGE] = {0x30, 0x82, 0x0f, 0xfd};
    assert_code(np_certificate_check_storable(text_of("hello"), &report, NULL), NP_EINPUT_MISSING);
    assert_code(np_certificate_check_storable((np_bytes){0}, &report, NULL), NP_EINPUT_MISSING);
    assert_code(np_certificate_check_storable((np_bytes){large, TOO_LARGE}, &report, NULL),
                NP_EINPUT_RANGE);
}

static void values_without_a_name_are_unknown(void **state)
{
    (void)state;
    assert_string_equal(np_stage_name(NP_STAGE_COUNT), "unknown");
    assert_string_equal(np_step_name(NP_STEP_KIND_COUNT), "unknown");
    assert_false(np_step_is_irreversible(NP_STEP_KIND_COUNT));
    assert_string_equal(np_check_name(NP_CHECK_COUNT), "unknown");
    assert_string_equal(np_storable_cause_name(NP_STORABLE_CAUSE_COUNT), "unknown");
}

static int open_room(void **state)
{
    static program_room room;
    program_room_open(&room);
    *state = &room;
    return 0;
}

static int close_room(void **state)
{
    program_room_close(*state);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_version_is_that_of_the_headers),
        cmocka_unit_test(now_is_the_clock_of_the_computer),
        cmocka_unit_test(a_signer_opens_again_from_its_own_texts),
        cmocka_unit_test(openssl_reads_both_texts),
        cmocka_unit_test(a_fingerprint_is_the_digest_of_the_der),
        cmocka_unit_test(a_text_without_room_is_refused_and_wiped),
        cmocka_unit_test(a_signer_without_its_key_gives_no_key),
        cmocka_unit_test(a_signer_signs_only_between_its_two_times),
        cmocka_unit_test(a_signature_in_der_has_the_shortest_numbers),
        cmocka_unit_test(a_signer_of_nerveskeys_tools_is_storable_in_pem_and_der),
        cmocka_unit_test(an_ordinary_ca_has_a_finding_for_each_cause),
        cmocka_unit_test(what_is_no_certificate_is_refused),
        cmocka_unit_test(values_without_a_name_are_unknown),
    };
    return cmocka_run_group_tests(tests, open_room, close_room);
}
