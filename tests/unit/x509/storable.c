/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A good signer certificate (made by NervesKey's own task) is taken apart, one thing is changed, it
 * is put together and signed again with its own key: each change must give its own cause and only
 * that. Certificates of the openssl program give several.
 */
#include "x509/storable.h"
#include "crypto/hash.h"
#include "samples.h"
#include "support/program.h"
#include "support/test.h"
#include "x509/der.h"

enum { EXTENSION_COUNT = 5, PART_SIZE = 256 };

typedef struct parts {
    np_certificate from;
    uint8_t der[1024]; /* what the slices point into */
    np_bytes serial, tbs_algorithm, issuer, subject, spki, outer_algorithm, unique_id;
    char not_before[32], not_after[32];
    uint8_t time_tags[2];
    np_bytes extensions[EXTENSION_COUNT + 1];
    uint8_t changed[2][PART_SIZE]; /* room for changed parts */
    uint8_t signature_bit;         /* flipped in the signature */
    bool is_garbage_signature;
} parts;

static void take_apart(parts *ret)
{
    np_error err;
    np_extension extension;
    memset(ret, 0, sizeof(*ret));
    size_t len =
        sample_load_pem("nerveskey/generated/mix_signer_ca.cert.pem", ret->der, sizeof(ret->der));
    assert_ok(np_certificate_parse(np_bytes_of(ret->der, len), &ret->from, &err), &err);
    ret->serial = ret->from.serial;
    ret->tbs_algorithm = ret->from.tbs_algorithm;
    ret->outer_algorithm = ret->from.signature_algorithm;
    ret->issuer = ret->from.issuer;
    ret->subject = ret->from.subject;
    ret->spki = ret->from.spki;
    const uint8_t *times = memmem(ret->der, len, "\x17\x0d", 2);
    memcpy(ret->not_before, times + 2, 13);
    memcpy(ret->not_after, times + 17, 13);
    ret->time_tags[0] = NP_DER_UTC_TIME;
    ret->time_tags[1] = NP_DER_UTC_TIME;
    np_reader reader = np_reader_of(ret->from.extensions);
    for (size_t i = 0; np_extension_next(&reader, &extension); i++) {
        ret->extensions[i] = extension.whole;
    }
}

static void write_body(np_writer *out, const parts *from)
{
    np_write_bytes(out, np_bytes_of("\xa0\x03\x02\x01\x02", 5));
    np_der_write_unsigned(out, from->serial);
    np_write_bytes(out, from->tbs_algorithm);
    np_write_bytes(out, from->issuer);
    size_t validity = np_der_open(out, NP_DER_SEQUENCE);
    np_der_write(out, from->time_tags[0], np_bytes_text(from->not_before));
    np_der_write(out, from->time_tags[1], np_bytes_text(from->not_after));
    np_der_close(out, validity);
    np_write_bytes(out, from->subject);
    np_write_bytes(out, from->spki);
    np_write_bytes(out, from->unique_id);
    size_t explicit = np_der_open(out, 0xa3);
    size_t list = np_der_open(out, NP_DER_SEQUENCE);
    for (size_t i = 0; i <= EXTENSION_COUNT; i++) {
        np_write_bytes(out, from->extensions[i]);
    }
    np_der_close(out, list);
    np_der_close(out, explicit);
}

static void sign(np_bytes tbs, uint8_t *ret)
{
    size_t len = 0;
    uint8_t digest[32];
    np_error err;
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    uint8_t *pem = vector_load("nerveskey/generated/mix_signer_ca.key.pem", &len);
    assert_ok(np_p256_parse_pem(np_bytes_of(pem, len), &key, &err), &err);
    free(pem);
    np_sha256(tbs, digest);
    assert_ok(np_p256_sign(key, digest, ret, &err), &err);
}

static np_bytes put_together(const parts *from, uint8_t *ret, size_t size)
{
    uint8_t tbs[1024], signature[64];
    np_writer tbs_writer = np_writer_of(tbs, sizeof(tbs));
    np_writer out = np_writer_of(ret, size);
    size_t body = np_der_open(&tbs_writer, NP_DER_SEQUENCE);
    write_body(&tbs_writer, from);
    np_der_close(&tbs_writer, body);
    sign(np_writer_bytes(&tbs_writer), signature);
    signature[63] ^= from->signature_bit;
    size_t whole = np_der_open(&out, NP_DER_SEQUENCE);
    np_write_bytes(&out, np_writer_bytes(&tbs_writer));
    np_write_bytes(&out, from->outer_algorithm);
    size_t bits = np_der_open(&out, NP_DER_BIT_STRING);
    np_write_u8(&out, 0);
    if (from->is_garbage_signature) {
        np_write_bytes(&out, np_bytes_of(signature, sizeof(signature)));
    } else {
        np_der_write_signature(&out, signature);
    }
    np_der_close(&out, bits);
    np_der_close(&out, whole);
    return np_writer_bytes(&out);
}

/* A copy of a part with the bytes at one place changed. */
static np_bytes changed(parts *of, size_t room, np_bytes part, size_t at, const char *hex)
{
    uint8_t bytes[32];
    size_t len = vector_hex_any(hex, bytes, sizeof(bytes));
    memcpy(of->changed[room], part.data, part.len);
    memcpy(of->changed[room] + at, bytes, len);
    return np_bytes_of(of->changed[room], part.len);
}

static np_bytes from_hex(parts *of, size_t room, const char *hex)
{
    return np_bytes_of(of->changed[room], vector_hex_any(hex, of->changed[room], PART_SIZE));
}

static void change_nothing(parts *of)
{
    (void)of;
}

static void change_subject(parts *of)
{
    of->subject = changed(of, 0, of->subject, of->subject.len - 1, "73"); /* Signes */
}

static void change_issuer(parts *of)
{
    of->issuer = changed(of, 0, of->issuer, of->issuer.len - 1, "73");
}

static void change_subject_type(parts *of)
{
    of->subject = changed(of, 0, of->subject, of->subject.len - 8, "13");
}

static void add_organisation(parts *of)
{
    of->subject = from_hex(of, 0,
                           "301d310f300d06035504030c065369676e6572310a300806035504"
                           "0a0c0141");
}

static void change_serial(parts *of)
{
    of->serial = changed(of, 0, of->serial, 15, "00");
}

static void shorten_serial(parts *of)
{
    of->serial = np_bytes_of("\x01", 1);
}

static void begin_at_odd_minute(parts *of)
{
    memcpy(of->not_before + 8, "1233", 4);
}

static void end_on_another_day(parts *of)
{
    memcpy(of->not_after + 4, "01", 2);
}

static void last_no_year(parts *of)
{
    memcpy(of->not_after, of->not_before, 13);
}

static void last_32_years(parts *of)
{
    /* from 2026 to 2058, with the same month, day and hour */
    snprintf(of->not_after, sizeof(of->not_after), "2058%s", of->not_before + 2);
    of->time_tags[1] = NP_DER_GENERALIZED_TIME;
}

static void begin_in_2032(parts *of)
{
    memcpy(of->not_before, "32", 2);
}

static void drop_key_usage(parts *of)
{
    of->extensions[1] = (np_bytes){NULL, 0};
}

static void add_subject_alt_name(parts *of)
{
    of->extensions[5] = from_hex(of, 0, "300c0603551d1104053003820161");
}

static void repeat_key_usage(parts *of)
{
    of->extensions[5] = of->extensions[1];
}

static void swap_two(parts *of)
{
    np_bytes first = of->extensions[0];
    of->extensions[0] = of->extensions[1];
    of->extensions[1] = first;
}

static void change_path_length(parts *of)
{
    of->extensions[0] = changed(of, 0, of->extensions[0], of->extensions[0].len - 1, "01");
}

static void change_subject_key_id(parts *of)
{
    of->extensions[3] = changed(of, 0, of->extensions[3], of->extensions[3].len - 1, "00");
    of->extensions[3] = changed(of, 0, of->extensions[3], of->extensions[3].len - 2, "00");
}

static void change_authority_key_id(parts *of)
{
    of->extensions[4] = changed(of, 0, of->extensions[4], of->extensions[4].len - 2, "0000");
}

static void change_outer_algorithm(parts *of)
{
    of->outer_algorithm = changed(of, 0, of->outer_algorithm, of->outer_algorithm.len - 1, "03");
}

static void change_algorithms(parts *of)
{
    change_outer_algorithm(of);
    of->tbs_algorithm = of->outer_algorithm;
}

static void break_signature(parts *of)
{
    of->signature_bit = 1;
}

static void write_signature_raw(parts *of)
{
    of->is_garbage_signature = true;
}

static void add_unique_id(parts *of)
{
    of->unique_id = from_hex(of, 0, "81020001");
}

static void write_long_time(parts *of)
{
    char text[32];
    snprintf(text, sizeof(text), "20%.13s", of->not_before);
    memcpy(of->not_before, text, sizeof(text));
    of->time_tags[0] = NP_DER_GENERALIZED_TIME;
}

/* The serial number depends on the dates: upstream's rule, checked with its vectors elsewhere. */
static void date_29_february(parts *of)
{
    static uint8_t serial[16];
    const uint8_t dates[] = {0xe1, 0x75, 0x87}; /* 28 = 11100, 2 = 0010, 29 = 11101, 12, 7 */
    np_certificate_serial(of->from.point, dates, serial);
    of->serial = NP_BYTES(serial);
    memcpy(of->not_before, "280229120000Z", 13);
    memcpy(of->not_after, "350229120000Z", 13);
}

static void expire_never(parts *of)
{
    static uint8_t serial[16];
    const uint8_t dates[] = {0xe1, 0x75, 0x80};
    np_certificate_serial(of->from.point, dates, serial);
    of->serial = NP_BYTES(serial);
    memcpy(of->not_before, "280229120000Z", 13);
    memcpy(of->not_after, "99991231235959Z", 15);
    of->time_tags[1] = NP_DER_GENERALIZED_TIME;
}

static const struct {
    const char *what;
    void (*change)(parts *of);
    np_storable_cause cause; /* NP_STORABLE_CAUSE_COUNT: none */
    const char *named[2];
} rows[] = {
    {"nothing", change_nothing, NP_STORABLE_CAUSE_COUNT, {NULL}},
    {"29 february", date_29_february, NP_STORABLE_CAUSE_COUNT, {NULL}},
    {"no expiry", expire_never, NP_STORABLE_CAUSE_COUNT, {NULL}},
    {"subject", change_subject, NP_STORABLE_SUBJECT, {"subject is CN=Signes;", "CN=Signer"}},
    {"subject type", change_subject_type, NP_STORABLE_SUBJECT, {"PrintableString", "UTF8String"}},
    {"organisation", add_organisation, NP_STORABLE_SUBJECT, {"CN=Signer, O=A", "only CN=Signer"}},
    {"issuer", change_issuer, NP_STORABLE_ISSUER, {"issuer is CN=Signes;", "CN=Signer"}},
    {"serial", change_serial, NP_STORABLE_SERIAL, {"serial number is", "must be"}},
    {"short serial", shorten_serial, NP_STORABLE_SERIAL, {"serial number is 01;", "must be"}},
    {"odd minute", begin_at_odd_minute, NP_STORABLE_DATES, {":12:33", "whole hour"}},
    {"another day", end_on_another_day, NP_STORABLE_DATES, {"valid until", "must be"}},
    {"no year", last_no_year, NP_STORABLE_DATES, {"0 years", "at least 1"}},
    {"32 years", last_32_years, NP_STORABLE_DATES, {"32 years", "at most 31"}},
    {"2032", begin_in_2032, NP_STORABLE_DATES, {"issued in 2032", "2000 to 2031"}},
    {"no keyUsage", drop_key_usage, NP_STORABLE_EXTENSION_MISSING, {"keyUsage", "cRLSign"}},
    {"alternative name",
     add_subject_alt_name,
     NP_STORABLE_EXTENSION_UNKNOWN,
     {"subjectAltName", "cannot have"}},
    {"keyUsage twice", repeat_key_usage, NP_STORABLE_EXTENSION_UNKNOWN, {"keyUsage", "2 times"}},
    {"order", swap_two, NP_STORABLE_EXTENSION_ORDER, {"keyUsage", "basicConstraints"}},
    {"path length",
     change_path_length,
     NP_STORABLE_EXTENSION_CONTENT,
     {"path length 1", "path length 0"}},
    {"SKI", change_subject_key_id, NP_STORABLE_KEY_IDENTIFIER, {"subjectKeyIdentifier", "SHA-1"}},
    {"AKI",
     change_authority_key_id,
     NP_STORABLE_KEY_IDENTIFIER,
     {"authorityKeyIdentifier", "SHA-1"}},
    {"outer algorithm",
     change_outer_algorithm,
     NP_STORABLE_SIGNATURE_ALGORITHM,
     {"outer", "ecdsa-with-SHA384"}},
    {"algorithms",
     change_algorithms,
     NP_STORABLE_SIGNATURE_ALGORITHM,
     {"ecdsa-with-SHA384", "ecdsa-with-SHA256"}},
    {"signature bit", break_signature, NP_STORABLE_SIGNATURE_WRONG, {"own key", "self-signed"}},
    {"raw signature", write_signature_raw, NP_STORABLE_SIGNATURE_FORM, {"strict DER", ""}},
    {"unique id", add_unique_id, NP_STORABLE_ENCODING, {"another way", "rebuilt"}},
    {"long time", write_long_time, NP_STORABLE_ENCODING, {"another way", "rebuilt"}},
};

static void check(np_bytes der, np_storable_report *ret)
{
    np_certificate parsed;
    np_error err;
    assert_ok(np_certificate_parse(der, &parsed, &err), &err);
    assert_ok(np_storable_check(&np_profile_nerveskey_signer, &parsed, ret, &err), &err);
}

static void each_cause_is_found_alone_and_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        parts of;
        uint8_t der[1024];
        np_storable_report report;
        take_apart(&of);
        rows[i].change(&of);
        check(put_together(&of, der, sizeof(der)), &report);
        bool is_good = rows[i].cause == NP_STORABLE_CAUSE_COUNT;
        if (report.count != (is_good ? 0 : 1)) {
            fail_msg("%s: %zu findings, the first: %s", rows[i].what, report.count,
                     report.findings[0].text);
        }
        if (is_good) {
            continue;
        }
        print_message("# %s: %s\n", rows[i].what, report.findings[0].text);
        assert_string_equal(np_storable_cause_name(report.findings[0].cause),
                            np_storable_cause_name(rows[i].cause));
        assert_non_null(strstr(report.findings[0].text, rows[i].named[0]));
        assert_non_null(strstr(report.findings[0].text, rows[i].named[1]));
    }
}

static void every_signer_of_nerveskey_can_be_stored(void **state)
{
    (void)state;
    static const char *const paths[] = {
        "nerveskey/upstream/data_test_signer_cert.pem",
        "nerveskey/upstream/livebook_test_signer_cert.pem",
        "nerveskey/generated/mix_signer_ca.cert.pem",
        "nerveskey/generated/short_signature_signer_cert.pem",
    };
    for (size_t i = 0; i < NP_COUNT_OF(paths); i++) {
        uint8_t der[1024];
        np_storable_report report;
        check(np_bytes_of(der, sample_load_pem(paths[i], der, sizeof(der))), &report);
        assert_int_equal(report.count, 0);
        assert_true(report.suits_old_readers);
    }
}

static void what_is_stored_is_what_nerveskey_stored(void **state)
{
    (void)state;
    sample samples[10];
    size_t count = sample_load_provisioned(samples, NP_COUNT_OF(samples));
    for (size_t i = 0; i < count; i++) {
        np_storable_report report;
        if (samples[i].is_signer) {
            check(np_bytes_of(samples[i].der, samples[i].der_len), &report);
            assert_int_equal(report.count, 0);
            assert_memory_equal(report.compressed, samples[i].stored, NP_COMPRESSED_SIZE);
        }
    }
}

static bool has_cause(const np_storable_report *report, np_storable_cause cause, const char *named)
{
    for (size_t i = 0; i < report->count; i++) {
        if (report->findings[i].cause == cause && strstr(report->findings[i].text, named)) {
            return true;
        }
    }
    return false;
}

static void certificates_of_openssl_are_refused_for_all_their_causes(void **state)
{
    const program_room *room = *state;
    static const struct {
        const char *options;
        np_storable_cause cause;
        const char *named;
    } made[] = {
        {"-newkey rsa:2048", NP_STORABLE_NOT_P256, "RSA"},
        {"-newkey rsa:2048", NP_STORABLE_SIGNATURE_ALGORITHM, "sha256WithRSAEncryption"},
        {"-newkey ec -pkeyopt ec_paramgen_curve:P-384", NP_STORABLE_NOT_P256, "P-384"},
        {"-newkey ec -pkeyopt ec_paramgen_curve:secp256k1", NP_STORABLE_NOT_P256, "secp256k1"},
        {"-newkey ed25519", NP_STORABLE_NOT_P256, "Ed25519"},
        {"-newkey ec -pkeyopt ec_paramgen_curve:P-256", NP_STORABLE_SUBJECT, "CN=Acme CA, O=Acme"},
        {"-newkey ec -pkeyopt ec_paramgen_curve:P-256", NP_STORABLE_KEY_IDENTIFIER, "SHA-1"},
        {"-newkey ec -pkeyopt ec_paramgen_curve:P-256 -sha384", NP_STORABLE_SIGNATURE_ALGORITHM,
         "ecdsa-with-SHA384"},
        {"-newkey ec -pkeyopt ec_paramgen_curve:P-256 -addext nameConstraints=permitted\\;DNS:a",
         NP_STORABLE_EXTENSION_UNKNOWN, "nameConstraints"},
    };
    for (size_t i = 0; i < NP_COUNT_OF(made); i++) {
        size_t len = 0;
        np_storable_report report;
        assert_int_equal(program_run(room,
                                     "openssl req -x509 -nodes -keyout k -outform DER -out c"
                                     " -subj '/CN=Acme CA/O=Acme' %s",
                                     made[i].options),
                         0);
        uint8_t *der = program_load(room, "c", &len);
        check(np_bytes_of(der, len), &report);
        assert_true(has_cause(&report, made[i].cause, made[i].named));
        assert_true(has_cause(&report, NP_STORABLE_SUBJECT, "Acme CA"));
        assert_true(has_cause(&report, NP_STORABLE_EXTENSION_MISSING, "keyUsage"));
        free(der);
    }
}

static void control_characters_of_a_name_do_not_reach_the_text(void **state)
{
    (void)state;
    parts of;
    uint8_t der[1024];
    np_storable_report report;
    take_apart(&of);
    of.subject = changed(&of, 0, of.subject, of.subject.len - 6, "1b5b316d0aff");
    check(put_together(&of, der, sizeof(der)), &report);
    assert_non_null(strstr(report.findings[0].text, "CN=?[1m??;"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_cause_is_found_alone_and_named),
        cmocka_unit_test(every_signer_of_nerveskey_can_be_stored),
        cmocka_unit_test(what_is_stored_is_what_nerveskey_stored),
        cmocka_unit_test(certificates_of_openssl_are_refused_for_all_their_causes),
        cmocka_unit_test(control_characters_of_a_name_do_not_reach_the_text),
    };
    return cmocka_run_group_tests(tests, program_room_set_up, program_room_tear_down);
}
