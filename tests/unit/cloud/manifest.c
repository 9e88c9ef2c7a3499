/* SPDX-License-Identifier: Apache-2.0 */
/* Manifests that Microchip signed, and JSON in all its forms (RFC 8259). */
#include "cloud/manifest.h"

#include "base/text.h"
#include "cloud/manifest_stream.h"
#include "cloud/slices.h"
#include "support/test.h"
#include "support/vectors.h"
#include "x509/pem.h"
#include <stdio.h>
#include <stdlib.h>

static void load_signer(const char *path, np_manifest_signer *ret)
{
    size_t len;
    uint8_t *text = vector_load(path, &len);
    uint8_t der[1024];
    np_writer writer = np_writer_of(der, sizeof(der));
    assert_int_equal(np_pem_decode(np_bytes_of(text, len), "CERTIFICATE", &writer, NULL), NP_OK);
    assert_int_equal(np_manifest_signer_read(np_writer_bytes(&writer), ret, NULL), NP_OK);
    free(text);
}

/* The identifiers that the manifests and the certificates themselves name. */
static void signers_are_known_by_thumbprint_and_key_identifier(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        const char *thumbprint;
        const char *key_id;
    } rows[] = {
        {"manifest/microchip_signer_005.pem", "Vx2ZhBEX46-zTyiIYEWQP6eFzCg90ugGjh5epGBM4OM",
         "TCnpnzYB8M3CO776ByPJ2yX3KYo"},
        {"manifest/microchip_log_signer_001.pem", "TEc46ST2RDF_AOvBtoCYa838VWIPfNV_2jTqNa4j5R4",
         "7cCILlAOwYo1-PChGuoyUISMK3g"},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        np_manifest_signer signer;
        char text[64];
        np_writer writer = np_writer_of((uint8_t *)text, sizeof(text));
        load_signer(rows[i].path, &signer);
        np_write_base64url(&writer, NP_BYTES(signer.thumbprint));
        assert_memory_equal(text, rows[i].thumbprint, writer.len);
        assert_int_equal(writer.len, strlen(rows[i].thumbprint));
        writer.len = 0;
        np_write_base64url(&writer, NP_BYTES(signer.key_id));
        assert_memory_equal(text, rows[i].key_id, writer.len);
    }
}

typedef struct real_manifest {
    uint8_t *text;
    size_t len;
    FILE *file;
    cloud_manifest_stream stream;
    np_manifest_signers signers;
    np_p256_verifier *verifier;
    uint8_t element[NP_MANIFEST_ELEMENT_MAX];
    np_manifest_entry entry;
} real_manifest;

static void open_real(real_manifest *ret)
{
    *ret = (real_manifest){.signers.count = 1};
    ret->text = vector_load("manifest/microchip.json", &ret->len);
    ret->file = fmemopen(ret->text, ret->len, "r");
    assert_non_null(ret->file);
    ret->stream.file = ret->file;
    ret->stream.path = "microchip.json";
    load_signer("manifest/microchip_signer_005.pem", &ret->signers.at[0]);
    assert_int_equal(np_p256_verifier_create(&ret->verifier, NULL), NP_OK);
}

static void close_real(real_manifest *real)
{
    np_p256_verifier_free(real->verifier);
    fclose(real->file);
    free(real->text);
}

static bool next_real(real_manifest *real, cloud_manifest_element *ret)
{
    bool is_end = false;
    np_error err;
    assert_ok(cloud_manifest_stream_next(&real->stream, real->element, sizeof(real->element), ret,
                                         &is_end, &err),
              &err);
    return !is_end;
}

static void read_real(real_manifest *real, size_t len)
{
    np_error err;
    assert_ok(np_manifest_read(&real->signers, real->verifier, np_bytes_of(real->element, len),
                               &real->entry, &err),
              &err);
}

static void what_microchip_signed_is_accepted(void **state)
{
    (void)state;
    static real_manifest real;
    static const char *const ids[] = {"0123f2408ea1fcf201", "01230cac6606e99401"};
    cloud_manifest_element element;
    open_real(&real);
    for (size_t i = 0; i < NP_COUNT_OF(ids); i++) {
        assert_true(next_real(&real, &element));
        assert_int_equal(element.number, i + 1);
        read_real(&real, element.len);
        assert_string_equal(real.entry.reason, "");
        assert_false(real.entry.is_refused);
        assert_string_equal(real.entry.unique_id, ids[i]);
    }
    assert_false(next_real(&real, &element));
    close_real(&real);
}

/* No byte is there that nobody looks at: white space between the members excepted. */
static void no_single_change_of_what_microchip_signed_is_accepted(void **state)
{
    (void)state;
    static real_manifest real;
    cloud_manifest_element element;
    size_t accepted = 0;
    open_real(&real);
    assert_true(next_real(&real, &element));
    for (size_t i = 0; i < element.len; i++) {
        uint8_t kept = real.element[i];
        if (kept == ' ' || kept == '\n') {
            continue;
        }
        real.element[i] ^= 0x01;
        read_real(&real, element.len);
        accepted += real.entry.is_refused ? 0 : 1;
        real.element[i] = kept;
    }
    assert_int_equal(accepted, 0);
    close_real(&real);
}

static void assert_json(const char *text, bool is_good)
{
    const char *wrong = cloud_slices_check(np_bytes_text(text), 4);
    if ((wrong == NULL) != is_good) {
        fail_msg("%s: %s", text, wrong == NULL ? "accepted" : wrong);
    }
}

static void json_is_read_as_the_standard_has_it(void **state)
{
    (void)state;
    static const char *const good[] = {"0",
                                       "-0.5e+10",
                                       "[]",
                                       "{}",
                                       " [ 1 , 2 ] ",
                                       "\"\\u00e4\"",
                                       "true",
                                       "null",
                                       "{\"a\":[{\"b\":[1]}]}",
                                       "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
                                       "\"\xc3\xa4\""};
    static const char *const bad[] = {"",
                                      " ",
                                      "01",
                                      "-",
                                      "1.",
                                      "[1,]",
                                      "[,1]",
                                      "{\"a\"}",
                                      "{a:1}",
                                      "{\"a\":1,}",
                                      "\"\\x\"",
                                      "\"\\u12\"",
                                      "tru",
                                      "nulll",
                                      "[1 2]",
                                      "\"a\nb\"",
                                      "\"",
                                      "[",
                                      "{\"a\":1",
                                      "1 2",
                                      "\"\xe4\"",
                                      "[[[[[]]]]]",
                                      "{\"a\":1,\"a\":2}",
                                      "{\"b\":{\"a\":1,\"a\":2}}",
                                      "{\"\\u0061\":1}",
                                      "'a'"};
    for (size_t i = 0; i < NP_COUNT_OF(good); i++) {
        assert_json(good[i], true);
    }
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        assert_json(bad[i], false);
    }
}

static void escapes_say_what_the_standard_has_them_say(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        const char *text; /* NULL: no text */
    } rows[] = {
        {"\"plain\"", "plain"},
        {"\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"", "\"\\/\b\f\n\r\t"},
        {"\"\\u00e4\\u20AC\"", "\xc3\xa4\xe2\x82\xac"},
        {"\"\\ud834\\udd1e\"", "\xf0\x9d\x84\x9e"}, /* the standard's own example, U+1D11E */
        {"\"\\ud834\"", NULL},
        {"\"\\ud834x\\udd1e\"", NULL},
        {"\"\\udd1e\"", NULL},
        {"\"\\u0000\"", NULL},
        {"17", NULL},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t bytes[64];
        np_writer room = np_writer_of(bytes, sizeof(bytes));
        np_bytes text;
        bool is_text = cloud_slices_text(np_bytes_text(rows[i].value), &room, &text);
        assert_int_equal(is_text, rows[i].text != NULL);
        assert_true(!is_text || np_bytes_equal(text, np_bytes_text(rows[i].text)));
    }
}

/* How many elements there are, or -1 when the array is broken. */
static int count_elements(const char *text)
{
    static cloud_manifest_stream stream;
    uint8_t room[16];
    cloud_manifest_element element;
    bool is_end = false;
    int count = 0;
    FILE *file = tmpfile();
    assert_non_null(file);
    fputs(text, file);
    rewind(file);
    stream = (cloud_manifest_stream){.file = file, .path = "text"};
    np_code code = NP_OK;
    while (code == NP_OK && !is_end) {
        code = cloud_manifest_stream_next(&stream, room, sizeof(room), &element, &is_end, NULL);
        count += code == NP_OK && !is_end ? 1 : 0;
    }
    fclose(file);
    return code == NP_OK ? count : -1;
}

static void arrays_are_taken_apart_at_their_own_commas(void **state)
{
    (void)state;
    assert_int_equal(count_elements("[]"), 0);
    assert_int_equal(count_elements(" [ ] \n"), 0);
    assert_int_equal(count_elements("[1,2]"), 2);
    assert_int_equal(count_elements("[{\"a\":\"],[\"},\"\\\"]\"]"), 2);
    assert_int_equal(count_elements("[{\"a\":\"longer than the room is\"},2]"), 2);
    assert_int_equal(count_elements("[1,]"), -1);
    assert_int_equal(count_elements("[,1]"), -1);
    assert_int_equal(count_elements("[1"), -1);
    assert_int_equal(count_elements("[\"a"), -1);
    assert_int_equal(count_elements("1"), -1);
    assert_int_equal(count_elements(""), -1);
    assert_int_equal(count_elements("[]]"), -1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(signers_are_known_by_thumbprint_and_key_identifier),
        cmocka_unit_test(what_microchip_signed_is_accepted),
        cmocka_unit_test(no_single_change_of_what_microchip_signed_is_accepted),
        cmocka_unit_test(json_is_read_as_the_standard_has_it),
        cmocka_unit_test(escapes_say_what_the_standard_has_them_say),
        cmocka_unit_test(arrays_are_taken_apart_at_their_own_commas),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
