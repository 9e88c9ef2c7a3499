/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: the certificates that NervesKey itself issued and rebuilt. */
#include "x509/profile.h"
#include "crypto/p256.h"
#include "samples.h"
#include "support/test.h"
#include "x509/der.h"
#include "x509/verify.h"

enum { SAMPLE_COUNT = 10 };

static sample samples[SAMPLE_COUNT];

static void assert_rebuilt(const np_profile *profile, const np_profile_values *values,
                           const uint8_t *stored, np_bytes wanted)
{
    uint8_t der[1024];
    np_error err;
    np_writer writer = np_writer_of(der, sizeof(der));
    assert_ok(np_profile_rebuild(profile, values, stored, &writer, &err), &err);
    assert_int_equal(writer.len, wanted.len);
    assert_memory_equal(der, wanted.data, wanted.len);
}

static void every_provisioned_certificate_comes_back_from_its_slots(void **state)
{
    (void)state;
    assert_int_equal(sample_load_provisioned(samples, SAMPLE_COUNT), SAMPLE_COUNT);
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        np_profile_values values = sample_values(&samples[i]);
        print_message("# %s\n", samples[i].name);
        assert_rebuilt(sample_profile(&samples[i]), &values, samples[i].stored,
                       np_bytes_of(samples[i].der, samples[i].der_len));
    }
}

static void every_provisioned_certificate_is_signed_by_its_signer_alone(void **state)
{
    (void)state;
    for (size_t i = 0; i < SAMPLE_COUNT; i++) {
        np_certificate parsed;
        np_error err;
        bool is_signed = false;
        np_bytes der = np_bytes_of(samples[i].der, samples[i].der_len);
        assert_ok(np_certificate_parse(der, &parsed, &err), &err);
        assert_ok(np_certificate_is_signed_by(&parsed, samples[i].authority_key, &is_signed, &err),
                  &err);
        assert_true(is_signed);
        const uint8_t *other = samples[(i + 2) % SAMPLE_COUNT].authority_key;
        assert_ok(np_certificate_is_signed_by(&parsed, other, &is_signed, &err), &err);
        assert_int_equal(is_signed, memcmp(other, samples[i].authority_key, 64) == 0);
    }
}

/* Stored form of a certificate, put together here from its parts. */
static void compress(const np_certificate *parsed, const char *tail_hex, uint8_t *ret)
{
    np_error err;
    np_compressed compressed = {0};
    assert_true(np_der_parse_signature(parsed->signature, compressed.signature));
    assert_ok(np_dates_encode(&parsed->validity, compressed.dates, &err), &err);
    np_compressed_encode(&compressed, ret);
    vector_hex(tail_hex, ret + 67, 5);
}

static void assert_signer_file_comes_back(const char *path, uint8_t *ret_key)
{
    uint8_t der[1024];
    uint8_t stored[NP_COMPRESSED_SIZE];
    np_certificate parsed;
    np_error err;
    size_t len = sample_load_pem(path, der, sizeof(der));
    assert_ok(np_certificate_parse(np_bytes_of(der, len), &parsed, &err), &err);
    assert_int_equal(parsed.point.len, 64);
    compress(&parsed, "000010a000", stored);
    np_profile_values values = {.public_key = parsed.point.data};
    assert_rebuilt(&np_profile_nerveskey_signer, &values, stored, np_bytes_of(der, len));
    memcpy(ret_key, parsed.point.data, 64);
}

static void every_signer_file_comes_back(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "nerveskey/upstream/data_test_signer_cert.pem",
        "nerveskey/upstream/livebook_test_signer_cert.pem",
        "nerveskey/generated/mix_signer_ca.cert.pem",
        "nerveskey/generated/short_signature_signer_cert.pem",
    };
    for (size_t i = 0; i < NP_COUNT_OF(paths); i++) {
        uint8_t key[64];
        print_message("# %s\n", paths[i]);
        assert_signer_file_comes_back(paths[i], key);
    }
}

static void the_signer_of_upstreams_own_test_comes_back_from_its_slots(void **state)
{
    (void)state;
    uint8_t der[1024];
    uint8_t slot_11[72] = {0};
    uint8_t slot_12[72] = {0};
    vector_csv rows;
    vector_words_open(&rows, "nerveskey/upstream/data_test_slots.txt");
    while (vector_words_next(&rows)) {
        if (strcmp(rows.fields[0], "11") == 0 || strcmp(rows.fields[0], "12") == 0) {
            vector_hex(rows.fields[2], strcmp(rows.fields[0], "11") == 0 ? slot_11 : slot_12, 72);
        }
    }
    vector_csv_close(&rows);
    size_t len = sample_load_pem("nerveskey/upstream/data_test_signer_cert.pem", der, sizeof(der));
    np_profile_values values = {.public_key = slot_11};
    assert_rebuilt(&np_profile_nerveskey_signer, &values, slot_12, np_bytes_of(der, len));
}

static void a_short_signature_gives_the_certificate_that_was_issued(void **state)
{
    (void)state;
    uint8_t issued[1024], signer_key[64], stored[NP_COMPRESSED_SIZE], chip_serial[9];
    np_certificate parsed;
    np_error err;
    bool is_signed = false;
    assert_signer_file_comes_back("nerveskey/generated/short_signature_signer_cert.pem",
                                  signer_key);
    size_t len = sample_load_pem("nerveskey/generated/short_signature_device_cert_issued.pem",
                                 issued, sizeof(issued));
    assert_ok(np_certificate_parse(np_bytes_of(issued, len), &parsed, &err), &err);
    compress(&parsed, "000000b000", stored);
    assert_int_equal(stored[0], 0);
    assert_false(np_signature_suits_old_readers(stored));
    vector_hex("00000000000000004c", chip_serial, sizeof(chip_serial));
    np_profile_values values = {.subject = np_bytes_text("SN76"),
                                .public_key = parsed.point.data,
                                .authority_key = signer_key,
                                .chip_serial = NP_BYTES(chip_serial)};
    assert_rebuilt(&np_profile_nerveskey_device, &values, stored, np_bytes_of(issued, len));
    assert_ok(np_certificate_is_signed_by(&parsed, signer_key, &is_signed, &err), &err);
    assert_true(is_signed);
}

/*
 * NervesKey's device task draws a chip serial that it does not tell, so the serial number cannot
 * come back; every other byte must.
 */
static void a_device_certificate_made_without_a_chip_comes_back_but_for_its_serial(void **state)
{
    (void)state;
    uint8_t der[1024], signer_key[64], stored[NP_COMPRESSED_SIZE], rebuilt[1024];
    const uint8_t no_chip[9] = {0};
    np_certificate parsed;
    np_error err;
    bool is_signed = false;
    assert_signer_file_comes_back("nerveskey/generated/mix_signer_ca.cert.pem", signer_key);
    size_t len =
        sample_load_pem("nerveskey/generated/mix_device_DEV0001.cert.pem", der, sizeof(der));
    assert_ok(np_certificate_parse(np_bytes_of(der, len), &parsed, &err), &err);
    assert_ok(np_certificate_is_signed_by(&parsed, signer_key, &is_signed, &err), &err);
    assert_true(is_signed);
    compress(&parsed, "000000b000", stored);
    np_profile_values values = {.subject = np_bytes_text("DEV0001"),
                                .public_key = parsed.point.data,
                                .authority_key = signer_key,
                                .chip_serial = NP_BYTES(no_chip)};
    np_writer writer = np_writer_of(rebuilt, sizeof(rebuilt));
    assert_ok(np_profile_rebuild(&np_profile_nerveskey_device, &values, stored, &writer, &err),
              &err);
    assert_int_equal(writer.len, len);
    memcpy(rebuilt + (parsed.serial.data - der), parsed.serial.data, parsed.serial.len);
    assert_memory_equal(rebuilt, der, len);
}

/* Upstream's own test certificate cannot be rebuilt (see its README), but its signature is kept. */
static void the_signature_of_upstreams_odd_device_is_the_one_in_its_slot(void **state)
{
    (void)state;
    uint8_t der[1024], raw[64];
    uint8_t slot_10[72] = {0};
    np_certificate parsed;
    np_compressed stored;
    np_error err;
    vector_csv rows;
    size_t len = sample_load_pem("nerveskey/upstream/data_test_device_cert.pem", der, sizeof(der));
    assert_ok(np_certificate_parse(np_bytes_of(der, len), &parsed, &err), &err);
    vector_words_open(&rows, "nerveskey/upstream/data_test_slots.txt");
    while (vector_words_next(&rows)) {
        if (strcmp(rows.fields[0], "10") == 0) {
            vector_hex(rows.fields[2], slot_10, sizeof(slot_10));
        }
    }
    vector_csv_close(&rows);
    assert_ok(np_compressed_decode(slot_10, &stored, &err), &err);
    assert_true(np_der_parse_signature(parsed.signature, raw));
    assert_memory_equal(stored.signature, raw, sizeof(raw));
    assert_code(np_dates_encode(&parsed.validity, stored.dates, &err), NP_EINPUT_TIME);
}

static void upstreams_own_rebuild_of_it_does_not_verify(void **state)
{
    (void)state;
    uint8_t der[1024], signer_key[64];
    np_certificate parsed;
    np_error err;
    bool is_signed = true;
    assert_signer_file_comes_back("nerveskey/generated/short_signature_signer_cert.pem",
                                  signer_key);
    size_t len = sample_load_pem(
        "nerveskey/generated/short_signature_device_cert_as_rebuilt_by_upstream_INVALID.pem", der,
        sizeof(der));
    assert_ok(np_certificate_parse(np_bytes_of(der, len), &parsed, &err), &err);
    assert_ok(np_certificate_is_signed_by(&parsed, signer_key, &is_signed, &err), &err);
    assert_false(is_signed);
}

static void stored_bytes_of_another_profile_are_refused_by_name(void **state)
{
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
        const char *named;
    } rows[] = {{69, 0x10, "template id is 0x1, must be 0x0"},
                {69, 0x03, "chain id is 0x3, must be 0x0"},
                {68, 0x07, "signer id is 0x7, must be 0x0"},
                {70, 0xa0, "serial number source is 0xa, must be 0xb"},
                {70, 0xb1, "format version 1"},
                {71, 0x01, "0x01 instead of 0"},
                {65, 0x00, "are no date"}};
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t stored[NP_COMPRESSED_SIZE];
        uint8_t der[1024];
        np_error err = {0};
        np_writer writer = np_writer_of(der, sizeof(der));
        np_profile_values values = sample_values(&samples[1]);
        memcpy(stored, samples[1].stored, sizeof(stored));
        stored[rows[i].at] = rows[i].value;
        np_code code =
            np_profile_rebuild(&np_profile_nerveskey_device, &values, stored, &writer, &err);
        assert_int_equal(code, NP_EINPUT_FORMAT);
        assert_non_null(strstr(err.message, rows[i].named));
    }
}

static void zeros_are_no_certificate(void **state)
{
    (void)state;
    uint8_t stored[NP_COMPRESSED_SIZE] = {0};
    uint8_t der[1024];
    np_writer writer = np_writer_of(der, sizeof(der));
    np_profile_values values = sample_values(&samples[1]);
    assert_code(np_profile_rebuild(&np_profile_nerveskey_device, &values, stored, &writer, NULL),
                NP_EINPUT_FORMAT);
}

static void a_writer_that_is_too_small_is_an_error_not_an_overrun(void **state)
{
    (void)state;
    uint8_t der[1024];
    np_profile_values values = sample_values(&samples[1]);
    for (size_t size = 0; size < samples[1].der_len; size++) {
        np_writer writer = np_writer_of(der, size);
        assert_code(np_profile_rebuild(&np_profile_nerveskey_device, &values, samples[1].stored,
                                       &writer, NULL),
                    NP_EINPUT_RANGE);
    }
    np_writer measure = np_writer_of(NULL, 0);
    assert_code(np_profile_rebuild(&np_profile_nerveskey_device, &values, samples[1].stored,
                                   &measure, NULL),
                NP_OK);
    assert_int_equal(measure.len, samples[1].der_len);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_provisioned_certificate_comes_back_from_its_slots),
        cmocka_unit_test(every_provisioned_certificate_is_signed_by_its_signer_alone),
        cmocka_unit_test(every_signer_file_comes_back),
        cmocka_unit_test(the_signer_of_upstreams_own_test_comes_back_from_its_slots),
        cmocka_unit_test(a_short_signature_gives_the_certificate_that_was_issued),
        cmocka_unit_test(a_device_certificate_made_without_a_chip_comes_back_but_for_its_serial),
        cmocka_unit_test(the_signature_of_upstreams_odd_device_is_the_one_in_its_slot),
        cmocka_unit_test(upstreams_own_rebuild_of_it_does_not_verify),
        cmocka_unit_test(stored_bytes_of_another_profile_are_refused_by_name),
        cmocka_unit_test(zeros_are_no_certificate),
        cmocka_unit_test(a_writer_that_is_too_small_is_an_error_not_an_overrun),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
