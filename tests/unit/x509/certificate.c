/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates of the openssl program and of the vectors, whole and damaged. */
#include "x509/certificate.h"
#include "samples.h"
#include "support/program.h"
#include "support/test.h"
#include "x509/der.h"

static const char mix_signer[] = "nerveskey/generated/mix_signer_ca.cert.pem";

static void certificates_of_every_kind_are_read(void **state)
{
    const program_room *room = *state;
    static const struct {
        const char *key;
        bool is_p256;
    } rows[] = {{"rsa:2048", false},
                {"ec -pkeyopt ec_paramgen_curve:P-256", true},
                {"ec -pkeyopt ec_paramgen_curve:P-384", false},
                {"ed25519", false}};
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        size_t len = 0;
        np_certificate parsed;
        np_error err;
        np_bytes name;
        assert_int_equal(program_run(room,
                                     "openssl req -x509 -nodes -keyout k -outform DER -out c"
                                     " -subj /CN=Acme -days 30000 -newkey %s"
                                     " -addext subjectAltName=DNS:a.example",
                                     rows[i].key),
                         0);
        uint8_t *der = program_load(room, "c", &len);
        assert_ok(np_certificate_parse(np_bytes_of(der, len), &parsed, &err), &err);
        assert_int_equal(parsed.point.len, rows[i].is_p256 ? 64 : 0);
        assert_true(np_certificate_common_name(parsed.subject, &name));
        assert_true(np_bytes_equal(name, np_bytes_text("Acme")));
        assert_true(np_bytes_equal(parsed.issuer, parsed.subject));
        assert_true(parsed.validity.not_after.year > 2050); /* GeneralizedTime */
        free(der);
    }
}

static void version_1_is_read_and_has_no_extensions(void **state)
{
    const program_room *room = *state;
    size_t len = 0;
    np_certificate parsed;
    np_error err = {0};
    assert_int_equal(program_run(room, "openssl req -new -newkey ed25519 -nodes -keyout k -out r"
                                       " -subj /CN=Acme && openssl x509 -req -in r -key k"
                                       " -outform DER -out c"),
                     0);
    uint8_t *der = program_load(room, "c", &len);
    assert_ok(np_certificate_parse(np_bytes_of(der, len), &parsed, &err), &err);
    assert_true(parsed.is_version_1);
    assert_int_equal(parsed.extensions.len, 0);
    free(der);
}

/* The version of a certificate that has extensions is taken out: RFC 5280 4.1.2.9 forbids that. */
static void version_1_with_extensions_is_refused(void **state)
{
    (void)state;
    uint8_t der[1024];
    uint8_t without[1024];
    enum { VERSION_BYTES = 5 };
    np_certificate parsed;
    np_der tbs;
    np_writer writer = np_writer_of(without, sizeof(without));
    size_t len = sample_load_pem(mix_signer, der, sizeof(der));
    assert_ok(np_certificate_parse(np_bytes_of(der, len), &parsed, NULL), &(np_error){0});
    assert_false(parsed.is_version_1);
    np_reader reader = np_reader_of(parsed.tbs);
    assert_true(np_der_take(&reader, NP_DER_SEQUENCE, &tbs));
    size_t outer = np_der_open(&writer, NP_DER_SEQUENCE);
    np_der_write(&writer, NP_DER_SEQUENCE,
                 np_bytes_of(tbs.content.data + VERSION_BYTES, tbs.content.len - VERSION_BYTES));
    const uint8_t *rest = parsed.tbs.data + parsed.tbs.len;
    np_write_bytes(&writer, np_bytes_of(rest, (size_t)(der + len - rest)));
    np_der_close(&writer, outer);
    assert_code(np_certificate_parse(np_writer_bytes(&writer), &parsed, NULL), NP_EINPUT_FORMAT);
}

static void upstreams_odd_dates_are_read_as_written(void **state)
{
    (void)state;
    uint8_t der[1024];
    np_certificate parsed;
    np_error err;
    size_t len = sample_load_pem("nerveskey/upstream/data_test_device_cert.pem", der, sizeof(der));
    assert_ok(np_certificate_parse(np_bytes_of(der, len), &parsed, &err), &err);
    assert_int_equal(parsed.validity.not_before.year, 1970); /* 700101 */
    assert_int_equal(parsed.validity.not_after.year, 2001);  /* 010101 */
}

static void trust_and_go_certificates_are_read(void **state)
{
    (void)state;
    static const char *const paths[] = {"nerveskey/generated/tng_device_cert.der",
                                        "nerveskey/generated/tng_signer_cert.der",
                                        "nerveskey/upstream/tng_device_cert.der"};
    for (size_t i = 0; i < NP_COUNT_OF(paths); i++) {
        size_t len = 0;
        np_certificate parsed;
        np_bytes name;
        np_error err;
        uint8_t *der = vector_load(paths[i], &len);
        assert_ok(np_certificate_parse(np_bytes_of(der, len), &parsed, &err), &err);
        assert_int_equal(parsed.point.len, 64);
        assert_false(np_certificate_common_name(parsed.subject, &name)); /* two RDNs */
        free(der);
    }
}

static void a_certificate_cut_short_or_with_more_behind_is_none(void **state)
{
    (void)state;
    uint8_t der[1024] = {0};
    np_certificate parsed;
    size_t len = sample_load_pem(mix_signer, der, sizeof(der));
    for (size_t cut = 0; cut < len; cut++) {
        uint8_t *copy = malloc(cut + 1); /* on the heap, so that a step too far is noticed */
        assert_non_null(copy);
        memcpy(copy, der, cut);
        assert_code(np_certificate_parse(np_bytes_of(copy, cut), &parsed, NULL), NP_EINPUT_FORMAT);
        free(copy);
    }
    assert_code(np_certificate_parse(np_bytes_of(der, len + 1), &parsed, NULL), NP_EINPUT_FORMAT);
    assert_code(np_certificate_parse(np_bytes_of(der, len), &parsed, NULL), NP_OK);
}

/* Swaps bytes of equal length in the certificate and says whether it is still read. */
static np_code parse_with(const char *from_hex, const char *to_hex)
{
    uint8_t der[1024], from[32], to[32];
    np_certificate parsed;
    size_t der_len = sample_load_pem(mix_signer, der, sizeof(der));
    size_t len = vector_hex_any(from_hex, from, sizeof(from));
    assert_int_equal(vector_hex_any(to_hex, to, sizeof(to)), len);
    uint8_t *found = memmem(der, der_len, from, len);
    assert_non_null(found);
    memcpy(found, to, len);
    return np_certificate_parse(np_bytes_of(der, der_len), &parsed, NULL);
}

static void what_der_forbids_inside_is_refused(void **state)
{
    (void)state;
    assert_code(parse_with("a003020102", "a003020102"), NP_OK);
    assert_code(parse_with("a003020102", "a003020101"), NP_EINPUT_FORMAT); /* version 2 */
    assert_code(parse_with("0101ff", "010101"), NP_EINPUT_FORMAT);         /* true is ff */
    assert_code(parse_with("0101ff", "010100"), NP_EINPUT_FORMAT);         /* false is left out */
    assert_code(parse_with("034200", "034201"), NP_EINPUT_FORMAT);         /* unused bits */
    assert_code(parse_with("0210", "0310"), NP_EINPUT_FORMAT);             /* serial number */
    assert_code(parse_with("5a170d", "2b170d"), NP_EINPUT_FORMAT);         /* time without Z */
    assert_code(parse_with("170d", "180d"), NP_EINPUT_FORMAT);             /* another time type */
    assert_code(parse_with("a381863081", "a281863081"), NP_EINPUT_FORMAT); /* twice a unique id */
}

static void a_negative_or_padded_serial_number_is_refused(void **state)
{
    (void)state;
    uint8_t der[1024];
    np_certificate parsed;
    size_t len = sample_load_pem(mix_signer, der, sizeof(der));
    assert_code(np_certificate_parse(np_bytes_of(der, len), &parsed, NULL), NP_OK);
    size_t at = (size_t)(parsed.serial.data - der);
    der[at] = 0x80;
    assert_code(np_certificate_parse(np_bytes_of(der, len), &parsed, NULL), NP_EINPUT_FORMAT);
    der[at] = 0;
    der[at + 1] = 0x01;
    assert_code(np_certificate_parse(np_bytes_of(der, len), &parsed, NULL), NP_EINPUT_FORMAT);
}

static void only_the_end_may_be_an_impossible_29_february(void **state)
{
    (void)state;
    uint8_t der[1024];
    np_certificate parsed;
    size_t len = sample_load_pem(mix_signer, der, sizeof(der));
    uint8_t *from = memmem(der, len, "\x17\x0d", 2);
    assert_non_null(from);
    memcpy(from + 17, "330229", 6); /* 2033 has no 29 February */
    assert_code(np_certificate_parse(np_bytes_of(der, len), &parsed, NULL), NP_OK);
    assert_int_equal(parsed.validity.not_after.day, 29);
    memcpy(from + 17, "331301", 6);
    assert_code(np_certificate_parse(np_bytes_of(der, len), &parsed, NULL), NP_EINPUT_FORMAT);
    memcpy(from + 17, "330131", 6);
    memcpy(from + 2, "270229", 6);
    assert_code(np_certificate_parse(np_bytes_of(der, len), &parsed, NULL), NP_EINPUT_FORMAT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_of_every_kind_are_read),
        cmocka_unit_test(version_1_is_read_and_has_no_extensions),
        cmocka_unit_test(version_1_with_extensions_is_refused),
        cmocka_unit_test(upstreams_odd_dates_are_read_as_written),
        cmocka_unit_test(trust_and_go_certificates_are_read),
        cmocka_unit_test(a_certificate_cut_short_or_with_more_behind_is_none),
        cmocka_unit_test(what_der_forbids_inside_is_refused),
        cmocka_unit_test(a_negative_or_padded_serial_number_is_refused),
        cmocka_unit_test(only_the_end_may_be_an_impossible_29_february),
    };
    return cmocka_run_group_tests(tests, program_room_set_up, program_room_tear_down);
}
