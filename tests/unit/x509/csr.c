/* SPDX-License-Identifier: Apache-2.0 */
/* Requests of real modems, of Nordic's script and of the openssl program, whole and damaged. */
#include "x509/csr.h"
#include "samples.h"
#include "support/program.h"
#include "support/test.h"
#include "x509/verify.h"

typedef struct csr_row {
    const char *path;
    bool has_null; /* the parameters that RFC 5758 forbids */
    const char *common_name;
} csr_row;

/* Names as `openssl req -subject` shows them; openssl verifies all of these signatures. */
static const csr_row modem_rows[] = {
    {"nrf/tokens/seed_keygen_csr.csr.der", true, "50503041-3539-47eb-807b-102dbb423b9a"},
    {"nrf/tokens/r16842753_keygen_csr.csr.der", true, "50503642-3239-4f86-80c4-06122e299623"},
    {"nrf/tokens/r42a_keygen_csr.csr.der", true, "50363154-3932-4834-802b-0908718314dc"},
    {"nrf/tokens/r42b_keygen_csr.csr.der", true, "50503642-3239-4faa-80db-0f28e356ad95"},
    {"nrf/tokens/t52_keygen_csr_imei.csr.der", true, "nrf-355025930000000"},
    {"nrf/tokens/t52_keygen_csr_uuid.csr.der", true, "50363953-3234-4723-80b9-1503d88271bf"},
    {"nrf/tokens/u17_keygen_csr.csr.der", true, "50363154-3931-44f0-8022-121b6401627d"},
    {"nrf/tokens/v42_keygen_csr_usage.csr.der", true, "352656106107108"},
    {"nrf/tokens/t1235_keygen_csr_altered.csr.der", false, "50343956-3037-4738-800d-1f29e0a0f7bf"},
};

static bool is_possessed(const np_csr *csr)
{
    np_error err;
    bool is_good = false;
    bool is_good_again = false;
    NP_CLEANUP(np_p256_verifier_free_at) np_p256_verifier *verifier = NULL;
    assert_ok(np_p256_verifier_create(&verifier, &err), &err);
    assert_ok(np_csr_judge(csr, np_judge_libcrypto(), &is_good, &err), &err);
    assert_ok(np_csr_judge(csr, np_judge_by_verifier(verifier), &is_good_again, &err), &err);
    assert_int_equal(is_good, is_good_again);
    return is_good;
}

static void requests_of_modems_are_read_and_possess_their_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(modem_rows); i++) {
        size_t len = 0;
        np_csr csr;
        np_bytes name;
        np_error err;
        uint8_t *der = vector_load(modem_rows[i].path, &len);
        assert_ok(np_csr_parse(np_bytes_of(der, len), &csr, &err), &err);
        assert_int_equal(csr.point.len, 64);
        assert_int_equal(csr.signature_algorithm.len, modem_rows[i].has_null ? 14 : 12);
        assert_true(np_certificate_common_name(csr.subject, &name));
        assert_true(np_bytes_equal(name, np_bytes_text(modem_rows[i].common_name)));
        assert_true(csr.attributes.len > 0);
        assert_true(is_possessed(&csr));
        free(der);
    }
}

/* In the signed part and in the signature; flips that leave no request at all count as caught. */
static void a_request_changed_in_any_byte_does_not_possess_its_key(void **state)
{
    (void)state;
    size_t len = 0;
    uint8_t *der = vector_load("nrf/tokens/seed_keygen_csr.csr.der", &len);
    int refused = 0;
    for (size_t i = 0; i < len; i++) {
        np_csr csr;
        der[i] ^= 1;
        if (np_csr_parse(np_bytes_of(der, len), &csr, NULL) == NP_OK) {
            assert_false(is_possessed(&csr));
            refused++;
        }
        der[i] ^= 1;
    }
    assert_true(refused > 150); /* names, key bytes, signature: most of the 271 */
    free(der);
}

static void a_request_cut_or_lengthened_is_none(void **state)
{
    (void)state;
    size_t len = 0;
    uint8_t *der = vector_load("nrf/tokens/seed_keygen_csr.csr.der", &len);
    uint8_t longer[NP_CSR_MAX] = {0};
    np_csr csr;
    for (size_t i = 0; i < len; i++) {
        assert_code(np_csr_parse(np_bytes_of(der, i), &csr, NULL), NP_EINPUT_FORMAT);
    }
    memcpy(longer, der, len);
    assert_code(np_csr_parse(np_bytes_of(longer, len + 1), &csr, NULL), NP_EINPUT_FORMAT);
    free(der);
}

typedef struct openssl_row {
    const char *options;
    bool is_p256;
    bool is_possessed; /* as far as this program signs for such keys */
} openssl_row;

static void requests_of_every_kind_are_read(void **state)
{
    const program_room *room = *state;
    static const openssl_row rows[] = {
        {"-newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /C=DE/CN=a", true, true},
        {"-newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj / -addext keyUsage=digitalSignature",
         true, true},
        {"-newkey ec -pkeyopt ec_paramgen_curve:P-256 -subj /CN=a -sha384", true, false},
        {"-newkey ec -pkeyopt ec_paramgen_curve:P-384 -subj /CN=a", false, false},
        {"-newkey rsa:2048 -subj /CN=a", false, false},
        {"-newkey ed25519 -subj /CN=a", false, false},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        size_t len = 0;
        np_csr csr;
        np_error err;
        assert_int_equal(program_run(room,
                                     "openssl req -new -nodes -keyout k -outform DER -out r %s",
                                     rows[i].options),
                         0);
        uint8_t *der = program_load(room, "r", &len);
        assert_ok(np_csr_parse(np_bytes_of(der, len), &csr, &err), &err);
        assert_int_equal(csr.point.len, rows[i].is_p256 ? 64 : 0);
        assert_int_equal(is_possessed(&csr), rows[i].is_possessed);
        free(der);
    }
}

static void a_request_signed_by_another_key_does_not_possess_its_own(void **state)
{
    const program_room *room = *state;
    size_t len = 0;
    np_csr csr;
    np_error err;
    static const char make[] =
        "openssl ecparam -name prime256v1 -genkey -noout -out own.key && "
        "openssl ecparam -name prime256v1 -genkey -noout -out other.key && "
        "openssl req -new -key own.key -subj /CN=a -outform DER -out r && "
        "openssl ec -in other.key -pubout -outform DER -out other.spki 2>/dev/null";
    assert_int_equal(program_run(room, make), 0);
    uint8_t *der = program_load(room, "r", &len);
    assert_ok(np_csr_parse(np_bytes_of(der, len), &csr, &err), &err);
    assert_true(is_possessed(&csr));
    size_t other_len = 0;
    uint8_t *other = program_load(room, "other.spki", &other_len);
    assert_int_equal(other_len, csr.spki.len);
    memcpy(der + (csr.spki.data - der), other, other_len);
    assert_ok(np_csr_parse(np_bytes_of(der, len), &csr, &err), &err);
    assert_false(is_possessed(&csr));
    free(der);
    free(other);
}

static void what_is_no_request_is_named_by_its_part(void **state)
{
    (void)state;
    static const struct {
        uint8_t der[16];
        size_t len;
        const char *part;
    } rows[] = {
        {{0x04, 0x00}, 2, "one whole DER sequence"},
        {{0x30, 0x00}, 2, "signed part"},
        {{0x30, 0x02, 0x30, 0x00}, 4, "signature algorithm"},
        {{0x30, 0x04, 0x30, 0x00, 0x30, 0x00}, 6, "signature"},
        {{0x30, 0x08, 0x30, 0x00, 0x30, 0x00, 0x03, 0x02, 0x00, 0x00}, 10, "version"},
        {{0x30, 0x0b, 0x30, 0x03, 0x02, 0x01, 0x01, 0x30, 0x00, 0x03, 0x02, 0x00, 0x00},
         13,
         "version"},
        {{0x30, 0x0b, 0x30, 0x03, 0x02, 0x01, 0x00, 0x30, 0x00, 0x03, 0x02, 0x00, 0x00},
         13,
         "subject"},
        {{0x30, 0x0d, 0x30, 0x05, 0x02, 0x01, 0x00, 0x30, 0x00, 0x30, 0x00, 0x03, 0x02, 0x00, 0x00},
         15,
         "public key"},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        np_csr csr;
        np_error err = {0};
        assert_code(np_csr_parse(np_bytes_of(rows[i].der, rows[i].len), &csr, &err),
                    NP_EINPUT_FORMAT);
        assert_non_null(strstr(err.message, rows[i].part));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_of_modems_are_read_and_possess_their_keys),
        cmocka_unit_test(a_request_changed_in_any_byte_does_not_possess_its_key),
        cmocka_unit_test(a_request_cut_or_lengthened_is_none),
        cmocka_unit_test(requests_of_every_kind_are_read),
        cmocka_unit_test(a_request_signed_by_another_key_does_not_possess_its_own),
        cmocka_unit_test(what_is_no_request_is_named_by_its_part),
    };
    return cmocka_run_group_tests(tests, program_room_set_up, program_room_tear_down);
}
