/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signatures against those of the real program, and archives against a ZIP writer's that is not
 * ours: ok_stored_no_dd.fw was packed by it, so that signing it again must give the same bytes.
 */
#include "firmware/sign.h"
#include "base/wipe.h"
#include "support/test.h"
#include "support/vectors.h"
#include <stdio.h>
#include <stdlib.h>

typedef struct memory {
    uint8_t bytes[16384];
    size_t len;
} memory;

static np_code write_memory(void *self, np_bytes bytes, np_error *err)
{
    memory *to = self;
    (void)err;
    assert_true(bytes.len <= sizeof(to->bytes) - to->len);
    memcpy(to->bytes + to->len, bytes.data, bytes.len);
    to->len += bytes.len;
    return NP_OK;
}

static np_firmware_private_key load_key(const char *name)
{
    char path[64];
    size_t len;
    np_firmware_private_key key;
    snprintf(path, sizeof(path), "fwup/keys/%s.priv", name);
    uint8_t *text = vector_load(path, &len);
    assert_int_equal(np_firmware_private_key_decode(np_bytes_of(text, len), &key, NULL), NP_OK);
    free(text);
    return key;
}

static np_code sign_bytes(np_bytes archive, const char *key_name, memory *ret, np_error *err)
{
    np_firmware_source source = np_firmware_source_of_bytes(&archive);
    np_firmware_private_key key = load_key(key_name);
    const np_firmware_signing signing = {.source = &source, .key = &key};
    const np_firmware_sink sink = {.write = write_memory, .self = ret};
    NP_CLEANUP(np_firmware_facts_free_at) np_firmware_facts *facts = np_firmware_facts_create();
    ret->len = 0;
    NP_TRY(np_firmware_check_signable(&signing, facts, err));
    return np_firmware_write_signed(&signing, facts, &sink, err);
}

static np_code sign(const char *name, const char *key_name, memory *ret, np_error *err)
{
    char path[128];
    size_t len;
    snprintf(path, sizeof(path), "fwup/fw/%s.fw", name);
    uint8_t *bytes = vector_load(path, &len);
    np_code code = sign_bytes(np_bytes_of(bytes, len), key_name, ret, err);
    free(bytes);
    return code;
}

/* Our entry's local header is 30 bytes, its name 17. */
static const uint8_t *signature_in(const memory *archive)
{
    return archive->bytes + 47;
}

static void our_signature_is_byte_for_byte_that_of_the_real_program(void **state)
{
    (void)state;
    memory made;
    np_error err;
    size_t len;
    uint8_t *wanted = vector_load("fwup/fw/sig_k1_v1.0.0.bin", &len);
    assert_ok(sign("unsigned_v1.0.0", "k1", &made, &err), &err);
    assert_memory_equal(signature_in(&made), wanted, 64);
    free(wanted);
}

/* There the entry's data begin behind 30 + 17 + 20 bytes. */
static void signed_again_it_has_the_signature_that_the_real_program_made(void **state)
{
    (void)state;
    memory made;
    np_error err;
    size_t len;
    uint8_t *wanted = vector_load("fwup/fw/resigned_k1_to_k2_v1.0.0.fw", &len);
    assert_ok(sign("signed_k1_v1.0.0", "k2", &made, &err), &err);
    assert_memory_equal(signature_in(&made), wanted + 67, 64);
    free(wanted);
}

static void our_layout_is_that_of_another_writer(void **state)
{
    (void)state;
    static const char *const names[] = {"ok_stored_no_dd", "ok_deflated_no_dd", "ok_zip_comment",
                                        "ok_extra_dirs"};
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        char path[64];
        memory made;
        np_error err;
        size_t len;
        snprintf(path, sizeof(path), "fwup/fw/%s.fw", names[i]);
        uint8_t *wanted = vector_load(path, &len);
        assert_ok(sign(names[i], "k1", &made, &err), &err);
        if (strcmp(names[i], "ok_deflated_no_dd") != 0) { /* there the signature is deflated */
            assert_int_equal(made.len, len);
            assert_memory_equal(made.bytes, wanted, len);
        }
        free(wanted);
    }
}

/* What stands between the signature's entry and the directory. */
static np_bytes rest_of(const uint8_t *bytes, size_t len)
{
    const uint8_t *start = memmem(bytes + 4, len - 4, "PK\3\4", 4);
    const uint8_t *end = memmem(bytes, len, "PK\1\2", 4);
    assert_true(start != NULL && end != NULL && start < end);
    return np_bytes_of(start, (size_t)(end - start));
}

static void every_other_entry_stays_as_it_was(void **state)
{
    (void)state;
    static const char *const names[] = {"delta_k1_v1.0.0_to_v1.1.0", "signed_k1_sparse",
                                        "signed_k3_v2.0.0-rc.1", "signed_k1_minimal_meta_only"};
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        char path[64];
        memory made;
        memory again;
        np_error err;
        size_t len;
        snprintf(path, sizeof(path), "fwup/fw/%s.fw", names[i]);
        uint8_t *old = vector_load(path, &len);
        assert_ok(sign(names[i], "k4", &made, &err), &err);
        assert_true(np_bytes_equal(rest_of(made.bytes, made.len), rest_of(old, len)));
        assert_ok(sign_bytes(np_bytes_of(made.bytes, made.len), "k4", &again, &err), &err);
        assert_true(
            np_bytes_equal(np_bytes_of(made.bytes, made.len), np_bytes_of(again.bytes, again.len)));
        free(old);
    }
}

static void what_would_be_refused_is_not_signed(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        np_firmware_reason reason;
    } rows[] = {
        {"bad_data_flipped_byte", NP_FIRMWARE_RESOURCE_HASH},
        {"bad_extra_resource", NP_FIRMWARE_RESOURCE_UNDECLARED},
        {"bad_truncated_file", NP_FIRMWARE_TRUNCATED},
        {"quirk_trailing_junk", NP_FIRMWARE_TRAILING_BYTES},
        {"quirk_env_expansion_signed", NP_FIRMWARE_META_EXPANSION},
        {"quirk_delta_corrupt_patch_body", NP_FIRMWARE_DELTA_FORMAT},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        memory made;
        np_error err;
        assert_code(sign(rows[i].name, "k1", &made, &err), NP_EINPUT_FORMAT);
        assert_int_equal(err.sub, rows[i].reason);
        assert_int_equal(made.len, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(our_signature_is_byte_for_byte_that_of_the_real_program),
        cmocka_unit_test(signed_again_it_has_the_signature_that_the_real_program_made),
        cmocka_unit_test(our_layout_is_that_of_another_writer),
        cmocka_unit_test(every_other_entry_stays_as_it_was),
        cmocka_unit_test(what_would_be_refused_is_not_signed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
