/* SPDX-License-Identifier: Apache-2.0 */
/* The journal of a modem: what was written is read again, and nothing else is. */
#include "nordic/journal.h"

#include "support/test.h"

static np_nordic_journal full_journal(void)
{
    np_nordic_journal journal = {
        .modem = "355025930000000",
        .tag = 16842753,
        .id = "nrf-355025930000000",
        .is_local = true,
        .has_mode = true,
        .mode = 1,
        .touched = 7,
        .has_key_digest = true,
        .key_digest = {1, 2, 255},
        .key_pem_len = 5,
        .key_pem = "-----",
        .certificate_len = 3,
        .certificate = {0x30, 0x01, 0x00},
        .is_done = true,
    };
    memcpy(journal.reply.text, "MIIB.0oRD", 10);
    journal.reply.len = 9;
    return journal;
}

static np_bytes format(const np_nordic_journal *journal, uint8_t *text, size_t size)
{
    np_writer writer = np_writer_of(text, size);
    np_nordic_journal_write(journal, &writer);
    return np_writer_bytes(&writer);
}

static void assert_same(const np_nordic_journal *journal)
{
    static uint8_t text[NP_NORDIC_JOURNAL_MAX];
    static uint8_t again[NP_NORDIC_JOURNAL_MAX];
    static np_nordic_journal read;
    np_error err;
    np_bytes bytes = format(journal, text, sizeof(text));
    assert_true(bytes.len > 0);
    assert_ok(np_nordic_journal_read(bytes, &read, &err), &err);
    assert_memory_equal(&read, journal, sizeof(read));
    assert_true(np_bytes_equal(format(&read, again, sizeof(again)), bytes));
}

static void what_is_written_is_read_again(void **state)
{
    static const np_nordic_journal least = {.modem = "a"};
    np_nordic_journal journal = full_journal();
    (void)state;
    assert_same(&journal);
    assert_same(&least);
}

static void a_text_that_ends_early_is_none(void **state)
{
    static uint8_t text[NP_NORDIC_JOURNAL_MAX];
    static np_nordic_journal read;
    np_nordic_journal journal = full_journal();
    np_bytes bytes = format(&journal, text, sizeof(text));
    (void)state;
    for (size_t len = 0; len < bytes.len; len++) {
        assert_code(np_nordic_journal_read(np_bytes_of(text, len), &read, NULL), NP_EINPUT_FORMAT);
    }
}

static void other_texts_are_refused(void **state)
{
    static const char *const bad[] = {
        "nameplate-modem 2\nmodem a\ntag 1\nend\n",
        "nameplate-modem 1\ntag 1\nend\n",
        "nameplate-modem 1\nmodem \ntag 1\nend\n",
        "nameplate-modem 1\nmodem a\ntag x\nend\n",
        "nameplate-modem 1\nmodem a\ntag 99999999999\nend\n",
        "nameplate-modem 1\nmodem a\ntag 4294967296\nend\n",
        "nameplate-modem 1\nmodem a\ntag 1\nlocal no\nend\n",
        "nameplate-modem 1\nmodem a\ntag 1\nkey-digest AAAA\nend\n",
        "nameplate-modem 1\nmodem a\ntag 1\ncertificate =\nend\n",
        "nameplate-modem 1\nmodem a\ntag 1\nunknown 1\nend\n",
        "nameplate-modem 1\nmodem a\ntag 1\nend\nmore\n",
        "nameplate-modem 1\ntag 1\nmodem a\nend\n",
    };
    static np_nordic_journal read;
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        assert_code(np_nordic_journal_read(np_bytes_text(bad[i]), &read, NULL), NP_EINPUT_FORMAT);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_again),
        cmocka_unit_test(a_text_that_ends_early_is_none),
        cmocka_unit_test(other_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
