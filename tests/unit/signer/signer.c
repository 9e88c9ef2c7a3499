/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: signers of NervesKey's own tools; the openssl program as judge of ours. */
#include "signer/signer.h"
#include "base/civil.h"
#include "crypto/hash.h"
#include "support/program.h"
#include "support/test.h"
#include "support/vectors.h"

static const char mix_certificate[] = "nerveskey/generated/mix_signer_ca.cert.pem";
static const char mix_key[] = "nerveskey/generated/mix_signer_ca.key.pem";
static const char livebook_certificate[] = "nerveskey/upstream/livebook_test_signer_cert.pem";
static const char livebook_key[] = "nerveskey/upstream/livebook_test_signer_key.pem";

static int64_t at(const char *text)
{
    int64_t seconds = 0;
    np_error err;
    assert_ok(np_parse_time(text, &seconds, &err), &err);
    return seconds;
}

static np_code open_files(const char *certificate, const char *key, np_signer **ret, np_error *err)
{
    size_t certificate_len = 0;
    size_t key_len = 0;
    uint8_t *certificate_pem = vector_load(certificate, &certificate_len);
    uint8_t *key_pem = vector_load(key, &key_len);
    np_code code = np_signer_open(np_bytes_of(certificate_pem, certificate_len),
                                  np_bytes_of(key_pem, key_len), ret, err);
    free(certificate_pem);
    free(key_pem);
    return code;
}

static void signers_of_nerveskeys_tools_open(void **state)
{
    (void)state;
    np_error err;
    NP_CLEANUP(np_signer_free_at) np_signer *mix = NULL;
    NP_CLEANUP(np_signer_free_at) np_signer *livebook = NULL;
    assert_ok(open_files(mix_certificate, mix_key, &mix, &err), &err);
    assert_ok(open_files(livebook_certificate, livebook_key, &livebook, &err), &err);
    assert_true(np_signer_has_key(mix));
    assert_non_null(np_signer_signing(mix));
    uint8_t point[64];
    np_signer_public_key(mix, point);
    assert_memory_equal(point, np_signer_signing(mix)->public_key, sizeof(point));
}

static void the_compressed_form_is_what_nerveskey_put_into_the_chip(void **state)
{
    (void)state;
    size_t len = 0;
    np_error err;
    uint8_t compressed[NP_COMPRESSED_SIZE];
    uint8_t wanted[NP_COMPRESSED_SIZE];
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    uint8_t *pem = vector_load("nerveskey/upstream/data_test_signer_cert.pem", &len);
    assert_ok(np_signer_open_certificate(np_bytes_of(pem, len), &signer, &err), &err);
    free(pem);
    vector_csv rows;
    vector_words_open(&rows, "nerveskey/upstream/data_test_slots.txt");
    while (vector_words_next(&rows)) {
        if (strcmp(rows.fields[0], "12") == 0) {
            vector_hex(rows.fields[2], wanted, sizeof(wanted));
        }
    }
    vector_csv_close(&rows);
    np_signer_compressed(signer, compressed);
    assert_memory_equal(compressed, wanted, sizeof(wanted));
    assert_false(np_signer_has_key(signer));
    assert_null(np_signer_signing(signer));
    np_writer nothing = np_writer_of(NULL, 0);
    np_signer_write_key_pem(signer, &nothing);
    assert_int_equal(nothing.len, 0);
}

static void a_key_of_another_signer_is_refused(void **state)
{
    (void)state;
    np_error err = {0};
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    assert_code(open_files(mix_certificate, livebook_key, &signer, &err), NP_EINPUT_KEY);
    assert_null(signer);
    assert_non_null(strstr(err.message, "is not the key of the signer certificate"));
}

static void files_in_the_wrong_order_are_named(void **state)
{
    (void)state;
    np_error err = {0};
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    assert_code(open_files(mix_key, mix_certificate, &signer, &err), NP_EINPUT_MISSING);
    assert_non_null(strstr(err.message, "signer certificate: "));
    assert_code(open_files(mix_certificate, mix_certificate, &signer, &err), NP_EINPUT_FORMAT);
    assert_non_null(strstr(err.message, "signer key: "));
    assert_null(signer);
}

static void openssl_accepts_a_new_signer_and_its_key(void **state)
{
    const program_room *room = *state;
    np_error err;
    uint8_t text[1024];
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    assert_ok(np_signer_create(at("2026-11-20T09:12:33Z"), 7, &signer, &err), &err);
    np_writer writer = np_writer_of(text, sizeof(text));
    np_signer_write_certificate_pem(signer, &writer);
    program_store(room, "signer.pem", np_writer_bytes(&writer));
    writer = np_writer_of(text, sizeof(text));
    np_signer_write_key_pem(signer, &writer);
    program_store(room, "key.pem", np_writer_bytes(&writer));
    assert_int_equal(program_run(room, "openssl verify -x509_strict -no_check_time -check_ss_sig"
                                       " -CAfile signer.pem signer.pem"),
                     0);
    assert_int_equal(program_run(room, "openssl x509 -in signer.pem -pubkey -noout > a &&"
                                       " openssl pkey -in key.pem -pubout > b && cmp a b"),
                     0);
    char *shown = program_output(
        room, "openssl x509 -in signer.pem -noout -subject -issuer -dates -nameopt RFC2253");
    assert_string_equal(shown, "subject=CN=Signer\nissuer=CN=Signer\n"
                               "notBefore=Nov 20 09:00:00 2026 GMT\n"
                               "notAfter=Nov 20 09:00:00 2033 GMT\n");
    free(shown);
    uint8_t fingerprint[32];
    uint8_t wanted[32];
    np_signer_fingerprint(signer, fingerprint);
    shown = program_output(
        room, "openssl x509 -in signer.pem -outform DER | sha256sum | cut -d' ' -f1 | tr -d '\\n'");
    vector_hex(shown, wanted, sizeof(wanted));
    assert_memory_equal(fingerprint, wanted, sizeof(wanted));
    free(shown);
}

static void a_new_signer_opens_again_from_its_own_files(void **state)
{
    (void)state;
    static const unsigned years[] = {1, 30, 31};
    for (size_t i = 0; i < NP_COUNT_OF(years); i++) {
        np_error err;
        uint8_t certificate[1024];
        uint8_t key[512];
        NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
        NP_CLEANUP(np_signer_free_at) np_signer *again = NULL;
        np_writer certificate_pem = np_writer_of(certificate, sizeof(certificate));
        np_writer key_pem = np_writer_of(key, sizeof(key));
        assert_ok(np_signer_create(at("2031-12-31T23:59:59Z"), years[i], &signer, &err), &err);
        np_signer_write_certificate_pem(signer, &certificate_pem);
        np_signer_write_key_pem(signer, &key_pem);
        assert_ok(np_signer_open(np_writer_bytes(&certificate_pem), np_writer_bytes(&key_pem),
                                 &again, &err),
                  &err);
        assert_int_equal(np_signer_certificate(again)->validity.not_after.year,
                         2031 + (int)years[i]);
    }
}

static void years_and_times_that_cannot_be_stored_make_no_signer(void **state)
{
    (void)state;
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    assert_code(np_signer_create(at("2026-11-20"), 0, &signer, NULL), NP_EINPUT_RANGE);
    assert_code(np_signer_create(at("2026-11-20"), 32, &signer, NULL), NP_EINPUT_RANGE);
    assert_code(np_signer_create(at("2032-01-01"), 1, &signer, NULL), NP_EINPUT_TIME);
    assert_code(np_signer_create(at("1999-12-31T23:59:59Z"), 1, &signer, NULL), NP_EINPUT_TIME);
    assert_null(signer);
}

static void on_29_february_a_signer_counts_from_the_28th(void **state)
{
    (void)state;
    np_error err;
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    assert_ok(np_signer_create(at("2028-02-29T12:30:00Z"), 3, &signer, &err), &err);
    const np_validity *validity = &np_signer_certificate(signer)->validity;
    assert_int_equal(validity->not_before.day, 28);
    assert_int_equal(validity->not_before.hour, 12);
    assert_int_equal(validity->not_after.day, 28);
    assert_int_equal(validity->not_after.month, 2);
    assert_int_equal(validity->not_after.year, 2031);
}

static void a_signer_signs_only_between_its_two_times(void **state)
{
    (void)state;
    np_error err = {0};
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    assert_ok(np_signer_create(at("2026-11-20T09:12:33Z"), 1, &signer, &err), &err);
    const np_validity *validity = &np_signer_certificate(signer)->validity;
    assert_ok(np_validity_check_signer(validity, at("2026-11-20T09:00:00Z"), &err), &err);
    assert_ok(np_validity_check_signer(validity, at("2027-11-20T09:00:00Z"), &err), &err);
    assert_code(np_validity_check_signer(validity, at("2026-11-20T08:59:59Z"), &err),
                NP_EINPUT_TIME);
    assert_non_null(strstr(err.message, "2026-11-20T09:00:00Z"));
    assert_non_null(strstr(err.message, "2026-11-20T08:59:59Z"));
    assert_code(np_validity_check_signer(validity, at("2027-11-20T09:00:01Z"), &err),
                NP_EINPUT_TIME);
    assert_non_null(strstr(err.message, "expired: at 2027-11-20T09:00:00Z"));
}

static void an_ordinary_ca_is_refused_with_every_cause(void **state)
{
    const program_room *room = *state;
    size_t len = 0;
    np_error err = {0};
    NP_CLEANUP(np_signer_free_at) np_signer *signer = NULL;
    assert_int_equal(program_run(room, "openssl req -x509 -newkey ec -nodes -keyout k -out ca.pem"
                                       " -pkeyopt ec_paramgen_curve:P-256 -days 365"
                                       " -subj '/CN=Acme CA'"),
                     0);
    uint8_t *pem = program_load(room, "ca.pem", &len);
    assert_code(np_signer_open_certificate(np_bytes_of(pem, len), &signer, &err),
                NP_EINPUT_STORABLE);
    free(pem);
    assert_non_null(strstr(err.message, "subject is CN=Acme CA"));
    static const char *const others[] = {"issuer", "dates", "serial", "extension-missing",
                                         "extension-content"};
    for (size_t i = 0; i < NP_COUNT_OF(others); i++) {
        assert_non_null(strstr(err.message, others[i]));
    }
    assert_true(strlen(err.hint) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signers_of_nerveskeys_tools_open),
        cmocka_unit_test(the_compressed_form_is_what_nerveskey_put_into_the_chip),
        cmocka_unit_test(a_key_of_another_signer_is_refused),
        cmocka_unit_test(files_in_the_wrong_order_are_named),
        cmocka_unit_test(openssl_accepts_a_new_signer_and_its_key),
        cmocka_unit_test(a_new_signer_opens_again_from_its_own_files),
        cmocka_unit_test(years_and_times_that_cannot_be_stored_make_no_signer),
        cmocka_unit_test(on_29_february_a_signer_counts_from_the_28th),
        cmocka_unit_test(a_signer_signs_only_between_its_two_times),
        cmocka_unit_test(an_ordinary_ca_is_refused_with_every_cause),
    };
    return cmocka_run_group_tests(tests, program_room_set_up, program_room_tear_down);
}
