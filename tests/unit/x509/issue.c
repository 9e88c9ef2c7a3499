/* SPDX-License-Identifier: Apache-2.0 */
/* Issuing, judged by the openssl program; signers that misbehave. */
#include "samples.h"
#include "support/program.h"
#include "support/test.h"
#include "x509/der.h"
#include "x509/pem.h"

static const uint8_t chip_serial[9] = {0x01, 0x23, 0xb9, 0x08, 0xc6, 0x8e, 0x16, 0xff, 0xee};

typedef struct station {
    np_p256_key *signer;
    np_p256_key *device;
    np_signing signing;
    uint8_t device_point[64];
    uint8_t dates[NP_DATES_SIZE];
} station;

static void open_station(station *ret, const char *now, unsigned years)
{
    np_error err;
    int64_t seconds = 0;
    np_validity validity;
    assert_ok(np_p256_generate(&ret->signer, &err), &err);
    assert_ok(np_p256_generate(&ret->device, &err), &err);
    assert_ok(np_parse_time(now, &seconds, &err), &err);
    assert_ok(np_validity_at(seconds, years, &validity, &err), &err);
    assert_ok(np_dates_encode(&validity, ret->dates, &err), &err);
    ret->signing = np_signing_by_key(ret->signer);
    np_p256_public(ret->device, ret->device_point);
}

static void close_station(station *of)
{
    np_p256_free(of->signer);
    np_p256_free(of->device);
}

static np_profile_values device_values(const station *of, const char *name)
{
    return (np_profile_values){.subject = np_bytes_text(name),
                               .public_key = of->device_point,
                               .authority_key = of->signing.public_key,
                               .chip_serial = NP_BYTES(chip_serial)};
}

static void store_pem(const program_room *room, const char *name, const np_issued *issued)
{
    uint8_t text[2048];
    np_writer writer = np_writer_of(text, sizeof(text));
    np_pem_encode(&writer, "CERTIFICATE", np_bytes_of(issued->der, issued->der_len));
    program_store(room, name, np_writer_bytes(&writer));
}

static void issue_signer(const program_room *room, const station *of)
{
    np_issued issued;
    np_error err;
    np_profile_values values = {.public_key = of->signing.public_key};
    assert_ok(np_profile_issue(&np_profile_nerveskey_signer, &values, of->dates, &of->signing,
                               &issued, &err),
              &err);
    store_pem(room, "signer.pem", &issued);
}

static void openssl_verifies_a_device_certificate_up_to_its_signer(void **state)
{
    const program_room *room = *state;
    static const char *const names[] = {"AER3SCGGRYLP73Q", "12345678901234567890123456789012", "a",
                                        "Zürich, 7"};
    station of;
    open_station(&of, "2026-11-20T09:12:33Z", 31);
    issue_signer(room, &of);
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        np_issued issued;
        np_error err;
        char wanted[128];
        np_profile_values values = device_values(&of, names[i]);
        assert_ok(np_profile_issue(&np_profile_nerveskey_device, &values, of.dates, &of.signing,
                                   &issued, &err),
                  &err);
        store_pem(room, "device.pem", &issued);
        assert_int_equal(program_run(room, "openssl verify -x509_strict -no_check_time"
                                           " -purpose sslclient -CAfile signer.pem device.pem"),
                         0);
        char *shown = program_output(room, "openssl x509 -in device.pem -noout -subject -dates"
                                           " -nameopt utf8,sep_multiline,sname");
        snprintf(wanted, sizeof(wanted),
                 "subject=\n    CN=%s\nnotBefore=Nov 20 09:00:00 2026 GMT\n"
                 "notAfter=Nov 20 09:00:00 2057 GMT\n",
                 names[i]);
        assert_string_equal(shown, wanted);
        free(shown);
    }
    close_station(&of);
}

static void openssl_sees_the_extensions_of_the_specification(void **state)
{
    const program_room *room = *state;
    station of;
    np_issued issued;
    np_error err;
    open_station(&of, "2026-11-20T09:12:33Z", 31);
    np_profile_values values = device_values(&of, "DEV0001");
    assert_ok(np_profile_issue(&np_profile_nerveskey_device, &values, of.dates, &of.signing,
                               &issued, &err),
              &err);
    store_pem(room, "device.pem", &issued);
    char *shown = program_output(room, "openssl x509 -in device.pem -noout -ext basicConstraints,"
                                       "keyUsage,extendedKeyUsage");
    assert_string_equal(shown, "X509v3 Basic Constraints: \n    CA:FALSE\n"
                               "X509v3 Key Usage: critical\n"
                               "    Digital Signature, Key Encipherment\n"
                               "X509v3 Extended Key Usage: \n"
                               "    TLS Web Client Authentication\n");
    free(shown);
    close_station(&of);
}

static void a_device_certificate_comes_back_from_its_72_bytes(void **state)
{
    (void)state;
    station of;
    np_issued issued;
    np_error err;
    uint8_t der[1024];
    np_writer writer = np_writer_of(der, sizeof(der));
    open_station(&of, "2028-02-29T23:59:59Z", 31);
    np_profile_values values = device_values(&of, "DEV0001");
    assert_ok(np_profile_issue(&np_profile_nerveskey_device, &values, of.dates, &of.signing,
                               &issued, &err),
              &err);
    assert_ok(
        np_profile_rebuild(&np_profile_nerveskey_device, &values, issued.compressed, &writer, &err),
        &err);
    assert_true(np_bytes_equal(np_writer_bytes(&writer), np_bytes_of(issued.der, issued.der_len)));
    close_station(&of);
}

/* A signer whose first signature is one that old readers rebuild wrongly. */
typedef struct unlucky_signer {
    np_p256_key *key;
    unsigned calls;
    bool always;
} unlucky_signer;

static np_code sign_unluckily(void *self, const uint8_t digest[static 32],
                              uint8_t ret_signature[static 64], np_error *err)
{
    unlucky_signer *of = self;
    bool wants_short = of->calls++ == 0 || of->always;
    do {
        np_code code = np_p256_sign(of->key, digest, ret_signature, err);
        if (code != NP_OK) {
            return code;
        }
    } while (np_signature_suits_old_readers(ret_signature) == wants_short);
    return NP_OK;
}

static void a_short_signature_is_made_again(void **state)
{
    (void)state;
    station of;
    np_issued issued;
    np_error err;
    open_station(&of, "2026-11-20T09:12:33Z", 31);
    unlucky_signer unlucky = {.key = of.signer};
    np_signing signing = of.signing;
    signing.sign = sign_unluckily;
    signing.self = &unlucky;
    np_profile_values values = device_values(&of, "DEV0001");
    assert_ok(
        np_profile_issue(&np_profile_nerveskey_device, &values, of.dates, &signing, &issued, &err),
        &err);
    assert_int_equal(issued.signatures, 2);
    assert_int_equal(unlucky.calls, 2);
    assert_true(np_signature_suits_old_readers(issued.compressed));
    close_station(&of);
}

static np_code sign_the_same(void *self, const uint8_t digest[static 32],
                             uint8_t ret_signature[static 64], np_error *err)
{
    (void)digest;
    (void)err;
    memcpy(ret_signature, self, 64);
    return NP_OK;
}

static void signers_that_cannot_be_right_are_refused(void **state)
{
    (void)state;
    station of;
    np_issued issued;
    uint8_t constant[64] = {0};
    open_station(&of, "2026-11-20T09:12:33Z", 31);
    np_signing signing = of.signing;
    np_profile_values values = device_values(&of, "DEV0001");
    signing.sign = sign_the_same;
    signing.self = constant;
    assert_code(
        np_profile_issue(&np_profile_nerveskey_device, &values, of.dates, &signing, &issued, NULL),
        NP_ESTATION_CRYPTO);
    memset(constant, 0x55, sizeof(constant));
    assert_code(
        np_profile_issue(&np_profile_nerveskey_device, &values, of.dates, &signing, &issued, NULL),
        NP_EINPUT_KEY);
    signing = np_signing_by_key(of.device);
    assert_code(
        np_profile_issue(&np_profile_nerveskey_device, &values, of.dates, &signing, &issued, NULL),
        NP_EINPUT_KEY);
    close_station(&of);
}

static void a_common_name_longer_than_x520_allows_is_refused(void **state)
{
    (void)state;
    station of;
    np_issued issued;
    np_error err;
    char name[NP_COMMON_NAME_MAX + 2] = {0};
    open_station(&of, "2026-11-20T09:12:33Z", 31);
    memset(name, 'n', NP_COMMON_NAME_MAX);
    np_profile_values values = device_values(&of, name);
    assert_ok(np_profile_issue(&np_profile_nerveskey_device, &values, of.dates, &of.signing,
                               &issued, &err),
              &err);
    name[NP_COMMON_NAME_MAX] = 'n';
    values.subject = np_bytes_text(name);
    assert_code(np_profile_issue(&np_profile_nerveskey_device, &values, of.dates, &of.signing,
                                 &issued, &err),
                NP_EINPUT_RANGE);
    close_station(&of);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(openssl_verifies_a_device_certificate_up_to_its_signer),
        cmocka_unit_test(openssl_sees_the_extensions_of_the_specification),
        cmocka_unit_test(a_device_certificate_comes_back_from_its_72_bytes),
        cmocka_unit_test(a_short_signature_is_made_again),
        cmocka_unit_test(signers_that_cannot_be_right_are_refused),
        cmocka_unit_test(a_common_name_longer_than_x520_allows_is_refused),
    };
    return cmocka_run_group_tests(tests, program_room_set_up, program_room_tear_down);
}
