/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the public tools send, given to the virtual modem: it must answer byte for byte as it was
 * recorded, but for what is random: keys, tokens, and digests of keys.
 */
#include "support/test.h"
#include "support/transcript.h"
#include "virtual/modem.h"

static np_random_seeded seeded = {.seed = 7};
static np_modem_state state;
static transcript record;

/* What was injected into the recorded dialogues. */
static const struct {
    const char *file;
    const char *faults;
} injected[] = {
    {"head_keyerr", "error@6"},
    {"head_writeerr", "error@7,error@8"},
};

static bool begins(np_bytes text, const char *part)
{
    return text.len >= strlen(part) && memcmp(text.data, part, strlen(part)) == 0;
}

static bool contains(np_bytes text, const char *part)
{
    return text.len > 0 && memmem(text.data, text.len, part, strlen(part)) != NULL;
}

static np_bytes take_line(np_bytes *text)
{
    const uint8_t *end = memchr(text->data, '\n', text->len);
    size_t len = end == NULL ? text->len : (size_t)(end - text->data) + 1;
    np_bytes line = np_bytes_of(text->data, len);
    *text = np_bytes_of(text->data + len, text->len - len);
    return line;
}

/* Lines that are random keep their beginning; the modem's own rows of a list are left out. */
static np_bytes normalise(np_bytes text, bool has_key, uint8_t *buffer)
{
    static const char *const random[] = {"%KEYGEN: \"", "%ATTESTTOKEN: \"", "CSR: ", "PUBKEY: "};
    np_writer writer = np_writer_of(buffer, TRANSCRIPT_MAX);
    while (text.len > 0) {
        np_bytes line = take_line(&text);
        bool is_key = has_key && begins(line, "%CMNG: ") && contains(line, ",2,\"");
        size_t kept = begins(line, "%CMNG: 42949672") ? 0
                      : is_key                        ? strlen("%CMNG: 123,2")
                                                      : line.len;
        for (size_t i = 0; i < NP_COUNT_OF(random); i++) {
            kept = begins(line, random[i]) ? strlen(random[i]) : kept;
        }
        np_write_bytes(&writer, np_bytes_of(line.data, kept));
    }
    return np_writer_bytes(&writer);
}

static void load_state(const char *name)
{
    static const uint8_t uuid[] = {0x50, 0x34, 0x39, 0x56, 0x30, 0x37, 0x47, 0x38,
                                   0x80, 0x0d, 0x1f, 0x29, 0xe0, 0xa0, 0xf7, 0xbf};
    np_error err;
    char direction;
    np_bytes bytes;
    assert_ok(np_modem_state_draw(NP_NRF9151, np_random_by_seed(&seeded), &state, &err), &err);
    memcpy(state.imei, "355025930000000", NP_IMEI_SIZE);
    memcpy(state.uuid, uuid, sizeof(uuid));
    state.line_end = begins(np_bytes_text(name), "old_") ? NP_LINE_END_CR : NP_LINE_END_CRLF;
    transcript_open(&record, name);
    while (transcript_next(&record, &direction, &bytes)) {
        if (direction == '<' && begins(bytes, "mfw_")) { /* the firmware of that dialogue */
            memset(state.firmware, 0, sizeof(state.firmware));
            memcpy(state.firmware, bytes.data,
                   (size_t)((uint8_t *)memchr(bytes.data, '\r', bytes.len) - bytes.data));
        }
        if (direction == '>' && begins(bytes, "cred ")) {
            state.host = NP_MODEM_HOST_TLS_SHELL;
        }
        if (direction == '>' && begins(bytes, "at 'AT")) {
            state.host = NP_MODEM_HOST_AT_SHELL;
        }
    }
}

static np_virtual_modem *make_modem(const char *name)
{
    np_error err;
    np_virtual_modem_options options = {.pace = NP_MODEM_PACE_ZERO,
                                        .random = np_random_by_seed(&seeded)};
    for (size_t i = 0; i < NP_COUNT_OF(injected); i++) {
        if (strcmp(injected[i].file, name) == 0) {
            assert_ok(np_fault_words_parse(&np_modem_fault_table, injected[i].faults,
                                           &options.faults, &err),
                      &err);
        }
    }
    np_virtual_modem *modem = np_virtual_modem_new(&options, &state);
    assert_non_null(modem);
    return modem;
}

static np_bytes say(np_virtual_modem *modem, np_bytes bytes, uint8_t *ret)
{
    np_virtual_modem_receive(modem, 0, bytes);
    np_virtual_modem_receive(modem, 0, np_line_end_bytes(state.line_end));
    return np_bytes_of(ret, np_virtual_modem_take(modem, 0, ret, TRANSCRIPT_MAX));
}

static void expect_same(const char *name, np_bytes answer, np_bytes recorded)
{
    if (!np_bytes_equal(answer, recorded)) {
        fail_msg("%s: answered <%.*s>, recorded <%.*s>", name, (int)answer.len, answer.data,
                 (int)recorded.len, recorded.data);
    }
}

static unsigned replay(const char *name)
{
    static uint8_t raw[TRANSCRIPT_MAX];
    static uint8_t answered[TRANSCRIPT_MAX];
    static uint8_t expected[TRANSCRIPT_MAX];
    char direction;
    np_bytes bytes;
    np_bytes answer = {0};
    bool has_key = false;
    bool has_asked = false;
    unsigned count = 0;
    load_state(name);
    np_virtual_modem *modem = make_modem(name);
    transcript_open(&record, name);
    while (transcript_next(&record, &direction, &bytes)) {
        if (direction == '>') {
            has_key = has_key || contains(bytes, "KEYGEN");
            has_asked = true;
            answer = say(modem, bytes, raw);
        } else if (has_asked) { /* before that: a prompt */
            expect_same(name, normalise(answer, has_key, answered),
                        normalise(bytes, has_key, expected));
            count++;
        }
    }
    np_virtual_modem_free(modem);
    return count;
}

static void the_modem_answers_recorded_hosts_as_it_was_recorded(void **state_of_test)
{
    (void)state_of_test;
    unsigned count = 0;
    for (size_t i = 0; i < transcript_count; i++) {
        count += replay(transcript_names[i]);
    }
    assert_true(count > 250);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_modem_answers_recorded_hosts_as_it_was_recorded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
