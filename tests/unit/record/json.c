/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The canonical form. Expected values: RFC 8785 section 3.2.2.2 for strings, section 3.2.3 for the
 * order of members, and jansson's writer, which sorts names and leaves white space out too.
 */
#include "record/json.h"
#include "support/test.h"

#include <jansson.h>

static const char *const canonical[] = {
    "{}",
    "{\"a\":1,\"b\":[],\"c\":{\"d\":null}}",
    "{\"\":0,\"a\":\"\",\"aa\":true,\"b\":false}",
    "[9007199254740991,-9007199254740991,0]",
    "\"\\b\\t\\n\\f\\r\\\"\\\\\\u0001\\u001f\x7f/\"",
    "\"\xe2\x82\xac \xf0\x9f\x98\x80\"",
    "{\"\xc3\xa9\":1,\"\xe2\x82\xac\":2}",
    "[[[[[[[1]]]]]]]",
};

static const char *const refused[] = {
    "",
    " {}",
    "{} ",
    "{\"a\":1,\"a\":2}", /* twice */
    "{\"b\":1,\"a\":2}", /* not in order */
    "{\"aa\":1,\"a\":2}",
    "{ \"a\":1}",
    "{\"a\": 1}",
    "{\"a\":1,}",
    "{,\"a\":1}",
    "{\"a\\n\":1}", /* a name with an escape */
    "{\"a\":1",
    "{\"a\"}",
    "[1,]",
    "[,1]",
    "[1 ,2]",
    "01",
    "-0",
    "-",
    "+1",
    "1.0",
    "1e3",
    "9007199254740992", /* 2^53 */
    "99999999999999999999",
    "\"\\/\"", /* escapes that need not be */
    "\"\\u0041\"",
    "\"\\u000a\"",
    "\"\\u001F\"", /* upper case */
    "\"\\u007f\"",
    "\"\\x\"",
    "\"\\u00\"",
    "\"\n\"", /* no escape where one must be */
    "\"abc",
    "\"\xc0\x80\"", /* no UTF-8 */
    "\"\xed\xa0\x80\"",
    "tru",
    "nul",
    "falsch",
    "[[[[[[[[1]]]]]]]]", /* deeper than 8 */
    "{\"a\":1}{\"b\":1}",
};

static void the_canonical_form_is_taken_and_is_what_another_writer_writes(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(canonical); i++) {
        if (!record_json_is_value(np_bytes_text(canonical[i]))) {
            fail_msg("refused: %s", canonical[i]);
        }
        json_t *value = json_loads(canonical[i], JSON_DECODE_ANY, NULL);
        char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
        assert_non_null(text);
        /* jansson writes hex digits in upper case, RFC 8785 in lower */
        bool has_long_escape = strstr(text, "\\u001F") != NULL;
        assert_true(has_long_escape || strcmp(text, canonical[i]) == 0);
        free(text);
        json_decref(value);
    }
}

static void every_other_form_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(refused); i++) {
        if (record_json_is_value(np_bytes_text(refused[i]))) {
            fail_msg("taken: %s", refused[i]);
        }
    }
    assert_false(record_json_is_value(np_bytes_of("\"\0\"", 3)));
}

static void a_text_of_any_characters_is_written_so_that_it_can_be_read_again(void **state)
{
    (void)state;
    uint8_t all[0x80 + 4];
    size_t len = 0;
    for (unsigned character = 1; character < 0x80; character++) {
        all[len++] = (uint8_t)character;
    }
    memcpy(all + len, "\xf0\x9f\x98\x80", 4);
    len += 4;
    uint8_t buffer[1024];
    np_writer writer = np_writer_of(buffer, sizeof(buffer));
    record_json_write_text(&writer, np_bytes_of(all, len));
    np_bytes text = np_writer_bytes(&writer);
    assert_true(record_json_is_value(text));
    json_t *value = json_loadb((const char *)text.data, text.len, JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    assert_int_equal(json_string_length(value), len);
    assert_memory_equal(json_string_value(value), all, len);
    json_decref(value);
}

static void numbers_are_written_with_all_their_digits(void **state)
{
    (void)state;
    uint8_t buffer[64];
    np_writer writer = np_writer_of(buffer, sizeof(buffer));
    record_json_write_number(&writer, 0);
    np_write_u8(&writer, ' ');
    record_json_write_number(&writer, UINT64_MAX);
    assert_true(np_bytes_equal(np_writer_bytes(&writer), np_bytes_text("0 18446744073709551615")));
}

static void an_object_is_taken_apart_into_its_members(void **state)
{
    (void)state;
    record_json_member members[3];
    size_t count = 0;
    np_bytes object = np_bytes_text("{\"a\":{\"x\":[1,2]},\"b\":\"t\",\"c\":7}");
    assert_true(record_json_members(object, members, 3, &count));
    assert_int_equal(count, 3);
    assert_true(np_bytes_equal(members[0].value, np_bytes_text("{\"x\":[1,2]}")));
    assert_true(np_bytes_equal(members[1].name, np_bytes_text("b")));
    assert_true(np_bytes_equal(members[2].value, np_bytes_text("7")));
    assert_false(record_json_members(object, members, 2, &count));
    assert_false(record_json_members(np_bytes_text("[]"), members, 3, &count));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_canonical_form_is_taken_and_is_what_another_writer_writes),
        cmocka_unit_test(every_other_form_is_refused),
        cmocka_unit_test(a_text_of_any_characters_is_written_so_that_it_can_be_read_again),
        cmocka_unit_test(numbers_are_written_with_all_their_digits),
        cmocka_unit_test(an_object_is_taken_apart_into_its_members),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
