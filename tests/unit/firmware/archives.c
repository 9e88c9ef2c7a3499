/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every archive of tests/vectors/fwup. In the lenient reading the real program's own answers are
 * expected, as manifest.tsv recorded them; in the strict one, the reason that belongs to what its
 * README says was done to the archive.
 */
#include "base/wipe.h"
#include "firmware/crc.h"
#include "firmware/judge.h"
#include "firmware/key.h"
#include "support/test.h"
#include "support/vectors.h"
#include <stdio.h>
#include <stdlib.h>
#include <zlib.h>

enum { KEYS = 3 };

/* What is not named here must be accepted with all keys. */
static const struct {
    const char *name;
    np_firmware_reason reason;
} refused[] = {
    {"bad_data_before_meta.fw", NP_FIRMWARE_META_PLACE},
    {"bad_data_extended.fw", NP_FIRMWARE_RESOURCE_LENGTH},
    {"bad_data_flipped_byte.fw", NP_FIRMWARE_RESOURCE_HASH},
    {"bad_data_truncated.fw", NP_FIRMWARE_RESOURCE_LENGTH},
    {"bad_empty.fw", NP_FIRMWARE_NOT_ZIP},
    {"bad_extra_resource.fw", NP_FIRMWARE_RESOURCE_UNDECLARED},
    {"bad_extra_root_file.fw", NP_FIRMWARE_RESOURCE_UNDECLARED},
    {"bad_length_signed.fw", NP_FIRMWARE_RESOURCE_LENGTH},
    {"bad_meta_50001_bytes.fw", NP_FIRMWARE_META_SIZE},
    {"bad_meta_9_bytes.fw", NP_FIRMWARE_META_SIZE},
    {"bad_meta_flipped_byte.fw", NP_FIRMWARE_UNKNOWN_KEY},
    {"bad_meta_trailing_space.fw", NP_FIRMWARE_UNKNOWN_KEY},
    {"bad_meta_unparsable_signed.fw", NP_FIRMWARE_META_SYNTAX},
    {"bad_missing_resource.fw", NP_FIRMWARE_RESOURCE_MISSING},
    {"bad_not_zip.fw", NP_FIRMWARE_NOT_ZIP},
    {"bad_prefix_junk.fw", NP_FIRMWARE_LEADING_BYTES},
    {"bad_require_fwup_99_signed.fw", NP_FIRMWARE_FWUP_VERSION},
    {"bad_second_meta_conf_last.fw", NP_FIRMWARE_META_TWICE},
    {"bad_sig_63_bytes.fw", NP_FIRMWARE_SIGNATURE_SIZE},
    {"bad_sig_after_meta.fw", NP_FIRMWARE_SIGNATURE_PLACE},
    {"bad_sig_base64_text.fw", NP_FIRMWARE_SIGNATURE_SIZE},
    {"bad_sig_flipped_bit.fw", NP_FIRMWARE_UNKNOWN_KEY},
    {"bad_sig_over_whole_archive.fw", NP_FIRMWARE_UNKNOWN_KEY},
    {"bad_sig_zero.fw", NP_FIRMWARE_UNKNOWN_KEY},
    {"bad_signed_with_mismatched_priv.fw", NP_FIRMWARE_UNKNOWN_KEY},
    {"bad_truncated_file.fw", NP_FIRMWARE_TRUNCATED},
    {"quirk_delta_corrupt_patch_body.fw", NP_FIRMWARE_DELTA_FORMAT},
    {"quirk_env_expansion_signed.fw", NP_FIRMWARE_META_EXPANSION},
    {"quirk_sig_65_bytes.fw", NP_FIRMWARE_SIGNATURE_SIZE},
    {"quirk_trailing_junk.fw", NP_FIRMWARE_TRAILING_BYTES},
    {"quirk_weak_identity_key_sig.fw", NP_FIRMWARE_UNKNOWN_KEY},
    {"unsigned_v1.0.0.fw", NP_FIRMWARE_UNSIGNED},
    {"unsigned_v1.1.0.fw", NP_FIRMWARE_UNSIGNED},
};

typedef struct scene {
    np_firmware_key keys[KEYS];
    np_firmware_facts *facts;
} scene;

static int set_up(void **state)
{
    static scene on;
    for (unsigned i = 0; i < KEYS; i++) {
        char path[64];
        size_t len;
        snprintf(path, sizeof(path), "fwup/keys/k%u.pub", i + 1);
        uint8_t *text = vector_load(path, &len);
        assert_int_equal(np_firmware_key_decode(np_bytes_of(text, len), &on.keys[i], NULL), NP_OK);
        free(text);
    }
    on.facts = np_firmware_facts_create();
    *state = &on;
    return on.facts == NULL;
}

static int tear_down(void **state)
{
    scene *on = *state;
    np_firmware_facts_free_at(&on->facts);
    return 0;
}

static np_firmware_verdict verify_bytes(const scene *on, np_bytes bytes,
                                        const np_firmware_policy *policy, bool is_lenient)
{
    np_firmware_verdict verdict;
    np_firmware_source source = np_firmware_source_of_bytes(&bytes);
    const np_firmware_verification what = {
        .source = &source, .policy = policy, .is_lenient = is_lenient};
    assert_int_equal(np_firmware_verify(&what, on->facts, &verdict, NULL), NP_OK);
    return verdict;
}

static np_firmware_verdict verify(const scene *on, const char *name,
                                  const np_firmware_policy *policy, bool is_lenient)
{
    char path[128];
    size_t len;
    snprintf(path, sizeof(path), "fwup/fw/%s", name);
    uint8_t *bytes = vector_load(path, &len);
    np_firmware_verdict verdict = verify_bytes(on, np_bytes_of(bytes, len), policy, is_lenient);
    free(bytes);
    return verdict;
}

/* 1 where fwup would leave with 1. */
static int status_with(const scene *on, const char *name, const np_firmware_key *keys, size_t count)
{
    const np_firmware_policy policy = {.keys = keys, .key_count = count};
    return verify(on, name, &policy, true).reason != NP_FIRMWARE_ACCEPTED;
}

static void each_archive_has_fwups_own_exit_status_in_the_lenient_reading(void **state)
{
    scene *on = *state;
    vector_csv rows;
    unsigned count = 0;
    vector_words_open(&rows, "fwup/manifest.tsv");
    for (; vector_words_next(&rows); count++) {
        char **fields = rows.fields;
        print_message("# %s\n", fields[0]);
        assert_int_equal(status_with(on, fields[0], NULL, 0), atoi(fields[3]));
        assert_int_equal(status_with(on, fields[0], on->keys, 1), atoi(fields[4]));
        assert_int_equal(status_with(on, fields[0], on->keys + 1, 1), atoi(fields[5]));
        assert_int_equal(status_with(on, fields[0], on->keys + 2, 1), atoi(fields[6]));
        assert_int_equal(status_with(on, fields[0], on->keys, 2), atoi(fields[7]));
    }
    vector_csv_close(&rows);
    assert_int_equal(count, 44);
}

static np_firmware_reason reason_for(const char *name)
{
    for (size_t i = 0; i < NP_COUNT_OF(refused); i++) {
        if (strcmp(refused[i].name, name) == 0) {
            return refused[i].reason;
        }
    }
    return NP_FIRMWARE_ACCEPTED;
}

static void
each_archive_is_accepted_or_refused_for_its_own_reason_in_the_strict_reading(void **state)
{
    scene *on = *state;
    vector_csv rows;
    const np_firmware_policy policy = {.keys = on->keys, .key_count = KEYS};
    vector_words_open(&rows, "fwup/manifest.tsv");
    while (vector_words_next(&rows)) {
        np_firmware_verdict verdict = verify(on, rows.fields[0], &policy, false);
        print_message("# %s: %s\n", rows.fields[0], np_firmware_reason_name(verdict.reason));
        assert_string_equal(np_firmware_reason_name(verdict.reason),
                            np_firmware_reason_name(reason_for(rows.fields[0])));
        if (verdict.reason == NP_FIRMWARE_ACCEPTED) {
            assert_string_equal(verdict.uuid, rows.fields[11]);
            assert_string_equal(verdict.version, rows.fields[12]);
        } else {
            assert_true(verdict.detail[0] != '\0');
        }
    }
    vector_csv_close(&rows);
}

static void without_a_key_nothing_is_accepted(void **state)
{
    const np_firmware_policy policy = {0};
    assert_int_equal(verify(*state, "signed_k1_v1.0.0.fw", &policy, false).reason,
                     NP_FIRMWARE_NO_KEYS);
}

static void the_verdict_names_the_key_that_signed(void **state)
{
    scene *on = *state;
    const np_firmware_policy policy = {.keys = on->keys, .key_count = KEYS};
    np_firmware_verdict verdict = verify(on, "resigned_k1_to_k2_v1.0.0.fw", &policy, false);
    assert_true(verdict.has_key);
    assert_int_equal(verdict.key, 1);
    assert_string_equal(verdict.product, "sensor-node");
    assert_string_equal(verdict.platform, "testboard");
}

static void a_retiring_key_verifies_and_a_revoked_one_does_not(void **state)
{
    scene *on = *state;
    np_firmware_key keys[KEYS];
    const np_firmware_policy policy = {.keys = keys, .key_count = KEYS};
    memcpy(keys, on->keys, sizeof(keys));
    keys[0].state = NP_FIRMWARE_KEY_RETIRING;
    assert_int_equal(verify(on, "signed_k1_v1.0.0.fw", &policy, false).reason,
                     NP_FIRMWARE_ACCEPTED);
    keys[0].state = NP_FIRMWARE_KEY_REVOKED;
    np_firmware_verdict verdict = verify(on, "signed_k1_v1.0.0.fw", &policy, false);
    assert_int_equal(verdict.reason, NP_FIRMWARE_REVOKED_KEY);
    assert_int_equal(np_firmware_reason_kind(verdict.reason), NP_FIRMWARE_KIND_UNKNOWN_KEY);
    assert_string_equal(verdict.version, ""); /* nothing of it is believed */
}

static np_firmware_reason by_policy(scene *on, const char *name, np_firmware_policy policy)
{
    policy.keys = on->keys;
    policy.key_count = KEYS;
    return verify(on, name, &policy, false).reason;
}

static void product_platform_and_version_are_held_against_the_policy(void **state)
{
    static const char old[] = "signed_k1_v1.0.0.fw";
    static const char pre[] = "signed_k3_v2.0.0-rc.1.fw";
    const struct {
        const char *name;
        np_firmware_policy policy;
        np_firmware_reason reason;
    } rows[] = {
        {old, {.product = "sensor-node", .platform = "testboard"}, NP_FIRMWARE_ACCEPTED},
        {old, {.product = "sensor"}, NP_FIRMWARE_WRONG_PRODUCT},
        {old, {.product = "sensor-node", .platform = "rpi"}, NP_FIRMWARE_WRONG_PLATFORM},
        {old, {.minimum_version = "1.0.0"}, NP_FIRMWARE_ACCEPTED},
        {old, {.minimum_version = "1.0.1"}, NP_FIRMWARE_BELOW_MINIMUM},
        {old, {.highest_accepted = "1.0.0+other"}, NP_FIRMWARE_ACCEPTED},
        {old, {.highest_accepted = "1.1.0"}, NP_FIRMWARE_DOWNGRADE},
        {pre, {.highest_accepted = "2.0.0-rc.1"}, NP_FIRMWARE_ACCEPTED},
        {pre, {.highest_accepted = "2.0.0"}, NP_FIRMWARE_DOWNGRADE},
        {pre, {.minimum_version = "2.0.0-beta"}, NP_FIRMWARE_ACCEPTED},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        assert_int_equal(by_policy(*state, rows[i].name, rows[i].policy), rows[i].reason);
    }
}

static void a_policy_whose_version_is_none_is_a_mistake_of_the_caller(void **state)
{
    scene *on = *state;
    np_bytes nothing = {0};
    np_firmware_verdict verdict;
    np_firmware_source source = np_firmware_source_of_bytes(&nothing);
    const np_firmware_policy policy = {.minimum_version = "1.2"};
    const np_firmware_verification what = {.source = &source, .policy = &policy};
    assert_int_equal(np_firmware_verify(&what, on->facts, &verdict, NULL), NP_EUSAGE);
}

static np_firmware_reason delta_reason(scene *on, const char *source_path, uint8_t flipped)
{
    size_t len;
    size_t source_len;
    np_firmware_verdict verdict;
    uint8_t *bytes = vector_load("fwup/fw/delta_k1_v1.0.0_to_v1.1.0.fw", &len);
    uint8_t *old = vector_load(source_path, &source_len);
    old[50] ^= flipped;
    np_bytes archive = np_bytes_of(bytes, len);
    np_bytes image = np_bytes_of(old, source_len);
    np_firmware_source source = np_firmware_source_of_bytes(&archive);
    np_firmware_source delta_source = np_firmware_source_of_bytes(&image);
    const np_firmware_policy policy = {.keys = on->keys, .key_count = KEYS};
    const np_firmware_verification what = {
        .source = &source, .delta_source = &delta_source, .policy = &policy};
    assert_int_equal(np_firmware_verify(&what, on->facts, &verdict, NULL), NP_OK);
    free(bytes);
    free(old);
    return verdict.reason;
}

static void a_delta_gives_what_was_signed_from_its_own_source_and_no_other(void **state)
{
    scene *on = *state;
    assert_int_equal(delta_reason(on, "fwup/src/rootfs_v1.img", 0), NP_FIRMWARE_ACCEPTED);
    assert_int_equal(delta_reason(on, "fwup/src/rootfs_v1.img", 1), NP_FIRMWARE_DELTA_CONTENT);
    assert_int_equal(delta_reason(on, "fwup/src/two.bin", 0), NP_FIRMWARE_DELTA_CONTENT);
}

/* No length of a good archive is another good archive. */
static void an_archive_cut_off_anywhere_is_refused(void **state)
{
    scene *on = *state;
    size_t len;
    const np_firmware_policy policy = {.keys = on->keys, .key_count = KEYS};
    uint8_t *bytes = vector_load("fwup/fw/signed_k1_sparse.fw", &len);
    for (size_t cut = 0; cut < len; cut++) {
        assert_int_not_equal(verify_bytes(on, np_bytes_of(bytes, cut), &policy, false).reason,
                             NP_FIRMWARE_ACCEPTED);
    }
    free(bytes);
}

/*
 * Of every bit of an archive. Not covered are fields that mean nothing to anybody here: versions,
 * attributes, times of both headers together.
 */
static void a_flipped_bit_in_what_is_stored_is_never_accepted(void **state)
{
    scene *on = *state;
    size_t len;
    const np_firmware_policy policy = {.keys = on->keys, .key_count = KEYS};
    uint8_t *bytes = vector_load("fwup/fw/ok_stored_no_dd.fw", &len);
    const uint8_t *start = memmem(bytes, len, "PK\1\2", 4);
    assert_non_null(start);
    for (size_t at = 0; at < (size_t)(start - bytes); at += 3) {
        uint8_t flipped = (uint8_t)(1U << at % 8);
        bytes[at] ^= flipped;
        np_firmware_reason reason =
            verify_bytes(on, np_bytes_of(bytes, len), &policy, false).reason;
        bytes[at] ^= flipped;
        /* the version that is needed to unpack */
        bool is_version = at >= 4 && memcmp(bytes + at - 4, "PK\3\4", 4) == 0;
        is_version = is_version || (at >= 5 && memcmp(bytes + at - 5, "PK\3\4", 4) == 0);
        assert_true(reason != NP_FIRMWARE_ACCEPTED || is_version);
    }
    free(bytes);
}

/* zlib counts it another way. */
static void the_crc_of_any_pieces_is_that_of_zlib(void **state)
{
    (void)state;
    uint8_t bytes[1024];
    for (size_t i = 0; i < sizeof(bytes); i++) {
        bytes[i] = (uint8_t)(i * i * 167 >> 3);
    }
    for (size_t len = 0; len < 400; len++) {
        for (size_t first = 0; first <= len; first += 1 + len / 5) {
            uint32_t crc = firmware_crc(0, np_bytes_of(bytes + len % 16, first));
            crc = firmware_crc(crc, np_bytes_of(bytes + len % 16 + first, len - first));
            assert_int_equal(crc, crc32(0, bytes + len % 16, (uInt)len));
        }
    }
}

static void every_reason_has_a_name_of_its_own_and_a_kind(void **state)
{
    (void)state;
    for (unsigned i = 0; i < NP_FIRMWARE_REASON_COUNT; i++) {
        const char *name = np_firmware_reason_name((np_firmware_reason)i);
        assert_string_not_equal(name, "unknown");
        for (unsigned other = 0; other < i; other++) {
            assert_string_not_equal(name, np_firmware_reason_name((np_firmware_reason)other));
        }
        assert_int_equal(np_firmware_reason_kind((np_firmware_reason)i) ==
                             NP_FIRMWARE_KIND_ACCEPTED,
                         i == NP_FIRMWARE_ACCEPTED);
    }
    assert_string_equal(np_firmware_reason_name(NP_FIRMWARE_REASON_COUNT), "unknown");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_archive_has_fwups_own_exit_status_in_the_lenient_reading),
        cmocka_unit_test(
            each_archive_is_accepted_or_refused_for_its_own_reason_in_the_strict_reading),
        cmocka_unit_test(without_a_key_nothing_is_accepted),
        cmocka_unit_test(the_verdict_names_the_key_that_signed),
        cmocka_unit_test(a_retiring_key_verifies_and_a_revoked_one_does_not),
        cmocka_unit_test(product_platform_and_version_are_held_against_the_policy),
        cmocka_unit_test(a_policy_whose_version_is_none_is_a_mistake_of_the_caller),
        cmocka_unit_test(a_delta_gives_what_was_signed_from_its_own_source_and_no_other),
        cmocka_unit_test(an_archive_cut_off_anywhere_is_refused),
        cmocka_unit_test(a_flipped_bit_in_what_is_stored_is_never_accepted),
        cmocka_unit_test(the_crc_of_any_pieces_is_that_of_zlib),
        cmocka_unit_test(every_reason_has_a_name_of_its_own_and_a_kind),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
