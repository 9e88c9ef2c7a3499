/* SPDX-License-Identifier: Apache-2.0 */
/*
 * meta.conf and versions. What libconfuse's syntax means is that of specs of fwup 3.2; the order of
 * versions is the example of semver.org 2.0.0, point 11.
 */
#include "base/wipe.h"
#include "firmware/meta.h"
#include "firmware/version.h"
#include "support/test.h"
#include "support/vectors.h"
#include <stdlib.h>

#define HASH "fcaedf0f471286217f10d40e8d155391d4e32a996e95f21e315f2077b463c541"

static np_meta meta;

static np_firmware_reason parse(const char *text, bool is_lenient)
{
    np_error err = {0};
    np_code code = np_meta_parse(np_bytes_text(text), is_lenient, &meta, &err);
    assert_true(code == NP_OK || code == NP_EINPUT_FORMAT);
    return code == NP_OK ? NP_FIRMWARE_ACCEPTED : (np_firmware_reason)err.sub;
}

static void assert_field(np_meta_field field, const char *text)
{
    assert_true(np_bytes_equal(meta.fields[field], np_bytes_text(text)));
}

static void the_text_of_a_real_archive_is_understood(void **state)
{
    (void)state;
    size_t len;
    uint8_t *text = vector_load("fwup/fw/meta_v1.0.0.conf", &len);
    assert_int_equal(np_meta_parse(np_bytes_of(text, len), false, &meta, NULL), NP_OK);
    free(text);
    assert_field(NP_META_PRODUCT, "sensor-node");
    assert_field(NP_META_DESCRIPTION, "vector firmware");
    assert_field(NP_META_VERSION, "1.0.0");
    assert_field(NP_META_AUTHOR, "Example Co");
    assert_null(meta.fields[NP_META_MISC].data);
    vector_csv rows;
    size_t count = 0;
    vector_words_open(&rows, "fwup/resources.tsv");
    for (; vector_words_next(&rows); count++) {
        uint8_t hash[NP_BLAKE2B_SIZE];
        const np_meta_resource *resource = np_meta_find(&meta, rows.fields[3]);
        vector_hex(rows.fields[2], hash, sizeof(hash));
        assert_non_null(resource);
        assert_true(np_bytes_equal(resource->name, np_bytes_text(rows.fields[0])));
        assert_int_equal(resource->length, atoi(rows.fields[1]));
        assert_memory_equal(resource->hash, hash, sizeof(hash));
    }
    vector_csv_close(&rows);
    assert_int_equal(count, meta.resource_count);
    assert_null(np_meta_find(&meta, "one.bin"));
    assert_null(np_meta_find(&meta, "data/README.txt"));
}

static void quotes_escapes_and_comments_are_those_of_libconfuse(void **state)
{
    (void)state;
    assert_int_equal(
        parse("# one\n// two\n/* three\n */meta-misc=\"quote \\\"q\\\" back\\\\slash\"\n"
              "meta-author='literal \\n' meta-version=1.0.0",
              false),
        NP_FIRMWARE_ACCEPTED);
    assert_field(NP_META_MISC, "quote \"q\" back\\slash");
    assert_field(NP_META_AUTHOR, "literal \\n");
    assert_field(NP_META_VERSION, "1.0.0");
    assert_int_equal(parse("meta-misc=\"tab\\there\"\n", false), NP_FIRMWARE_META_SYNTAX);
    assert_int_equal(parse("meta-misc=\"tab\\there\\x21\\041\"\n", true), NP_FIRMWARE_ACCEPTED);
    assert_field(NP_META_MISC, "tab\there!!");
}

static void sparse_lengths_are_data_and_holes_in_turn(void **state)
{
    (void)state;
    assert_int_equal(parse("file-resource \"s\" {\nlength={4096,61440,4096,28672}\n"
                           "blake2b-256=" HASH "\n}\n",
                           false),
                     NP_FIRMWARE_ACCEPTED);
    assert_int_equal(meta.resource_count, 1);
    assert_int_equal(meta.resources[0].length, 8192);
    assert_int_equal(meta.resources[0].holes, 61440 + 28672);
    assert_int_equal(meta.resources[0].length_count, 4);
}

static void what_two_readers_could_read_differently_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        np_firmware_reason reason;
        bool is_accepted_leniently;
    } rows[] = {
        {"meta-version=1\nmeta-version=2\n", NP_FIRMWARE_META_DUPLICATE, true},
        {"task a {\nx=1\n}\ntask a {\n}\n", NP_FIRMWARE_META_DUPLICATE, true},
        {"task a {\nx=1\ny=1\nx=1\n}\n", NP_FIRMWARE_META_DUPLICATE, true},
        {"file-resource a {\nblake2b-256=" HASH "\n}\nfile-resource a {\nblake2b-256=" HASH "\n}",
         NP_FIRMWARE_META_DUPLICATE, true},
        {"meta-version=\"${HOME}\"", NP_FIRMWARE_META_EXPANSION, true},
        {"meta-misc='${HOME:-x}'", NP_FIRMWARE_META_EXPANSION, true},
        {"file-resource a {\nlength=1\n}\n", NP_FIRMWARE_META_VALUE, true},
        {"file-resource a {\nlength=-1\nblake2b-256=" HASH "\n}\n", NP_FIRMWARE_META_VALUE, false},
        {"file-resource a {\nlength=0x10\nblake2b-256=" HASH "\n}\n", NP_FIRMWARE_META_VALUE,
         false},
        {"file-resource a {\nlength={9223372036854775807,0,1}\nblake2b-256=" HASH "\n}\n",
         NP_FIRMWARE_META_VALUE, false},
        {"file-resource a {\nblake2b-256=FCAEDF0F471286217F10D40E8D155391D4E32A996E95F21E315F2077"
         "B463C541\n}\n",
         NP_FIRMWARE_META_VALUE, false},
        {"meta-uuid=00000000", NP_FIRMWARE_META_VALUE, false},
        {"require-fwup-version=1.17.0", NP_FIRMWARE_FWUP_VERSION, false},
        {"require-fwup-version=\"2\"   ", NP_FIRMWARE_FWUP_VERSION, false},
        {"require-fwup-version=x.y.z", NP_FIRMWARE_FWUP_VERSION, false},
        {"meta-version={1,2,3}", NP_FIRMWARE_META_SYNTAX, false},
        {"task a {\nx=1\n         ", NP_FIRMWARE_META_SYNTAX, false},
        {"task a }\nx=1\n         ", NP_FIRMWARE_META_SYNTAX, false},
        {"meta-version=\"no end      ", NP_FIRMWARE_META_SYNTAX, false},
        {"/* no end               ", NP_FIRMWARE_META_SYNTAX, false},
        {"a{b{c{d{e{f{g{h{i{j{}}}}}}}}}}", NP_FIRMWARE_META_SYNTAX, false},
        {"=========================", NP_FIRMWARE_META_SYNTAX, false},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        print_message("# row %zu\n", i);
        assert_string_equal(np_firmware_reason_name(parse(rows[i].text, false)),
                            np_firmware_reason_name(rows[i].reason));
        assert_int_equal(parse(rows[i].text, true) == NP_FIRMWARE_ACCEPTED,
                         rows[i].is_accepted_leniently);
    }
}

static void what_is_not_known_is_left_alone(void **state)
{
    (void)state;
    assert_int_equal(
        parse("future=1\nfuture-list += {a, \"b\"}\nfuture-section { deeper x { y = 1 } }\n"
              "include(\"x\", y)\nrequire-fwup-version=1.16\n",
              false),
        NP_FIRMWARE_ACCEPTED);
}

static void nothing_stands_behind_a_nul(void **state)
{
    (void)state;
    static const uint8_t text[] = "meta-version=1.0.0\n\0}}}";
    np_error err;
    assert_int_equal(np_meta_parse(NP_BYTES(text), false, &meta, &err), NP_EINPUT_FORMAT);
    assert_int_equal(err.sub, NP_FIRMWARE_META_NUL);
    assert_int_equal(np_meta_parse(NP_BYTES(text), true, &meta, &err), NP_OK);
    assert_field(NP_META_VERSION, "1.0.0");
}

static void versions_are_in_the_order_of_the_standard(void **state)
{
    (void)state;
    static const char *const in_order[] = {"0.9.99",        "1.0.0-alpha",
                                           "1.0.0-alpha.1", "1.0.0-alpha.beta",
                                           "1.0.0-beta",    "1.0.0-beta.2",
                                           "1.0.0-beta.11", "1.0.0-rc.1",
                                           "1.0.0",         "1.0.1",
                                           "1.2.0",         "1.10.0",
                                           "2.0.0",         "99999999999999999999.0.0"};
    for (size_t a = 0; a < NP_COUNT_OF(in_order); a++) {
        assert_true(np_version_is_valid(np_bytes_text(in_order[a])));
        for (size_t b = 0; b < NP_COUNT_OF(in_order); b++) {
            int order = np_version_compare(np_bytes_text(in_order[a]), np_bytes_text(in_order[b]));
            assert_int_equal((order > 0) - (order < 0), (a > b) - (a < b));
        }
    }
    assert_int_equal(np_version_compare(np_bytes_text("1.0.0+1"), np_bytes_text("1.0.0+2")), 0);
}

static void other_texts_are_no_versions(void **state)
{
    (void)state;
    static const char *const bad[] = {"",        "1",      "1.2",      "1.2.3.4", "01.2.3",
                                      "1.2.3-",  "1.2.3+", "1.2.3-01", "v1.2.3",  "1.2.3-a..b",
                                      "1.2.3-ä", "1.2.x",  "1.2.3 ",   "-1.2.3",  "1.2.3+a_b"};
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        assert_false(np_version_is_valid(np_bytes_text(bad[i])));
    }
    assert_true(np_version_is_valid(np_bytes_text("2.0.0-rc.1+build.007")));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_text_of_a_real_archive_is_understood),
        cmocka_unit_test(quotes_escapes_and_comments_are_those_of_libconfuse),
        cmocka_unit_test(sparse_lengths_are_data_and_holes_in_turn),
        cmocka_unit_test(what_two_readers_could_read_differently_is_refused),
        cmocka_unit_test(what_is_not_known_is_left_alone),
        cmocka_unit_test(nothing_stands_behind_a_nul),
        cmocka_unit_test(versions_are_in_the_order_of_the_standard),
        cmocka_unit_test(other_texts_are_no_versions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
