/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The dialogue against what modems are known to send: the recorded transcripts, and the framing of
 * the specs of the modem 2.1 and 2.6. A test hands the clock and the bytes in.
 */
#include "modem/dialogue.h"
#include "support/test.h"
#include "support/transcript.h"

#define MS UINT64_C(1000000)

static np_dialogue dialogue;
static transcript record;
static uint64_t now;

static void start(np_modem_host host)
{
    now = 1000 * MS;
    np_dialogue_init(&dialogue, host, NP_LINE_END_CRLF);
}

/* The machine wants to send just this. */
static void expect_sent(np_bytes bytes)
{
    np_dialogue_step step = np_dialogue_next(&dialogue, now);
    assert_int_equal(step.want, NP_DIALOGUE_SEND);
    assert_int_equal(step.bytes.len, bytes.len);
    assert_memory_equal(step.bytes.data, bytes.data, bytes.len);
    assert_int_equal(np_dialogue_next(&dialogue, now).want, NP_DIALOGUE_WAIT);
}

static void expect_sent_text(const char *text)
{
    expect_sent(np_bytes_text(text));
}

static void expect_end(np_dialogue_end end)
{
    assert_int_equal(np_dialogue_next(&dialogue, now).want, NP_DIALOGUE_DONE);
    assert_int_equal(dialogue.end, end);
}

static void feed(np_bytes bytes, size_t piece)
{
    while (bytes.len > 0) {
        size_t len = bytes.len < piece ? bytes.len : piece;
        np_dialogue_receive(&dialogue, np_bytes_of(bytes.data, len), now);
        bytes = np_bytes_of(bytes.data + len, bytes.len - len);
    }
}

static void feed_text(const char *text)
{
    feed(np_bytes_text(text), 1);
}

/* Nothing comes until the deadline. */
static void let_time_pass(void)
{
    np_dialogue_step step = np_dialogue_next(&dialogue, now);
    assert_int_equal(step.want, NP_DIALOGUE_WAIT);
    now = step.deadline_ns;
    np_dialogue_receive(&dialogue, (np_bytes){0}, now);
}

static void begin_at(np_at_id id, const char *command)
{
    const np_exchange what = {.row = np_at_row_of(id), .command = np_bytes_text(command)};
    assert_true(np_dialogue_begin(&dialogue, &what, now));
}

static void expect_answer(const char *text)
{
    np_bytes answer = np_dialogue_answer(&dialogue);
    assert_int_equal(answer.len, strlen(text));
    assert_memory_equal(answer.data, text, answer.len);
}

/* ---- recorded dialogues ---- */

static bool contains(np_bytes text, const char *part)
{
    return memmem(text.data, text.len, part, strlen(part)) != NULL;
}

static bool begins(np_bytes text, const char *part)
{
    return text.len >= strlen(part) && memcmp(text.data, part, strlen(part)) == 0;
}

/* The AT command of a recorded line; a shell's stands in quotes, with \n for line breaks. */
static np_bytes command_of(np_bytes sent, uint8_t *buffer)
{
    np_writer writer = np_writer_of(buffer, TRANSCRIPT_MAX);
    np_bytes inner = np_bytes_of(sent.data + 4, sent.len - 5);
    if (!begins(sent, "at '")) {
        np_write_bytes(&writer, sent);
        return np_writer_bytes(&writer);
    }
    for (size_t i = 0; i < inner.len; i++) {
        bool is_break = inner.data[i] == '\\' && i + 1 < inner.len && inner.data[i + 1] == 'n';
        np_write_text(&writer, is_break ? "\r\n" : "");
        np_write_bytes(&writer, np_bytes_of(inner.data + i, is_break ? 0 : 1));
        i += is_break ? 1 : 0;
    }
    return np_writer_bytes(&writer);
}

static const np_dialogue_texts any_text = {"found", "There is no"};
static const np_dialogue_texts stored_text = {"Stored", "exists"};
static const np_dialogue_texts cleared_text = {"cleared", "exists"};
static const np_dialogue_texts added_text = {"Added", "exists"};
static const np_dialogue_texts cloud_text = {"omplete", "exists"};
static const np_dialogue_texts made_text = {"Generated", "exists"};

static const np_dialogue_texts *texts_of(np_bytes sent)
{
    static const struct {
        const char *begin;
        const np_dialogue_texts *texts;
    } rows[] = {
        {"cred buf clear", &cleared_text},
        {"cred buf", &stored_text},
        {"cred add", &added_text},
        {"cred", &any_text},
        {"nrf_cloud_cred keygen", &made_text},
        {"nrf_cloud_cred", &cloud_text},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        if (begins(sent, rows[i].begin)) {
            return rows[i].texts;
        }
    }
    return NULL;
}

static np_modem_host host_of(np_bytes sent)
{
    if (texts_of(sent) != NULL) {
        return NP_MODEM_HOST_TLS_SHELL;
    }
    return begins(sent, "at '") ? NP_MODEM_HOST_AT_SHELL : NP_MODEM_HOST_AT;
}

static np_dialogue_end recorded_end(np_bytes answer)
{
    if (contains(answer, "+CME ERROR")) {
        return NP_DIALOGUE_CME;
    }
    if (contains(answer, "ERROR\r\n") || contains(answer, "There is no")) {
        return NP_DIALOGUE_ERROR;
    }
    return NP_DIALOGUE_OK;
}

/* One command and its answer, as it was recorded, in pieces of this size. */
static void replay(np_bytes sent, np_bytes answer, size_t piece)
{
    static uint8_t buffer[TRANSCRIPT_MAX];
    static uint8_t wire[TRANSCRIPT_MAX];
    np_bytes rest;
    np_bytes command = command_of(sent, buffer);
    const np_at_row *row = np_at_row_by_command(command, &rest);
    const np_exchange what = {.row = row != NULL ? row : np_at_row_of(NP_AT_CREDENTIAL),
                              .command = command,
                              .texts = texts_of(sent)};
    np_writer writer = np_writer_of(wire, sizeof(wire));
    start(host_of(sent));
    assert_true(np_dialogue_begin(&dialogue, &what, now));
    np_write_bytes(&writer, sent);
    np_write_text(&writer, "\r\n");
    expect_sent(np_writer_bytes(&writer));
    feed(answer, piece);
    expect_end(recorded_end(answer));
    if (contains(answer, "%KEYGEN: ")) {
        assert_true(begins(np_dialogue_answer(&dialogue), "%KEYGEN: \""));
    }
}

static unsigned replay_file(const char *name, size_t piece)
{
    static uint8_t sent_copy[TRANSCRIPT_MAX];
    char direction;
    np_bytes bytes;
    np_bytes sent = {0};
    unsigned count = 0;
    transcript_open(&record, name);
    while (transcript_next(&record, &direction, &bytes)) {
        if (direction == '>') {
            memcpy(sent_copy, bytes.data, bytes.len);
            sent = np_bytes_of(sent_copy, bytes.len);
        } else if (sent.len > 0 && !begins(sent, "at AT")) { /* others' probes are not ours */
            replay(sent, bytes, piece);
            count++;
        }
    }
    return count;
}

static void every_recorded_answer_is_understood_however_it_is_cut(void **state)
{
    (void)state;
    static const size_t pieces[] = {1, 2, 7, 64, TRANSCRIPT_MAX};
    unsigned count = 0;
    for (size_t i = 0; i < transcript_count; i++) {
        for (size_t j = 0; j < NP_COUNT_OF(pieces); j++) {
            count += replay_file(transcript_names[i], pieces[j]);
        }
    }
    assert_true(count > 5 * 200);
}

/* ---- lines that nobody asked for ---- */

static void unsolicited_lines_in_any_gap_change_nothing(void **state)
{
    (void)state;
    static const char *const unsolicited[] = {
        "+CEREG: 2\r\n",
        "\r\n+CSCON: 1\r\n",
        "%XTIME: \"80\",\"62113180215180\",\"00\"\r\n",
        "#XNRFCLOUD: 1,0\r\n",
        "[00:00:01.250,000] <inf> main: 355025930000001\r\n",
        "+CGEV: ME PDN ACT 0\r\n+CPIN: READY\r\n",
    };
    static const char *const parts[] = {"", "355025930000000\r\n", "OK\r\n"};
    for (size_t i = 0; i < NP_COUNT_OF(unsolicited); i++) {
        for (size_t gap = 0; gap < NP_COUNT_OF(parts) - 1; gap++) {
            start(NP_MODEM_HOST_AT);
            begin_at(NP_AT_IMEI, "AT+CGSN");
            expect_sent_text("AT+CGSN\r\n");
            for (size_t part = 0; part < NP_COUNT_OF(parts); part++) {
                feed_text(parts[part]);
                feed_text(part == gap ? unsolicited[i] : "");
            }
            expect_end(NP_DIALOGUE_OK);
            expect_answer("355025930000000\n");
            assert_true(dialogue.foreign_lines > 0);
        }
    }
}

static void a_list_is_kept_whole_between_other_lines(void **state)
{
    (void)state;
    start(NP_MODEM_HOST_AT);
    begin_at(NP_AT_CREDENTIAL, "AT%CMNG=1");
    expect_sent_text("AT%CMNG=1\r\n");
    feed_text("%CMNG: 1,0,\"AA\"\r\n+CEREG: 5\r\n%CMNG: 1,1,\"BB\"\r\nOK\r\n");
    expect_end(NP_DIALOGUE_OK);
    expect_answer("%CMNG: 1,0,\"AA\"\n%CMNG: 1,1,\"BB\"\n");
}

static void an_echo_is_no_answer(void **state)
{
    (void)state;
    start(NP_MODEM_HOST_AT);
    begin_at(NP_AT_CREDENTIAL, "AT%CMNG=0,1,0,\"-----BEGIN\r\nOK\r\nERROR\r\n\"");
    (void)np_dialogue_next(&dialogue, now);
    feed_text("AT%CMNG=0,1,0,\"-----BEGIN\r\nOK\r\nERROR\r\n\"\r\n");
    assert_int_equal(np_dialogue_next(&dialogue, now).want, NP_DIALOGUE_WAIT);
    feed_text("OK\r\n");
    expect_end(NP_DIALOGUE_OK);
}

static void an_echo_that_a_terminal_has_wrapped_is_no_answer(void **state)
{
    (void)state;
    start(NP_MODEM_HOST_AT_SHELL);
    begin_at(NP_AT_CREDENTIAL, "AT%CMNG=1,16842753,0");
    expect_sent_text("at 'AT%CMNG=1,16842753,0'\r\n");
    feed_text("\x1b[1;32muart:~$ \x1b[mat 'AT%CMNG=1\r\n,16842753,0'\r\nOK\r\n\r\nuart:~$ ");
    expect_end(NP_DIALOGUE_OK);
}

/* ---- errors ---- */

static void errors_have_their_numbers(void **state)
{
    (void)state;
    start(NP_MODEM_HOST_AT);
    begin_at(NP_AT_KEYGEN, "AT%KEYGEN=1,2,0");
    expect_sent_text("AT%KEYGEN=1,2,0\r\n");
    feed_text("\r\n+CME ERROR: 519\r\n");
    expect_end(NP_DIALOGUE_CME);
    assert_int_equal(dialogue.code, 519);
}

static void a_command_that_cannot_be_sent_is_refused(void **state)
{
    (void)state;
    static char long_command[NP_COMMAND_MAX + 1];
    memset(long_command, 'A', NP_COMMAND_MAX);
    static const struct {
        np_modem_host host;
        const char *command;
    } rows[] = {
        {NP_MODEM_HOST_AT, "AT%CMNG=0,1,0,\"open"},
        {NP_MODEM_HOST_AT, long_command},
        {NP_MODEM_HOST_AT_SHELL, "AT%CMNG=0,1,0,\"it's\""},
        {NP_MODEM_HOST_AT_SHELL, "AT%CMNG=0,1,0,\"a\\nb\""},
    };
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        const np_exchange what = {.row = np_at_row_of(NP_AT_CREDENTIAL),
                                  .command = np_bytes_text(rows[i].command)};
        start(rows[i].host);
        assert_false(np_dialogue_begin(&dialogue, &what, now));
    }
}

static void an_answer_without_end_is_cut(void **state)
{
    (void)state;
    start(NP_MODEM_HOST_AT);
    begin_at(NP_AT_CREDENTIAL, "AT%CMNG=1");
    expect_sent_text("AT%CMNG=1\r\n");
    for (unsigned i = 0; i < 1000; i++) {
        feed_text("%CMNG: 1,0,\"AA\"\r\n");
    }
    feed_text("OK\r\n");
    expect_end(NP_DIALOGUE_TOO_LONG);
}

/* ---- silence ---- */

static void after_silence_the_line_is_found_again(void **state)
{
    (void)state;
    start(NP_MODEM_HOST_AT);
    begin_at(NP_AT_IMEI, "AT+CGSN");
    expect_sent_text("AT+CGSN\r\n");
    let_time_pass();
    expect_sent_text("\r\n");
    feed_text("355025930000000\r\nOK\r\n"); /* the late answer is nobody's any more */
    let_time_pass();
    expect_sent_text("AT\r\n");
    feed_text("OK\r\n");
    expect_end(NP_DIALOGUE_SILENT);
}

static void an_open_quote_is_closed_after_silence(void **state)
{
    (void)state;
    start(NP_MODEM_HOST_AT);
    begin_at(NP_AT_IMEI, "AT+CGSN");
    expect_sent_text("AT+CGSN\r\n");
    let_time_pass();
    expect_sent_text("\r\n");
    let_time_pass();
    expect_sent_text("AT\r\n");
    let_time_pass();
    expect_sent_text("\"\r\n");
    feed_text("ERROR\r\n");
    let_time_pass();
    expect_sent_text("AT\r\n");
    feed_text("OK\r\n");
    expect_end(NP_DIALOGUE_SILENT);
}

static void a_dead_line_is_given_up(void **state)
{
    (void)state;
    unsigned sent = 0;
    start(NP_MODEM_HOST_AT);
    begin_at(NP_AT_IMEI, "AT+CGSN");
    for (;;) {
        np_dialogue_step step = np_dialogue_next(&dialogue, now);
        if (step.want == NP_DIALOGUE_DONE) {
            break;
        }
        sent += step.want == NP_DIALOGUE_SEND;
        now = step.want == NP_DIALOGUE_WAIT ? step.deadline_ns : now;
    }
    expect_end(NP_DIALOGUE_DEAD);
    assert_int_equal(sent, 5);
    assert_true(now < 1000 * MS + 9000 * MS);
}

static void a_restart_is_told(void **state)
{
    (void)state;
    start(NP_MODEM_HOST_AT);
    begin_at(NP_AT_KEYGEN, "AT%KEYGEN=1,2,0");
    expect_sent_text("AT%KEYGEN=1,2,0\r\n");
    feed_text("*** Booting nRF Connect SDK v2.6.1 ***\r\nThe AT host sample started\r\n");
    expect_sent_text("\r\n");
    let_time_pass();
    expect_sent_text("AT\r\n");
    feed_text("OK\r\n");
    expect_end(NP_DIALOGUE_RESTARTED);
}

/* ---- who is there ---- */

static const char prompt[] = "\x1b[1;32muart:~$ \x1b[m";

static void an_at_host_is_found_with_one_probe(void **state)
{
    (void)state;
    start(NP_MODEM_HOST_AUTO);
    np_dialogue_begin_probe(&dialogue, now);
    expect_sent_text("\r\nAT\r\n");
    feed_text("OK\r\n");
    expect_end(NP_DIALOGUE_OK);
    assert_int_equal(dialogue.host, NP_MODEM_HOST_AT);
}

static void a_shell_gives_itself_away_with_one_probe(void **state)
{
    (void)state;
    start(NP_MODEM_HOST_AUTO);
    np_dialogue_begin_probe(&dialogue, now);
    expect_sent_text("\r\nAT\r\n");
    feed_text("\r\n");
    feed_text(prompt);
    feed_text("AT\r\nAT: command not found\r\n");
    expect_sent_text("\r\nat AT\r\n");
    feed_text(prompt);
    feed_text("at AT\r\nOK\r\n\r\n");
    feed_text(prompt);
    expect_end(NP_DIALOGUE_OK);
    assert_int_equal(dialogue.host, NP_MODEM_HOST_AT_SHELL);
}

static void a_shell_without_at_may_have_credentials(void **state)
{
    (void)state;
    start(NP_MODEM_HOST_AUTO);
    np_dialogue_begin_probe(&dialogue, now);
    expect_sent_text("\r\nAT\r\n");
    feed_text("AT\r\nAT: command not found\r\n");
    expect_sent_text("\r\nat AT\r\n");
    feed_text("at AT\r\nat: command not found\r\n");
    expect_sent_text("\r\ncred list\r\n");
    feed_text("cred list\r\n0 credentials found.\r\n\r\n");
    expect_end(NP_DIALOGUE_OK);
    assert_int_equal(dialogue.host, NP_MODEM_HOST_TLS_SHELL);
}

static void a_shell_with_neither_is_told_apart_from_silence(void **state)
{
    (void)state;
    start(NP_MODEM_HOST_AUTO);
    np_dialogue_begin_probe(&dialogue, now);
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(np_dialogue_next(&dialogue, now).want, NP_DIALOGUE_SEND);
        feed_text("x: command not found\r\n");
    }
    expect_end(NP_DIALOGUE_UNKNOWN);
}

static void a_host_that_wants_null_bytes_is_found(void **state)
{
    (void)state;
    start(NP_MODEM_HOST_AUTO);
    np_dialogue_begin_probe(&dialogue, now);
    expect_sent_text("\r\nAT\r\n");
    let_time_pass();
    expect_sent_text("\r\n");
    let_time_pass();
    expect_sent_text("AT\r\n");
    let_time_pass();
    expect_sent(np_bytes_of("", 1));
    let_time_pass();
    expect_sent(np_bytes_of("AT", 3));
    feed_text("OK\r\n");
    expect_end(NP_DIALOGUE_OK);
    assert_int_equal(dialogue.line_end, NP_LINE_END_NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_recorded_answer_is_understood_however_it_is_cut),
        cmocka_unit_test(unsolicited_lines_in_any_gap_change_nothing),
        cmocka_unit_test(a_list_is_kept_whole_between_other_lines),
        cmocka_unit_test(an_echo_is_no_answer),
        cmocka_unit_test(an_echo_that_a_terminal_has_wrapped_is_no_answer),
        cmocka_unit_test(errors_have_their_numbers),
        cmocka_unit_test(a_command_that_cannot_be_sent_is_refused),
        cmocka_unit_test(an_answer_without_end_is_cut),
        cmocka_unit_test(after_silence_the_line_is_found_again),
        cmocka_unit_test(an_open_quote_is_closed_after_silence),
        cmocka_unit_test(a_dead_line_is_given_up),
        cmocka_unit_test(a_restart_is_told),
        cmocka_unit_test(an_at_host_is_found_with_one_probe),
        cmocka_unit_test(a_shell_gives_itself_away_with_one_probe),
        cmocka_unit_test(a_shell_without_at_may_have_credentials),
        cmocka_unit_test(a_shell_with_neither_is_told_apart_from_silence),
        cmocka_unit_test(a_host_that_wants_null_bytes_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
