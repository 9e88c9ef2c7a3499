/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Expected values: the certificates of a real Trust&GO kit, as Microchip issued them and NervesKey
 * rebuilt them, and the sizes of Microchip's templates (specs of the chip 3.9).
 */
#include "support/trust_and_go.h"
#include "crypto/p256.h"
#include "support/test.h"
#include "x509/profile.h"
#include "x509/verify.h"

/* Sizes of Microchip's templates in bytes, with the signature that each of them happens to have. */
enum { SIGNER_SIZE = 520, DEVICE_SIZE = 546, DEVICE_2_SIZE = 505 };

static kit real;

static np_bytes rebuild(const np_profile *profile, const np_profile_values *values,
                        const uint8_t *stored, uint8_t *der, size_t size)
{
    np_error err;
    np_writer writer = np_writer_of(der, size);
    assert_ok(np_profile_rebuild(profile, values, stored, &writer, &err), &err);
    return np_writer_bytes(&writer);
}

static np_profile_values signer_values(void)
{
    return (np_profile_values){.public_key = real.signer_key, .authority_key = real.root_key};
}

static np_profile_values device_values(void)
{
    return (np_profile_values){
        .subject = np_bytes_text("0123A23F29F9366A01"),
        .public_key = real.public_key,
        .authority_key = real.signer_key,
        .chip_serial = NP_BYTES(real.chip_serial),
        .eui48 = NP_BYTES(real.eui48),
    };
}

static void assert_is_file(np_bytes der, const char *path)
{
    size_t len = 0;
    uint8_t *wanted = vector_load(path, &len);
    assert_int_equal(der.len, len);
    assert_memory_equal(der.data, wanted, len);
    free(wanted);
}

static void assert_is_signed_by(np_bytes der, const uint8_t *key)
{
    np_error err;
    np_certificate parsed;
    bool is_signed = false;
    assert_ok(np_certificate_parse(der, &parsed, &err), &err);
    assert_ok(np_certificate_is_signed_by(&parsed, key, &is_signed, &err), &err);
    assert_true(is_signed);
}

static void the_device_of_a_real_kit_comes_back_and_is_signed_by_its_signer(void **state)
{
    (void)state;
    uint8_t der[1024];
    np_profile_values values = device_values();
    np_bytes rebuilt =
        rebuild(&np_profile_trust_and_go_device, &values, real.device_compressed, der, sizeof(der));
    assert_is_file(rebuilt, "nerveskey/upstream/tng_device_cert.der");
    assert_is_file(rebuilt, "nerveskey/generated/tng_device_cert.der");
    assert_is_signed_by(rebuilt, real.signer_key);
}

static void the_signer_of_a_real_kit_comes_back_and_is_signed_by_root_002(void **state)
{
    (void)state;
    uint8_t der[1024];
    np_profile_values values = signer_values();
    np_bytes rebuilt =
        rebuild(&np_profile_trust_and_go_signer, &values, real.signer_compressed, der, sizeof(der));
    assert_is_file(rebuilt, "nerveskey/generated/tng_signer_cert.der");
    assert_is_signed_by(rebuilt, real.root_key);
}

/* r and s without a sign byte; with the two that a template's own signature may need. */
static void assert_has_size(const np_profile *profile, const np_profile_values *values,
                            const uint8_t *stored, size_t wanted)
{
    uint8_t der[1024], plain[72];
    memcpy(plain, stored, sizeof(plain));
    plain[0] = 0x7f;
    plain[32] = 0x7f;
    plain[69] = (uint8_t)(profile->template_id << 4);
    size_t len = rebuild(profile, values, plain, der, sizeof(der)).len;
    assert_in_range(wanted, len, len + 2);
}

static void all_templates_have_the_published_sizes(void **state)
{
    (void)state;
    np_profile_values signer = signer_values();
    np_profile_values device = device_values();
    assert_has_size(&np_profile_trust_and_go_signer, &signer, real.signer_compressed, SIGNER_SIZE);
    assert_has_size(&np_profile_trust_and_go_device, &device, real.device_compressed, DEVICE_SIZE);
    assert_has_size(&np_profile_trust_and_go_device_2, &device, real.device_compressed,
                    DEVICE_2_SIZE);
}

static void assert_subject_ends(np_bytes der, const char *text)
{
    np_certificate parsed;
    np_error err;
    size_t len = strlen(text);
    assert_ok(np_certificate_parse(der, &parsed, &err), &err);
    assert_memory_equal(parsed.subject.data + parsed.subject.len - len, text, len);
}

static void the_second_template_names_the_serial_and_has_no_eui48(void **state)
{
    (void)state;
    uint8_t der[1024], device[72];
    np_certificate parsed;
    np_error err;
    np_profile_values values = device_values();
    values.eui48 = (np_bytes){0};
    memcpy(device, real.device_compressed, sizeof(device));
    device[69] = 0x20;
    np_bytes rebuilt =
        rebuild(&np_profile_trust_and_go_device_2, &values, device, der, sizeof(der));
    assert_subject_ends(rebuilt, "0123A23F29F9366A01 ATECC");
    assert_ok(np_certificate_parse(rebuilt, &parsed, &err), &err);
    np_extension first;
    np_reader reader = np_reader_of(parsed.extensions);
    assert_true(np_extension_next(&reader, &first));
    static const uint8_t basic_constraints[] = {0x55, 0x1d, 0x13};
    assert_true(np_bytes_equal(first.oid, NP_BYTES(basic_constraints)));
    assert_true(first.is_critical);
}

static void a_small_signer_number_can_be_written_with_and_without_zeros(void **state)
{
    (void)state;
    uint8_t der[1024], stored[72];
    np_profile_values values = signer_values();
    memcpy(stored, real.signer_compressed, sizeof(stored));
    stored[67] = 0x00;
    stored[68] = 0x2c;
    np_bytes rebuilt = rebuild(&np_profile_trust_and_go_signer, &values, stored, der, sizeof(der));
    assert_subject_ends(rebuilt, "Signer 2C");
    values.pads_signer_id = true;
    rebuilt = rebuild(&np_profile_trust_and_go_signer, &values, stored, der, sizeof(der));
    assert_subject_ends(rebuilt, "Signer 002C");
}

static void the_serial_number_comes_from_where_the_nibble_says(void **state)
{
    (void)state;
    uint8_t der[1024], stored[72], wanted[16];
    np_certificate parsed;
    np_error err;
    np_profile_values values = device_values();
    memcpy(stored, real.device_compressed, sizeof(stored));
    stored[70] = 0xb0;
    np_bytes rebuilt = rebuild(&np_profile_trust_and_go_device, &values, stored, der, sizeof(der));
    assert_ok(np_certificate_parse(rebuilt, &parsed, &err), &err);
    np_certificate_serial(NP_BYTES(real.chip_serial), stored + 64, wanted);
    assert_true(np_bytes_equal(parsed.serial, NP_BYTES(wanted)));
    stored[70] = 0x00;
    np_writer writer = np_writer_of(der, sizeof(der));
    assert_code(np_profile_rebuild(&np_profile_trust_and_go_device, &values, stored, &writer, &err),
                NP_EINPUT_FORMAT);
    assert_non_null(strstr(err.message, "serial number source"));
}

static void an_eui48_of_another_length_and_another_template_are_refused(void **state)
{
    (void)state;
    uint8_t der[1024], stored[72];
    np_error err;
    np_profile_values values = device_values();
    values.eui48.len = 11;
    np_writer writer = np_writer_of(der, sizeof(der));
    assert_code(np_profile_rebuild(&np_profile_trust_and_go_device, &values, real.device_compressed,
                                   &writer, &err),
                NP_EINPUT_RANGE);
    values = device_values();
    memcpy(stored, real.device_compressed, sizeof(stored));
    stored[69] = 0x40;
    assert_code(np_profile_rebuild(&np_profile_trust_and_go_device, &values, stored, &writer, &err),
                NP_EINPUT_FORMAT);
    assert_non_null(strstr(err.message, "template id"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_device_of_a_real_kit_comes_back_and_is_signed_by_its_signer),
        cmocka_unit_test(the_signer_of_a_real_kit_comes_back_and_is_signed_by_root_002),
        cmocka_unit_test(all_templates_have_the_published_sizes),
        cmocka_unit_test(the_second_template_names_the_serial_and_has_no_eui48),
        cmocka_unit_test(a_small_signer_number_can_be_written_with_and_without_zeros),
        cmocka_unit_test(the_serial_number_comes_from_where_the_nibble_says),
        cmocka_unit_test(an_eui48_of_another_length_and_another_template_are_refused),
    };
    kit_load(&real);
    return cmocka_run_group_tests_name("x509 trust and go", tests, NULL, NULL);
}
