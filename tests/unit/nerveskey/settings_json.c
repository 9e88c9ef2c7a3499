/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings between JSON and Erlang terms. Terms are Erlang's own (settings_etf.txt) or written down
 * by the tags of specs of NervesKey 7; decimal digits of large numbers come from bc.
 */
#include "nerveskey/settings_json.h"
#include "support/test.h"
#include "support/vectors.h"

static json_t *parse(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    assert_non_null(value);
    return value;
}

static void assert_encodes(const char *text, np_etf_atoms atoms, np_bytes expected)
{
    uint8_t buffer[600];
    np_error err;
    json_t *value = parse(text);
    np_writer writer = np_writer_of(buffer, sizeof(buffer));
    assert_ok(np_settings_from_json(value, atoms, &writer, &err), &err);
    if (!np_bytes_equal(np_writer_bytes(&writer), expected)) {
        fail_msg("%s: other bytes", text);
    }
    json_decref(value);
}

static void assert_decodes(np_bytes term, const char *text, np_etf_atoms atoms)
{
    json_t *value = NULL;
    size_t len = 0;
    np_etf_atoms found;
    np_error err;
    assert_ok(np_settings_to_json(term, &value, &len, &found, &err), &err);
    assert_int_equal(len, term.len);
    assert_int_equal(found, atoms);
    char *dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    assert_string_equal(dump, text);
    free(dump);
    json_decref(value);
}

typedef struct pair {
    const char *hex; /* without the version */
    const char *json;
    np_etf_atoms atoms;
} pair;

static const pair pairs[] = {
    /* as Erlang/OTP wrote them */
    {"7400000000", "{}", NP_ETF_ATOMS_UTF8},
    {"74000000017701616101", "{\":a\":1}", NP_ETF_ATOMS_UTF8},
    {"7400000001640001616101", "{\":a\":1}", NP_ETF_ATOMS_LATIN1},
    {"74000000016d00000001616101", "{\"a\":1}", NP_ETF_ATOMS_UTF8},
    {"74000000016d000000016b740000000461014640040000000000007703626967620001117077036e656762fffffff"
     "b6d000000016c6c000000046101610277036e696c7704747275656a",
     "{\"k\":{\"$1\":2.5,\":big\":70000,\":neg\":-5,\"l\":[1,2,null,true]}}", NP_ETF_ATOMS_UTF8},
    /* every other tag */
    {"6b0003010203", "[1,2,3]", NP_ETF_ATOMS_UTF8},
    {"6a", "[]", NP_ETF_ATOMS_UTF8},
    {"6c00000002610162000001006a", "[1,256]", NP_ETF_ATOMS_UTF8},
    {"6c000000016a6a", "[[]]", NP_ETF_ATOMS_UTF8},
    {"6802610177026f6b", "{\"$tuple\":[1,{\"$atom\":\"ok\"}]}", NP_ETF_ATOMS_UTF8},
    {"6800", "{\"$tuple\":[]}", NP_ETF_ATOMS_UTF8},
    {"6d0000000200ff", "{\"$bytes\":\"00ff\"}", NP_ETF_ATOMS_UTF8},
    {"6d00000000", "\"\"", NP_ETF_ATOMS_UTF8},
    {"6d0000000100", "\"\\u0000\"", NP_ETF_ATOMS_UTF8},
    {"770566616c7365", "false", NP_ETF_ATOMS_UTF8},
    {"77046e756c6c", "{\"$atom\":\"null\"}", NP_ETF_ATOMS_UTF8},
    {"7700", "{\"$atom\":\"\"}", NP_ETF_ATOMS_UTF8},
    {"640001e9", "{\"$atom\":\"\xc3\xa9\"}", NP_ETF_ATOMS_LATIN1},
    {"7702c3a9", "{\"$atom\":\"\xc3\xa9\"}", NP_ETF_ATOMS_UTF8},
    {"46bfb999999999999a", "-0.10000000000000001", NP_ETF_ATOMS_UTF8},
    {"468000000000000000", "-0.0", NP_ETF_ATOMS_UTF8},
    {"460000000000000001", "4.9406564584124654e-324", NP_ETF_ATOMS_UTF8},
    /* 2^53 - 1 is exact for everybody, 2^53 is not */
    {"6e0700ffffffffffff1f", "9007199254740991", NP_ETF_ATOMS_UTF8},
    {"6e070000000000000020", "{\"$bigint\":\"9007199254740992\"}", NP_ETF_ATOMS_UTF8},
    {"6e0701ffffffffffff1f", "-9007199254740991", NP_ETF_ATOMS_UTF8},
    {"6e0801ffffffffffffffff", "{\"$bigint\":\"-18446744073709551615\"}", NP_ETF_ATOMS_UTF8},
    {"6e0900000000000000000001", "{\"$bigint\":\"18446744073709551616\"}", NP_ETF_ATOMS_UTF8},
    /* keys that look like something else */
    {"74000000016d000000023a616101", "{\"$\\\":a\\\"\":1}", NP_ETF_ATOMS_UTF8},
    {"74000000016d0000000524626967736101", "{\"$\\\"$bigs\\\"\":1}", NP_ETF_ATOMS_UTF8},
    {"74000000016d0000000524627974656101", "{\"$\\\"$byte\\\"\":1}", NP_ETF_ATOMS_UTF8},
    {"74000000016d00000006246279746573610a", "{\"$\\\"$bytes\\\"\":10}", NP_ETF_ATOMS_UTF8},
    {"74000000016d00000001006101", "{\"$\\\"\\\\u0000\\\"\":1}", NP_ETF_ATOMS_UTF8},
    {"7400000001680161016102", "{\"${\\\"$tuple\\\":[1]}\":2}", NP_ETF_ATOMS_UTF8},
    {"740000000177036e696c6101", "{\":nil\":1}", NP_ETF_ATOMS_UTF8},
    {"74000000016d000000006101", "{\"\":1}", NP_ETF_ATOMS_UTF8},
    /* encodings that Erlang does not write itself: as they are */
    {"6200000005", "{\"$etf\":\"6200000005\"}", NP_ETF_ATOMS_UTF8},
    {"6e010005", "{\"$etf\":\"6e010005\"}", NP_ETF_ATOMS_UTF8},
    {"6b0000", "{\"$etf\":\"6b0000\"}", NP_ETF_ATOMS_UTF8},
    {"6c0000000161056a", "{\"$etf\":\"6c0000000161056a\"}", NP_ETF_ATOMS_UTF8},
    {"69000000016105", "{\"$etf\":\"69000000016105\"}", NP_ETF_ATOMS_UTF8},
    {"730161", "{\"$etf\":\"730161\"}", NP_ETF_ATOMS_UTF8},
    {"76000161", "{\"$etf\":\"76000161\"}", NP_ETF_ATOMS_UTF8},
    {"680264000161770162", "{\"$tuple\":[{\"$atom\":\"a\"},{\"$etf\":\"770162\"}]}",
     NP_ETF_ATOMS_LATIN1},
};

static void each_term_has_its_json_and_the_json_gives_the_term(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(pairs); i++) {
        uint8_t term[256] = {NP_ETF_VERSION};
        size_t len = vector_hex_any(pairs[i].hex, term + 1, sizeof(term) - 1);
        assert_decodes(np_bytes_of(term, 1 + len), pairs[i].json, pairs[i].atoms);
        assert_encodes(pairs[i].json, pairs[i].atoms, np_bytes_of(term, 1 + len));
    }
}

static void the_settings_of_the_recorded_chips_read(void **state)
{
    (void)state;
    uint8_t area[524] = {0};
    json_t *value = NULL;
    size_t len = 0;
    np_etf_atoms atoms;
    np_error err;
    vector_hex_any("83740000000464000a73657269616c5f6e756d6d00000001786d000000016161016d000000046c"
                   "6973746c0000000461014640040000000000006400036e696c640004747275656a6d000000016d"
                   "74000000016400016b6d0000000201020000",
                   area, sizeof(area));
    assert_ok(np_settings_to_json(NP_BYTES(area), &value, &len, &atoms, &err), &err);
    char *dump = json_dumps(value, JSON_COMPACT);
    assert_string_equal(dump, "{\":serial_num\":\"x\",\"a\":1,\"list\":[1,2.5,null,true],"
                              "\"m\":{\":k\":\"\\u0001\\u0002\"}}");
    free(dump);
    json_decref(value);
}

typedef struct refusal {
    const char *json;
    const char *why;
} refusal;

static const refusal refusals[] = {
    {"{\"$atom\": 1}", "\"$atom\" takes a text"},
    {"{\"$tuple\": {}}", "\"$tuple\" takes an array"},
    {"{\"$bytes\": \"0\"}", "even number"},
    {"{\"$bytes\": \"0g\"}", "$bytes"},
    {"{\"$bytes\": 1}", "even number"},
    {"{\"$bigint\": 1}", "text of decimal digits"},
    {"{\"$bigint\": \"\"}", "decimal digits"},
    {"{\"$bigint\": \"-\"}", "decimal digits"},
    {"{\"$bigint\": \"0x10\"}", "decimal digits"},
    {"{\"$etf\": \"61\"}", "too early"},
    {"{\"$etf\": \"6a6a\"}", "behind its term"},
    {"{\"$etf\": \"\"}", "too early"},
    {"{\"$\": 1}", "stands no JSON"},
    {"{\"$foo\": 1}", "stands no JSON"},
    {"{\"$bytes\": \"00\", \"a\": 1}", "stands no JSON"},
    {"{\"a\": 1, \"$\\\"a\\\"\": 2}", "same key twice"},
};

static void json_that_is_no_form_of_a_term_is_refused_and_named(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(refusals); i++) {
        uint8_t buffer[600];
        np_error err;
        json_t *value = parse(refusals[i].json);
        np_writer writer = np_writer_of(buffer, sizeof(buffer));
        assert_code(np_settings_from_json(value, NP_ETF_ATOMS_UTF8, &writer, &err),
                    NP_EINPUT_FORMAT);
        if (strstr(err.message, refusals[i].why) == NULL) {
            fail_msg("%s: %s", refusals[i].json, err.message);
        }
        json_decref(value);
    }
}

/* Escaped once more at each level, the quotes of this key would need 2^80 characters. */
static void keys_in_keys_do_not_grow_without_bounds(void **state)
{
    (void)state;
    enum { LEVELS = 80, TEXT_MAX = 16384 };
    static const uint8_t one_member[] = {NP_ETF_MAP, 0, 0, 0, 1};
    uint8_t term[NP_SETTINGS_SIZE];
    uint8_t again[NP_SETTINGS_SIZE];
    np_writer writer = np_writer_of(term, sizeof(term));
    json_t *value = NULL;
    size_t len = 0;
    np_etf_atoms atoms;
    np_error err;
    np_write_u8(&writer, NP_ETF_VERSION);
    for (unsigned i = 0; i < LEVELS; i++) {
        np_write_bytes(&writer, NP_BYTES(one_member));
    }
    for (unsigned i = 0; i < LEVELS + 1; i++) {
        np_write_u8(&writer, NP_ETF_NIL);
    }
    assert_true(np_writer_has_room(&writer));
    assert_ok(np_settings_to_json(np_writer_bytes(&writer), &value, &len, &atoms, &err), &err);
    char *text = json_dumps(value, JSON_COMPACT);
    assert_non_null(text);
    assert_in_range(strlen(text), 2 * (size_t)LEVELS, TEXT_MAX);
    free(text);
    np_writer back = np_writer_of(again, sizeof(again));
    assert_ok(np_settings_from_json(value, atoms, &back, &err), &err);
    assert_true(np_bytes_equal(np_writer_bytes(&back), np_writer_bytes(&writer)));
    json_decref(value);
}

/* bc: 2^2040 - 1 has 255 bytes of ff, 2^2040 has one more. */
static void integers_of_255_bytes_are_the_largest(void **state)
{
    (void)state;
    uint8_t term[1 + 3 + 255] = {NP_ETF_VERSION, NP_ETF_SMALL_BIG, 255, 1};
    json_t *value = NULL;
    size_t len = 0;
    np_etf_atoms atoms;
    np_error err;
    memset(term + 4, 0xff, 255);
    assert_ok(np_settings_to_json(NP_BYTES(term), &value, &len, &atoms, &err), &err);
    const char *text = json_string_value(json_object_get(value, "$bigint"));
    assert_int_equal(strlen(text), 1 + 615);
    assert_memory_equal(text, "-12623830", 9);
    uint8_t again[300];
    np_writer writer = np_writer_of(again, sizeof(again));
    assert_ok(np_settings_from_json(value, atoms, &writer, &err), &err);
    assert_true(np_bytes_equal(np_writer_bytes(&writer), NP_BYTES(term)));
    char larger[700];
    snprintf(larger, sizeof(larger), "{\"$bigint\": \"%s0\"}", text);
    json_t *too_large = parse(larger);
    assert_code(np_settings_from_json(too_large, atoms, &writer, &err), NP_EINPUT_RANGE);
    json_decref(too_large);
    json_decref(value);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_term_has_its_json_and_the_json_gives_the_term),
        cmocka_unit_test(the_settings_of_the_recorded_chips_read),
        cmocka_unit_test(json_that_is_no_form_of_a_term_is_refused_and_named),
        cmocka_unit_test(integers_of_255_bytes_are_the_largest),
        cmocka_unit_test(keys_in_keys_do_not_grow_without_bounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
