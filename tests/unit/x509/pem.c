/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: PEM of NervesKey's vectors and of the openssl program. */
#include "x509/pem.h"
#include "support/program.h"
#include "support/test.h"
#include "support/vectors.h"

static const char path[] = "nerveskey/generated/mix_signer_ca.cert.pem";

static np_code decode(np_bytes text, uint8_t *out, size_t size, size_t *ret_len, np_error *err)
{
    np_writer writer = np_writer_of(out, size);
    np_code code = np_pem_decode(text, "CERTIFICATE", &writer, err);
    *ret_len = writer.len;
    return code;
}

static void a_certificate_goes_through_as_openssl_sees_it(void **state)
{
    const program_room *room = *state;
    uint8_t der[1024], again[1024];
    size_t len = 0, wanted_len = 0, der_len = 0;
    np_error err;
    uint8_t *text = vector_load(path, &len);
    program_store(room, "in.pem", np_bytes_of(text, len));
    assert_int_equal(program_run(room, "openssl x509 -in in.pem -outform DER -out der"), 0);
    uint8_t *wanted = program_load(room, "der", &wanted_len);
    assert_ok(decode(np_bytes_of(text, len), der, sizeof(der), &der_len, &err), &err);
    assert_true(np_bytes_equal(np_bytes_of(der, der_len), np_bytes_of(wanted, wanted_len)));
    np_writer writer = np_writer_of(again, sizeof(again));
    np_pem_encode(&writer, "CERTIFICATE", np_bytes_of(der, der_len));
    assert_true(np_bytes_equal(np_writer_bytes(&writer), np_bytes_of(text, len)));
    free(wanted);
    free(text);
}

static void carriage_returns_and_text_around_do_not_matter(void **state)
{
    const program_room *room = *state;
    static const char *const commands[] = {
        "sed 's/$/\\r/' in.pem > other.pem",
        "openssl x509 -in in.pem -text > other.pem",
        "{ printf '\\357\\273\\277'; cat in.pem; } > other.pem",
        "{ openssl ecparam -genkey -name prime256v1; cat in.pem in.pem; echo end; } > other.pem",
        "printf %s \"$(cat in.pem)\" > other.pem",
    };
    uint8_t wanted[1024];
    size_t len = 0, wanted_len = 0;
    np_error err;
    uint8_t *text = vector_load(path, &len);
    program_store(room, "in.pem", np_bytes_of(text, len));
    assert_ok(decode(np_bytes_of(text, len), wanted, sizeof(wanted), &wanted_len, &err), &err);
    free(text);
    for (size_t i = 0; i < NP_COUNT_OF(commands); i++) {
        uint8_t der[1024];
        size_t der_len = 0;
        assert_int_equal(program_run(room, "%s", commands[i]), 0);
        text = program_load(room, "other.pem", &len);
        assert_ok(decode(np_bytes_of(text, len), der, sizeof(der), &der_len, &err), &err);
        assert_true(np_bytes_equal(np_bytes_of(der, der_len), np_bytes_of(wanted, wanted_len)));
        free(text);
    }
}

static void damage_is_told_apart_from_absence(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        np_code code;
    } rows[] = {
        {"", NP_EINPUT_MISSING},
        {"-----BEGIN CERTIFICATE----", NP_EINPUT_MISSING},
        {"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", NP_EINPUT_MISSING},
        {"-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n",
         NP_EINPUT_MISSING},
        {"-----BEGIN CERTIFICATE-----\nAAAA\n", NP_EINPUT_FORMAT},
        {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE", NP_EINPUT_FORMAT},
        {"-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", NP_EINPUT_FORMAT},
        {"-----BEGIN CERTIFICATE-----\nAA!A\n-----END CERTIFICATE-----\n", NP_EINPUT_FORMAT},
        {"-----BEGIN CERTIFICATE-----\nAAA\n-----END CERTIFICATE-----\n", NP_EINPUT_FORMAT},
        {"-----BEGIN CERTIFICATE-----\nAAAA\n-----END X-----\n-----END CERTIFICATE-----\n",
         NP_EINPUT_FORMAT},
        {"-----BEGIN CERTIFICATE-----\nAAAAAAAAAAAA\n-----END CERTIFICATE-----\n", NP_EINPUT_RANGE},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t der[8];
        size_t der_len = 0;
        assert_code(decode(np_bytes_text(rows[i].text), der, sizeof(der), &der_len, NULL),
                    rows[i].code);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_certificate_goes_through_as_openssl_sees_it),
        cmocka_unit_test(carriage_returns_and_text_around_do_not_matter),
        cmocka_unit_test(damage_is_told_apart_from_absence),
    };
    return cmocka_run_group_tests(tests, program_room_set_up, program_room_tear_down);
}
