/* SPDX-License-Identifier: Apache-2.0 */
#include "x509/describe.h"

#include "support/test.h"
#include "x509/name.h"

/* A Name of one commonName of this string type. */
static np_bytes name_of(uint8_t tag, const char *text, uint8_t *buffer)
{
    size_t len = strlen(text);
    const uint8_t head[] = {0x30,        (uint8_t)(len + 11),
                            0x31,        (uint8_t)(len + 9),
                            0x30,        (uint8_t)(len + 7),
                            0x06,        3,
                            0x55,        0x04,
                            0x03,        tag,
                            (uint8_t)len};
    memcpy(buffer, head, sizeof(head));
    memcpy(buffer + sizeof(head), text, len);
    return np_bytes_of(buffer, sizeof(head) + len);
}

static void a_name_in_words_keeps_what_is_utf8_and_visible(void **state)
{
    (void)state;
    enum { UTF8 = 0x0c, TELETEX = 0x14 };
    static const struct {
        uint8_t tag;
        const char *text;
        const char *words;
    } rows[] = {
        {UTF8, "Gerät 7", "CN=Gerät 7"},
        {UTF8,
         "<b>\xe2\x80\xae"
         "evil</b>",
         "CN=<b>\xe2\x80\xae"
         "evil</b>"}, /* what shows it sees to it that it stays text */
        {UTF8, "a\x1b[2J\x7f", "CN=a?[2J?"},
        {UTF8,
         "a\xc2\x9b"
         "b",
         "CN=a??b"}, /* a control character of ISO 6429 in two bytes */
        {UTF8, "\xff\xc3)",
         "CN=?"
         "?)"}, /* no UTF-8 */
        {UTF8, "\xf0\x9f\x8c\x8d", "CN=\xf0\x9f\x8c\x8d"},
        {TELETEX, "Ger\xe4t", "CN=Ger?t"},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t buffer[64];
        char words[64];
        x509_name_words(name_of(rows[i].tag, rows[i].text, buffer), words, sizeof(words));
        assert_string_equal(words, rows[i].words);
    }
}

static void a_name_in_words_is_cut_between_characters(void **state)
{
    (void)state;
    uint8_t buffer[64];
    char words[8];
    np_bytes name = name_of(0x0c, "ab\xf0\x9f\x8c\x8d", buffer);
    x509_name_words(name, words, sizeof(words)); /* "CN=ab" and two bytes of four would fit */
    assert_string_equal(words, "CN=ab");
    x509_name_words((np_bytes){NULL, 0}, words, sizeof(words));
    assert_string_equal(words, "empty");
}

static void a_name_has_all_its_attributes_in_words(void **state)
{
    (void)state;
    uint8_t buffer[128];
    uint8_t whole[130] = {0x30};
    char words[128];
    np_error err = {0};
    np_writer writer = np_writer_of(buffer, sizeof(buffer));
    assert_ok(np_name_write_text(&writer, "C=DE,O=Größe\\, Inc.,CN=7", &err), &err);
    whole[1] = (uint8_t)writer.len;
    memcpy(whole + 2, buffer, writer.len);
    x509_name_words(np_bytes_of(whole, writer.len + 2), words, sizeof(words));
    assert_string_equal(words, "C=DE, O=Größe, Inc., CN=7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_name_in_words_keeps_what_is_utf8_and_visible),
        cmocka_unit_test(a_name_in_words_is_cut_between_characters),
        cmocka_unit_test(a_name_has_all_its_attributes_in_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
