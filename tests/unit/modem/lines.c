/* SPDX-License-Identifier: Apache-2.0 */
/* Expected values: the framing of the specs of the modem 2.1; the prompt of head_at_shell.txt. */
#include "modem/lines.h"
#include "support/test.h"

/* All lines of a stream, a "|" behind each, when reads bring this many bytes at a time. */
static const char *split(const char *stream, size_t piece, bool spans_lines)
{
    static char text[4096];
    static np_lines lines;
    np_writer writer = np_writer_of((uint8_t *)text, sizeof(text));
    np_bytes rest = np_bytes_text(stream);
    np_lines_init(&lines);
    lines.spans_lines = spans_lines;
    while (rest.len > 0) {
        np_bytes line;
        size_t taken = np_lines_take(
            &lines, np_bytes_of(rest.data, rest.len < piece ? rest.len : piece), &line);
        rest = np_bytes_of(rest.data + taken, rest.len - taken);
        np_write_bytes(&writer, line);
        np_write_text(&writer, line.len > 0 ? "|" : "");
    }
    np_write_bytes(&writer, np_lines_partial(&lines));
    np_write_u8(&writer, 0);
    return text;
}

static void lines_are_the_same_however_reads_cut_them(void **state)
{
    (void)state;
    static const char stream[] = "\r\n\x1b[1;32muart:~$ \x1b[mat 'AT'\r\nOK\r\n\r\n"
                                 "+CEREG: 2\rERROR\n\x1b[8D\x1b[J%XTIME: \"08\"\r\n"
                                 "\x1b[1;32muart:~$ \x1b[m";
    for (size_t piece = 1; piece <= sizeof(stream); piece++) {
        assert_string_equal(split(stream, piece, false),
                            "uart:~$ at 'AT'|OK|+CEREG: 2|ERROR|%XTIME: \"08\"|uart:~$ ");
    }
}

static void line_breaks_in_quotes_are_data_where_asked_for(void **state)
{
    (void)state;
    static const char stream[] = "%CMNG: 1,0,\"AB\",\"a\r\nb\n\"\r\nOK\r\n";
    for (size_t piece = 1; piece <= sizeof(stream); piece++) {
        assert_string_equal(split(stream, piece, true), "%CMNG: 1,0,\"AB\",\"a\r\nb\n\"|OK|");
        assert_string_equal(split(stream, piece, false), "%CMNG: 1,0,\"AB\",\"a|b|\"|OK|");
    }
}

static void an_open_quote_ends_with_its_line(void **state)
{
    (void)state;
    assert_string_equal(split("say \"\r\nOK\r\n", 100, false), "say \"|OK|");
}

static void a_broken_colour_does_not_swallow_the_next_line(void **state)
{
    (void)state;
    assert_string_equal(split("\x1b[1;32\r\nOK\r\n", 3, false), "OK|");
}

static void what_is_too_long_is_cut_and_the_next_line_is_whole(void **state)
{
    (void)state;
    static uint8_t flood[NP_LINE_MAX + 100];
    static np_lines lines;
    np_bytes line;
    memset(flood, 'x', sizeof(flood));
    np_lines_init(&lines);
    assert_int_equal(np_lines_take(&lines, NP_BYTES(flood), &line), sizeof(flood));
    assert_int_equal(np_lines_take(&lines, np_bytes_text("\r\n"), &line), 1);
    assert_int_equal(line.len, NP_LINE_MAX);
    assert_true(lines.is_too_long);
    assert_int_equal(np_lines_take(&lines, np_bytes_text("\nOK\r"), &line), 4);
    assert_true(np_bytes_equal(line, np_bytes_text("OK")));
    assert_false(lines.is_too_long);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_are_the_same_however_reads_cut_them),
        cmocka_unit_test(line_breaks_in_quotes_are_data_where_asked_for),
        cmocka_unit_test(an_open_quote_ends_with_its_line),
        cmocka_unit_test(a_broken_colour_does_not_swallow_the_next_line),
        cmocka_unit_test(what_is_too_long_is_cut_and_the_next_line_is_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
