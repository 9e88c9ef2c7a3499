/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates by leaf profiles: against those of Nordic's tools byte for byte, and as the openssl
 * and certtool programs read and judge them.
 */
#include "x509/leaf.h"
#include "crypto/hash.h"
#include "crypto/signing.h"
#include "samples.h"
#include "support/program.h"
#include "support/test.h"
#include "x509/csr.h"
#include "x509/der.h"
#include "x509/name.h"
#include "x509/pem.h"

static size_t load_pem(const char *path, const char *label, uint8_t *ret, size_t size)
{
    size_t len = 0;
    np_error err;
    uint8_t *text = vector_load(path, &len);
    np_writer writer = np_writer_of(ret, size);
    assert_ok(np_pem_decode(np_bytes_of(text, len), label, &writer, &err), &err);
    free(text);
    return writer.len;
}

typedef struct nordic_row {
    const char *profile, *authority, *request, *certificate;
    bool is_of_another_key; /* the request has this name, but the certificate its own key */
    np_validity validity;   /* as `openssl x509 -text` shows the certificate */
} nordic_row;

static const nordic_row nordic_rows[] = {
    {"nrf-2022",
     "nrf/certs/ca_2022-04_script.pem",
     "nrf/certs/seed_16842753_csr.pem",
     "nrf/certs/seed_device_2022-04_script_crt.pem",
     false,
     {{2026, 11, 20, 9, 16, 43}, {2032, 5, 12, 9, 16, 43}}},
    {"nrf-2026",
     "nrf/certs/ca_2026-07_script.pem",
     "nrf/tokens/t1235_keygen_csr_altered.csr.pem",
     "nrf/certs/device_2026-07_script_crt.pem",
     true,
     {{2026, 11, 20, 9, 16, 54}, {2036, 11, 17, 9, 16, 54}}},
};

/* The signed part and the serial number of the certificate; version 1 has no version field. */
static np_bytes open_certificate(np_bytes der, np_bytes *ret_serial)
{
    np_der whole, tbs, version;
    np_reader reader = np_reader_of(der);
    assert_true(np_der_take(&reader, NP_DER_SEQUENCE, &whole));
    reader = np_reader_of(whole.content);
    assert_true(np_der_take(&reader, NP_DER_SEQUENCE, &tbs));
    reader = np_reader_of(tbs.content);
    if (np_der_is_next(&reader, 0xa0)) {
        assert_true(np_der_next(&reader, &version));
    }
    assert_true(np_der_take_unsigned(&reader, ret_serial));
    return tbs.whole;
}

static void nordics_certificates_come_out_byte_for_byte(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(nordic_rows); i++) {
        const nordic_row *row = &nordic_rows[i];
        uint8_t authority_der[1024], request_der[1024], certificate_der[1024], tbs[NP_LEAF_MAX];
        np_certificate authority, issued;
        np_csr request;
        np_leaf_template template;
        np_error err;
        np_bytes serial;
        size_t len = load_pem(row->authority, "CERTIFICATE", authority_der, 1024);
        assert_ok(np_certificate_parse(np_bytes_of(authority_der, len), &authority, &err), &err);
        len = load_pem(row->request, "CERTIFICATE REQUEST", request_der, 1024);
        assert_ok(np_csr_parse(np_bytes_of(request_der, len), &request, &err), &err);
        len = load_pem(row->certificate, "CERTIFICATE", certificate_der, 1024);
        np_bytes wanted = open_certificate(np_bytes_of(certificate_der, len), &serial);
        assert_ok(np_leaf_prepare(np_leaf_profile_find(row->profile), &authority, &row->validity,
                                  &template, &err),
                  &err);
        np_leaf_values values = {
            .serial = serial, .subject = request.subject, .public_key = request.point.data};
        if (row->is_of_another_key) {
            assert_ok(np_certificate_parse(np_bytes_of(certificate_der, len), &issued, &err), &err);
            values.public_key = issued.point.data;
        }
        np_writer writer = np_writer_of(tbs, sizeof(tbs));
        np_leaf_write_tbs(&template, &values, &writer);
        assert_int_equal(writer.len, wanted.len);
        assert_memory_equal(tbs, wanted.data, wanted.len);
    }
}

/* An authority made by openssl: strict checks want both key identifiers and a critical extension.
 */
static void make_authority(const program_room *room, np_p256_key **ret_key,
                           np_certificate *ret_authority, uint8_t **ret_der)
{
    size_t len = 0;
    np_error err;
    static const char make[] =
        "openssl ecparam -name prime256v1 -genkey -noout -out ca.key && "
        "openssl req -x509 -new -key ca.key -subj /C=DE/O=Acme/CN=Root -days 3650 -out ca.pem "
        "-addext keyUsage=critical,keyCertSign -addext basicConstraints=critical,CA:TRUE && "
        "openssl x509 -in ca.pem -outform DER -out ca.der";
    assert_int_equal(program_run(room, make), 0);
    uint8_t *pem = program_load(room, "ca.key", &len);
    assert_ok(np_p256_parse_pem(np_bytes_of(pem, len), ret_key, &err), &err);
    free(pem);
    *ret_der = program_load(room, "ca.der", &len);
    assert_ok(np_certificate_parse(np_bytes_of(*ret_der, len), ret_authority, &err), &err);
}

/* unit.pem in the room: serial number 40 .. 4f and so on, two names, valid until not_after. */
static void make_unit(const program_room *room, const char *profile, np_civil not_after)
{
    NP_CLEANUP(np_p256_free_at) np_p256_key *key = NULL;
    np_certificate authority;
    np_leaf_template template;
    np_error err;
    uint8_t *der = NULL;
    uint8_t serial[20], name[256], alt[128], tbs[NP_LEAF_MAX], whole[NP_LEAF_MAX];
    uint8_t text[2 * NP_LEAF_MAX], digest[32], signature[64];
    for (uint8_t i = 0; i < sizeof(serial); i++) {
        serial[i] = (uint8_t)(0x40 + i);
    }
    make_authority(room, &key, &authority, &der);
    np_validity validity = {{2026, 1, 2, 3, 4, 5}, not_after};
    const np_leaf_profile *row = np_leaf_profile_find(profile);
    assert_ok(np_leaf_prepare(row, &authority, &validity, &template, &err), &err);
    np_writer names = np_writer_of(name, sizeof(name));
    size_t mark = np_der_open(&names, NP_DER_SEQUENCE);
    assert_ok(np_name_write_text(&names, "C=DE,O=Acme\\, Inc.,serialNumber=T2-1,CN=Gerät 1", &err),
              &err);
    np_der_close(&names, mark);
    np_writer alts = np_writer_of(alt, sizeof(alt));
    assert_ok(np_leaf_write_dns(&alts, np_bytes_text("t2-1.acme.example"), &err), &err);
    assert_ok(np_leaf_write_uri(&alts, np_bytes_text("urn:acme:t2-1"), &err), &err);
    np_leaf_values values = {.serial = np_bytes_of(serial, row->serial_size),
                             .subject = np_writer_bytes(&names),
                             .public_key = authority.point.data,
                             .alt_names = np_writer_bytes(&alts)};
    np_writer signed_part = np_writer_of(tbs, sizeof(tbs));
    np_leaf_write_tbs(&template, &values, &signed_part);
    np_sha256(np_writer_bytes(&signed_part), digest);
    assert_ok(np_p256_sign(key, digest, signature, &err), &err);
    np_writer writer = np_writer_of(whole, sizeof(whole));
    np_profile_assemble(np_writer_bytes(&signed_part), signature, &writer);
    np_writer pem = np_writer_of(text, sizeof(text));
    np_pem_encode(&pem, "CERTIFICATE", np_writer_bytes(&writer));
    program_store(room, "unit.pem", np_writer_bytes(&pem));
    free(der);
}

static void device_says_what_802_1ar_wants(void **state)
{
    const program_room *room = *state;
    make_unit(room, "device", np_leaf_no_expiry());
    static const char *const wanted[] = {
        "Version: 3 (0x2)",
        "40:41:42:43:44:45:46:47:48:49:4a:4b:4c:4d:4e:4f\n",
        "Issuer: C=DE, O=Acme, CN=Root\n",
        "Not Before: Jan  2 03:04:05 2026 GMT",
        "Not After : Dec 31 23:59:59 9999 GMT",
        "Subject: C=DE, O=Acme, Inc., serialNumber=T2-1, CN=Gerät 1\n",
        "X509v3 Basic Constraints: critical\n                CA:FALSE\n",
        "X509v3 Key Usage: critical\n                Digital Signature\n",
        "X509v3 Extended Key Usage: \n                TLS Web Client Authentication\n",
        ("X509v3 Subject Alternative Name: \n                DNS:t2-1.acme.example, "
         "URI:urn:acme:t2-1\n"),
    };
    char *text = program_output(
        room, "openssl x509 -in unit.pem -noout -text -nameopt utf8,sep_comma_plus_space,sname");
    for (size_t i = 0; i < NP_COUNT_OF(wanted); i++) {
        if (strstr(text, wanted[i]) == NULL) {
            fail_msg("no '%s' in:\n%s", wanted[i], text);
        }
    }
    free(text);
    /* the unit has its signer's key, whose identifier openssl has computed */
    assert_int_equal(
        program_run(room, "openssl x509 -in ca.pem -noout -ext subjectKeyIdentifier | tail -1 > a;"
                          "openssl x509 -in unit.pem -noout -ext subjectKeyIdentifier | tail -1 > "
                          "b; openssl x509 -in unit.pem -noout -ext authorityKeyIdentifier | "
                          "tail -1 > c; cmp a b && cmp a c"),
        0);
}

typedef struct verdict_row {
    const char *profile;
    bool openssl, openssl_strict, certtool;
} verdict_row;

/*
 * Under an authority that strict checks accept. They want an authority key identifier of every
 * version 3 certificate that is not self-signed.
 */
static const verdict_row verdicts[] = {
    {"device", true, true, true},
    {"nrf-2022", true, true, true},
    {"nrf-2026", true, false, true},
};

static bool is_verified(const program_room *room, const char *authority, const char *certificate,
                        const char *options)
{
    return program_run(room, "openssl verify %s -CAfile %s %s", options, authority, certificate) ==
           0;
}

/* Its exit status is 0 also when it cannot read the authority's name. */
static bool is_trusted_by_certtool(const program_room *room, const char *authority,
                                   const char *certificate)
{
    return program_run(room,
                       "certtool --verify --load-ca-certificate %s --infile %s 2>&1 | "
                       "grep -q 'The certificate is trusted'",
                       authority, certificate) == 0;
}

static void expect_verdicts(const program_room *room, const char *authority,
                            const char *certificate, const verdict_row *row)
{
    bool openssl = is_verified(room, authority, certificate, "");
    bool strict = is_verified(room, authority, certificate, "-x509_strict");
    bool certtool = is_trusted_by_certtool(room, authority, certificate);
    if (openssl != row->openssl || strict != row->openssl_strict || certtool != row->certtool) {
        fail_msg("%s: openssl %d, strict %d, certtool %d", row->profile, openssl, strict, certtool);
    }
}

static void programs_judge_each_profile_as_the_table_says(void **state)
{
    const program_room *room = *state;
    static const np_civil ends[] = {{2040, 1, 1, 0, 0, 0}, {9999, 12, 31, 23, 59, 59}};
    for (size_t i = 0; i < NP_COUNT_OF(verdicts) * NP_COUNT_OF(ends); i++) {
        const verdict_row *row = &verdicts[i / NP_COUNT_OF(ends)];
        make_unit(room, row->profile, ends[i % NP_COUNT_OF(ends)]);
        expect_verdicts(room, "ca.pem", "unit.pem", row);
    }
}

static void store_vector(const program_room *room, const char *path, const char *name)
{
    size_t len = 0;
    uint8_t *text = vector_load(path, &len);
    program_store(room, name, np_bytes_of(text, len));
    free(text);
}

/*
 * Nordic's authorities: that of 2022 has basicConstraints that are not critical, that of 2026 has
 * attributes of no length in its name, which certtool does not read.
 */
static void programs_judge_nordics_own_as_the_table_says(void **state)
{
    const program_room *room = *state;
    static const verdict_row own[] = {{"nrf-2022", true, false, true},
                                      {"nrf-2026", true, false, false}};
    for (size_t i = 0; i < NP_COUNT_OF(nordic_rows); i++) {
        store_vector(room, nordic_rows[i].authority, "nordic_ca.pem");
        store_vector(room, nordic_rows[i].certificate, "nordic.pem");
        expect_verdicts(room, "nordic_ca.pem", "nordic.pem", &own[i]);
    }
}

static void names_of_words_are_those_of_openssl(void **state)
{
    const program_room *room = *state;
    static const char text[] = "C=DE,ST=BE,L=Berlin,O=Acme,OU=R\\C3\\BCdersdorf,CN=a b,"
                               "emailAddress=a@acme.example,serialNumber=7";
    uint8_t name[512];
    size_t len = 0;
    np_csr request;
    np_error err;
    np_bytes value;
    assert_int_equal(
        program_run(room,
                    "openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -utf8 "
                    "-keyout k -outform DER -out r -subj "
                    "'/C=DE/ST=BE/L=Berlin/O=Acme/OU=Rüdersdorf/CN=a b/"
                    "emailAddress=a@acme.example/serialNumber=7'"),
        0);
    uint8_t *der = program_load(room, "r", &len);
    assert_ok(np_csr_parse(np_bytes_of(der, len), &request, &err), &err);
    np_writer writer = np_writer_of(name, sizeof(name));
    size_t mark = np_der_open(&writer, NP_DER_SEQUENCE);
    assert_ok(np_name_write_text(&writer, text, &err), &err);
    np_der_close(&writer, mark);
    assert_int_equal(writer.len, request.subject.len);
    assert_memory_equal(name, request.subject.data, writer.len);
    assert_true(np_name_find(np_writer_bytes(&writer), "CN", &value));
    assert_true(np_bytes_equal(value, np_bytes_text("a b")));
    assert_false(np_name_find(np_bytes_of(name, 4), "CN", &value));
    free(der);
}

static void names_that_x520_forbids_are_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        np_code code;
    } rows[] = {
        {"C=DEU", NP_EINPUT_RANGE},
        {"CN=", NP_EINPUT_RANGE},
        {"C=D\\C3", NP_EINPUT_FORMAT},
        {"CN=\\C3", NP_EINPUT_FORMAT},
        {"serialNumber=a_b", NP_EINPUT_FORMAT},
        {"X=1", NP_EINPUT_MISSING},
        {"CN=a,", NP_EINPUT_FORMAT},
        {"CN", NP_EINPUT_FORMAT},
        {"CN=a+O=b", NP_EINPUT_FORMAT},
        {"CN=a\\", NP_EINPUT_FORMAT},
        {"CN=a\\00b", NP_EINPUT_FORMAT},
        {"emailAddress=\\C3\\BC", NP_EINPUT_FORMAT},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t name[256];
        np_writer writer = np_writer_of(name, sizeof(name));
        np_code code = np_name_write_text(&writer, rows[i].text, NULL);
        if (code != rows[i].code) {
            fail_msg("%s: %s", rows[i].text, np_code_name(code));
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nordics_certificates_come_out_byte_for_byte),
        cmocka_unit_test(device_says_what_802_1ar_wants),
        cmocka_unit_test(programs_judge_each_profile_as_the_table_says),
        cmocka_unit_test(programs_judge_nordics_own_as_the_table_says),
        cmocka_unit_test(names_of_words_are_those_of_openssl),
        cmocka_unit_test(names_that_x520_forbids_are_refused),
    };
    return cmocka_run_group_tests(tests, program_room_set_up, program_room_tear_down);
}
