/* SPDX-License-Identifier: Apache-2.0 */
/* What programs do with a chip through the PKCS #11 module: find, read, sign, verify, agree. */
#include "crypto/hash.h"
#include "crypto/p256.h"
#include "support/module_scene.h"
#include "support/recorded.h"
#include <unistd.h>

enum { ATTRIBUTE_MAX = 1024, COLD = 17 };

static const CK_BBOOL yes = CK_TRUE;
static const CK_BBOOL no = CK_FALSE;

static np_bytes read_attribute(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
                               CK_ATTRIBUTE_TYPE type, uint8_t ret[static ATTRIBUTE_MAX])
{
    CK_ATTRIBUTE attribute = {type, ret, ATTRIBUTE_MAX};
    assert_rv(C_GetAttributeValue(session, object, &attribute, 1), CKR_OK);
    return np_bytes_of(ret, attribute.ulValueLen);
}

static void is_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                     np_bytes expected)
{
    uint8_t value[ATTRIBUTE_MAX];
    np_bytes got = read_attribute(session, object, type, value);
    if (!np_bytes_equal(got, expected)) {
        fail_msg("attribute 0x%lx of object 0x%lx has another value", type, object);
    }
}

static void is_bool(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                    bool expected)
{
    is_value(session, object, type, np_bytes_of(expected ? &yes : &no, sizeof(yes)));
}

static void is_number(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type,
                      CK_ULONG expected)
{
    is_value(session, object, type, np_bytes_of(&expected, sizeof(expected)));
}

static void all_objects_are_found_by_class_and_label(void **state)
{
    (void)state;
    CK_SESSION_HANDLE session = module_scene_begin(0);
    assert_true(module_scene_find(session, CKO_PRIVATE_KEY, "device") != 0);
    assert_true(module_scene_find(session, CKO_PUBLIC_KEY, "device") != 0);
    assert_true(module_scene_find(session, CKO_CERTIFICATE, "device") != 0);
    assert_true(module_scene_find(session, CKO_CERTIFICATE, "signer") != 0);
    assert_true(module_scene_find(session, CKO_PROFILE, "baseline provider") != 0);
    assert_true(module_scene_find(session, CKO_CERTIFICATE, "aux-device") == 0);
    assert_true(module_scene_find(session, CKO_SECRET_KEY, "device") == 0);
    module_scene_end();
}

/* The chip's own certificates, as the unmodified NervesKey rebuilt them. */
static void certificates_are_the_recorded_ones_with_their_names_and_numbers(void **state)
{
    module_scene *on = *state;
    const recorded_life *life = on->line.life;
    CK_SESSION_HANDLE session = module_scene_begin(0);
    CK_OBJECT_HANDLE device = module_scene_find(session, CKO_CERTIFICATE, "device");
    CK_OBJECT_HANDLE signer = module_scene_find(session, CKO_CERTIFICATE, "signer");
    uint8_t serial[ATTRIBUTE_MAX];
    is_value(session, device, CKA_VALUE, np_bytes_of(life->device_der, life->device_len));
    is_value(session, signer, CKA_VALUE, np_bytes_of(life->signer_der, life->signer_len));
    is_value(session, device, CKA_SUBJECT, life->device.subject);
    is_value(session, device, CKA_ISSUER, life->signer.subject);
    is_value(session, device, CKA_PUBLIC_KEY_INFO, life->device.spki);
    np_bytes der = read_attribute(session, device, CKA_SERIAL_NUMBER, serial);
    assert_int_equal(der.data[0], 0x02);
    assert_true(der.len >= life->device.serial.len + 2);
    assert_memory_equal(der.data + der.len - life->device.serial.len, life->device.serial.data,
                        life->device.serial.len);
    is_bool(session, device, CKA_TRUSTED, false);
    is_bool(session, signer, CKA_TRUSTED, true);
    is_number(session, device, CKA_CERTIFICATE_CATEGORY, 1);
    is_number(session, signer, CKA_CERTIFICATE_CATEGORY, 2);
    is_number(session, signer, CKA_CERTIFICATE_TYPE, CKC_X_509);
    module_scene_end();
}

/* NervesKey: SHA-1 of the SubjectPublicKeyInfo, which its certificates have as key identifier. */
static void key_pair_and_certificate_share_an_id_that_is_the_subject_key_identifier(void **state)
{
    module_scene *on = *state;
    CK_SESSION_HANDLE session = module_scene_begin(0);
    uint8_t id[NP_SHA1_SIZE];
    uint8_t signer_id[NP_SHA1_SIZE];
    np_sha1(on->line.life->device.spki, id);
    np_sha1(on->line.life->signer.spki, signer_id);
    static const CK_OBJECT_CLASS classes[] = {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY, CKO_CERTIFICATE};
    for (size_t i = 0; i < NP_COUNT_OF(classes); i++) {
        CK_OBJECT_HANDLE object = module_scene_find(session, classes[i], "device");
        is_value(session, object, CKA_ID, NP_BYTES(id));
    }
    CK_OBJECT_HANDLE signer = module_scene_find(session, CKO_CERTIFICATE, "signer");
    is_value(session, signer, CKA_ID, NP_BYTES(signer_id));
    module_scene_end();
}

static void the_key_pair_says_what_it_can_do(void **state)
{
    module_scene *on = *state;
    CK_SESSION_HANDLE session = module_scene_begin(0);
    CK_OBJECT_HANDLE key = module_scene_find(session, CKO_PRIVATE_KEY, "device");
    CK_OBJECT_HANDLE public_key = module_scene_find(session, CKO_PUBLIC_KEY, "device");
    /* RFC 5480 2.1.1.1: secp256r1 */
    static const uint8_t oid[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    uint8_t point[67] = {0x04, 0x41, 0x04};
    memcpy(point + 3, on->line.life->device.point.data, 64);
    is_value(session, key, CKA_EC_PARAMS, NP_BYTES(oid));
    is_value(session, key, CKA_EC_POINT, NP_BYTES(point));
    is_value(session, public_key, CKA_EC_POINT, NP_BYTES(point));
    static const CK_ATTRIBUTE_TYPE true_ones[] = {CKA_TOKEN,
                                                  CKA_SIGN,
                                                  CKA_DERIVE,
                                                  CKA_LOCAL,
                                                  CKA_SENSITIVE,
                                                  CKA_ALWAYS_SENSITIVE,
                                                  CKA_NEVER_EXTRACTABLE};
    static const CK_ATTRIBUTE_TYPE false_ones[] = {
        CKA_PRIVATE,          CKA_MODIFIABLE,  CKA_COPYABLE,
        CKA_DESTROYABLE,      CKA_DECRYPT,     CKA_SIGN_RECOVER,
        CKA_UNWRAP,           CKA_EXTRACTABLE, CKA_ALWAYS_AUTHENTICATE,
        CKA_WRAP_WITH_TRUSTED};
    for (size_t i = 0; i < NP_COUNT_OF(true_ones); i++) {
        is_bool(session, key, true_ones[i], true);
    }
    for (size_t i = 0; i < NP_COUNT_OF(false_ones); i++) {
        is_bool(session, key, false_ones[i], false);
    }
    is_bool(session, public_key, CKA_VERIFY, true);
    module_scene_end();
}

/* 2.40, C_GetAttributeValue: the others are answered all the same. */
static void an_attribute_that_is_not_there_spoils_no_other(void **state)
{
    (void)state;
    CK_SESSION_HANDLE session = module_scene_begin(0);
    CK_OBJECT_HANDLE key = module_scene_find(session, CKO_PRIVATE_KEY, "device");
    CK_BBOOL signs = CK_FALSE;
    uint8_t secret[64];
    uint8_t small[1];
    CK_ATTRIBUTE two[] = {{CKA_MODULUS, NULL, 0}, {CKA_SIGN, &signs, sizeof(signs)}};
    assert_rv(C_GetAttributeValue(session, key, two, 2), CKR_ATTRIBUTE_TYPE_INVALID);
    assert_true(two[0].ulValueLen == CK_UNAVAILABLE_INFORMATION);
    assert_int_equal(signs, CK_TRUE);
    CK_ATTRIBUTE value = {CKA_VALUE, secret, sizeof(secret)};
    assert_rv(C_GetAttributeValue(session, key, &value, 1), CKR_ATTRIBUTE_SENSITIVE);
    assert_true(value.ulValueLen == CK_UNAVAILABLE_INFORMATION);
    CK_ATTRIBUTE short_one = {CKA_EC_POINT, small, sizeof(small)};
    assert_rv(C_GetAttributeValue(session, key, &short_one, 1), CKR_BUFFER_TOO_SMALL);
    CK_ATTRIBUTE length = {CKA_EC_POINT, NULL, 0};
    assert_rv(C_GetAttributeValue(session, key, &length, 1), CKR_OK);
    assert_int_equal(length.ulValueLen, 67);
    module_scene_end();
}

static void begin_sign(CK_SESSION_HANDLE session, CK_MECHANISM_TYPE type)
{
    CK_MECHANISM mechanism = {type, NULL, 0};
    CK_OBJECT_HANDLE key = module_scene_find(session, CKO_PRIVATE_KEY, "device");
    assert_rv(C_SignInit(session, &mechanism, key), CKR_OK);
}

/* FIPS 186-4 6.4: the left-most 256 bits; a short digest is a small number. */
static void digests_of_any_length_are_signed(void **state)
{
    module_scene *on = *state;
    CK_SESSION_HANDLE session = module_scene_begin(0);
    static const size_t lengths[] = {1, 20, 28, 31, 32, 33, 48, 64};
    uint8_t data[64];
    for (size_t i = 0; i < sizeof(data); i++) {
        data[i] = (uint8_t)(0xa0 + i);
    }
    for (size_t i = 0; i < NP_COUNT_OF(lengths); i++) {
        uint8_t digest[32] = {0};
        uint8_t signature[64];
        CK_ULONG len = sizeof(signature);
        size_t used = lengths[i] < 32 ? lengths[i] : 32;
        memcpy(digest + 32 - used, data, used);
        begin_sign(session, CKM_ECDSA);
        assert_rv(C_Sign(session, data, lengths[i], signature, &len), CKR_OK);
        assert_int_equal(len, 64);
        assert_true(module_scene_is_signed(on, digest, signature));
    }
    module_scene_end();
}

static void a_message_in_parts_is_hashed_and_signed(void **state)
{
    module_scene *on = *state;
    CK_SESSION_HANDLE session = module_scene_begin(0);
    uint8_t message[200] = {7};
    uint8_t digest[32];
    uint8_t signature[64];
    CK_ULONG len = sizeof(signature);
    np_sha256(NP_BYTES(message), digest);
    begin_sign(session, CKM_ECDSA_SHA256);
    assert_rv(C_SignUpdate(session, message, 1), CKR_OK);
    assert_rv(C_SignUpdate(session, message + 1, 199), CKR_OK);
    assert_rv(C_SignFinal(session, NULL, &len), CKR_OK);
    assert_int_equal(len, 64);
    len = 63;
    assert_rv(C_SignFinal(session, signature, &len), CKR_BUFFER_TOO_SMALL);
    assert_rv(C_SignFinal(session, signature, &len), CKR_OK);
    assert_true(module_scene_is_signed(on, digest, signature));
    assert_rv(C_SignFinal(session, signature, &len), CKR_OPERATION_NOT_INITIALIZED);
    module_scene_end();
}

static void the_first_use_reads_the_chip_and_a_warm_signature_is_nonce_and_sign(void **state)
{
    module_scene *on = *state;
    uint8_t data[32] = {1};
    uint8_t signature[64];
    CK_ULONG len = sizeof(signature);
    CK_SESSION_HANDLE session = module_scene_begin(0);
    assert_int_equal(module_scene_commands(on), 0);
    begin_sign(session, CKM_ECDSA);
    assert_int_equal(module_scene_commands(on), COLD);
    for (CK_OBJECT_CLASS class = 0; class < 10; class ++) {
        (void)module_scene_find(session, class, "signer");
    }
    assert_int_equal(module_scene_commands(on), COLD);
    assert_rv(C_Sign(session, data, sizeof(data), signature, &len), CKR_OK);
    assert_int_equal(module_scene_commands(on), COLD + 2);
    module_scene_end();
}

static void a_new_process_with_the_cache_asks_for_the_serial_alone(void **state)
{
    module_scene *on = *state;
    assert_int_equal(setenv("NAMEPLATE_CACHE", on->cache, 1), 0);
    module_scene_configure(on, "[chip]\nuri=%s\n");
    for (int i = 0; i < 2; i++) {
        CK_SESSION_HANDLE session = module_scene_begin(0);
        assert_true(module_scene_find(session, CKO_CERTIFICATE, "signer") != 0);
        module_scene_end();
        assert_int_equal(module_scene_commands(on), COLD + i);
    }
}

/* libcrypto signs, the chip verifies, with a key that the session brings. */
static void the_chip_verifies_for_keys_of_the_session(void **state)
{
    module_scene *on = *state;
    np_p256_key *key = NULL;
    uint8_t point[67] = {0x04, 0x41, 0x04};
    uint8_t digest[32] = {5};
    uint8_t signature[64];
    CK_OBJECT_CLASS class = CKO_PUBLIC_KEY;
    CK_KEY_TYPE type = CKK_EC;
    static uint8_t oid[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)},
                               {CKA_KEY_TYPE, &type, sizeof(type)},
                               {CKA_EC_PARAMS, oid, sizeof(oid)},
                               {CKA_EC_POINT, point, sizeof(point)}};
    CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
    CK_OBJECT_HANDLE object = 0;
    assert_ok(np_p256_generate(&key, &on->err), &on->err);
    np_p256_public(key, point + 3);
    assert_ok(np_p256_sign(key, digest, signature, &on->err), &on->err);
    np_p256_free(key);
    CK_SESSION_HANDLE session = module_scene_begin(0);
    assert_rv(C_CreateObject(session, template, NP_COUNT_OF(template), &object), CKR_OK);
    assert_rv(C_VerifyInit(session, &mechanism, object), CKR_OK);
    assert_rv(C_Verify(session, digest, 32, signature, 64), CKR_OK);
    signature[40] ^= 1;
    assert_rv(C_VerifyInit(session, &mechanism, object), CKR_OK);
    assert_rv(C_Verify(session, digest, 32, signature, 64), CKR_SIGNATURE_INVALID);
    memset(signature, 0xff, sizeof(signature));
    assert_rv(C_VerifyInit(session, &mechanism, object), CKR_OK);
    assert_rv(C_Verify(session, digest, 32, signature, 64), CKR_SIGNATURE_INVALID);
    CK_OBJECT_HANDLE own = module_scene_find(session, CKO_PUBLIC_KEY, "device");
    assert_rv(C_VerifyInit(session, &mechanism, own), CKR_OK);
    assert_rv(C_Verify(session, digest, 32, signature, 63), CKR_SIGNATURE_LEN_RANGE);
    module_scene_end();
}

static void an_agreement_yields_the_secret_that_libcrypto_finds(void **state)
{
    module_scene *on = *state;
    np_p256_key *key = NULL;
    uint8_t peer[65] = {0x04};
    uint8_t expected[32];
    bool is_valid = false;
    uint8_t value[ATTRIBUTE_MAX];
    CK_ULONG wanted = 16;
    CK_ATTRIBUTE shorter = {CKA_VALUE_LEN, &wanted, sizeof(wanted)};
    CK_OBJECT_HANDLE secret = 0;
    assert_ok(np_p256_generate(&key, &on->err), &on->err);
    np_p256_public(key, peer + 1);
    const uint8_t *own = on->line.life->device.point.data;
    assert_ok(np_p256_agree(key, own, expected, &is_valid, &on->err), &on->err);
    np_p256_free(key);
    CK_SESSION_HANDLE session = module_scene_begin(0);
    CK_OBJECT_HANDLE base = module_scene_find(session, CKO_PRIVATE_KEY, "device");
    CK_ECDH1_DERIVE_PARAMS parameters = {CKD_NULL, 0, NULL, sizeof(peer), peer};
    CK_MECHANISM mechanism = {CKM_ECDH1_DERIVE, &parameters, sizeof(parameters)};
    assert_rv(C_DeriveKey(session, &mechanism, base, NULL, 0, &secret), CKR_OK);
    is_value(session, secret, CKA_VALUE, NP_BYTES(expected));
    assert_rv(C_DeriveKey(session, &mechanism, base, &shorter, 1, &secret), CKR_OK);
    is_value(session, secret, CKA_VALUE, np_bytes_of(expected + 16, 16));
    assert_int_equal(read_attribute(session, secret, CKA_LABEL, value).len, 0);
    peer[1] ^= 1; /* off the curve */
    assert_rv(C_DeriveKey(session, &mechanism, base, NULL, 0, &secret),
              CKR_MECHANISM_PARAM_INVALID);
    module_scene_end();
}

static void random_numbers_come_from_the_chip(void **state)
{
    module_scene *on = *state;
    uint8_t random[2][40] = {{0}};
    CK_SESSION_HANDLE session = module_scene_begin(0);
    assert_rv(C_SeedRandom(session, random[0], 40), CKR_OK);
    uint64_t before = module_scene_commands(on);
    assert_rv(C_GenerateRandom(session, random[0], 40), CKR_OK);
    assert_int_equal(module_scene_commands(on) - before, 2);
    assert_rv(C_GenerateRandom(session, random[1], 40), CKR_OK);
    assert_memory_not_equal(random[0], random[1], 40);
    module_scene_end();
}

static void data_of_a_session_ends_with_it(void **state)
{
    (void)state;
    CK_SESSION_HANDLE session = module_scene_begin(0);
    CK_SESSION_HANDLE other = 0;
    CK_OBJECT_CLASS class = CKO_DATA;
    char label[] = "mine";
    char fresh[] = "yours";
    uint8_t value[] = {1, 2, 3};
    CK_OBJECT_HANDLE object = 0;
    CK_OBJECT_HANDLE copy = 0;
    CK_ATTRIBUTE template[] = {{CKA_CLASS, &class, sizeof(class)},
                               {CKA_LABEL, label, sizeof(label) - 1},
                               {CKA_VALUE, value, sizeof(value)}};
    CK_ATTRIBUTE change = {CKA_LABEL, fresh, sizeof(fresh) - 1};
    assert_rv(C_OpenSession(0, CKF_SERIAL_SESSION, NULL, NULL, &other), CKR_OK);
    assert_rv(C_CreateObject(session, template, NP_COUNT_OF(template), &object), CKR_OK);
    assert_true(module_scene_find(other, CKO_DATA, label) == object);
    assert_rv(C_CopyObject(session, object, &change, 1, &copy), CKR_OK);
    is_value(other, copy, CKA_VALUE, NP_BYTES(value));
    assert_rv(C_SetAttributeValue(session, object, &change, 1), CKR_OK);
    assert_true(module_scene_find(other, CKO_DATA, label) == 0);
    assert_rv(C_DestroyObject(session, copy), CKR_OK);
    assert_true(module_scene_find(other, CKO_DATA, fresh) == object);
    assert_rv(C_CloseSession(session), CKR_OK);
    assert_true(module_scene_find(other, CKO_DATA, fresh) == 0);
    module_scene_end();
}

#define IN_A_SCENE(test)                                                                           \
    cmocka_unit_test_setup_teardown(test, module_scene_make, module_scene_remove)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_A_SCENE(all_objects_are_found_by_class_and_label),
        IN_A_SCENE(certificates_are_the_recorded_ones_with_their_names_and_numbers),
        IN_A_SCENE(key_pair_and_certificate_share_an_id_that_is_the_subject_key_identifier),
        IN_A_SCENE(the_key_pair_says_what_it_can_do),
        IN_A_SCENE(an_attribute_that_is_not_there_spoils_no_other),
        IN_A_SCENE(digests_of_any_length_are_signed),
        IN_A_SCENE(a_message_in_parts_is_hashed_and_signed),
        IN_A_SCENE(the_first_use_reads_the_chip_and_a_warm_signature_is_nonce_and_sign),
        IN_A_SCENE(a_new_process_with_the_cache_asks_for_the_serial_alone),
        IN_A_SCENE(the_chip_verifies_for_keys_of_the_session),
        IN_A_SCENE(an_agreement_yields_the_secret_that_libcrypto_finds),
        IN_A_SCENE(random_numbers_come_from_the_chip),
        IN_A_SCENE(data_of_a_session_ends_with_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
