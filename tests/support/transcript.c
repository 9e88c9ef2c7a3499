/* SPDX-License-Identifier: Apache-2.0 */
#include "support/transcript.h"

#include "support/test.h"
#include "support/vectors.h"

const char *const transcript_names[] = {
    "claim_flows",    "head_at",     "head_at_shell", "head_auto_at",     "head_auto_shell",
    "head_imei",      "head_keyerr", "head_local",    "head_mfw_131",     "head_nrfcred",
    "head_nullparam", "head_tls",    "head_writeerr", "nrfcredstore_cli", "old_2022-04",
    "old_2023-01",    "old_2025-02",
};
const size_t transcript_count = NP_COUNT_OF(transcript_names);

void transcript_open(transcript *ret, const char *name)
{
    char path[128];
    snprintf(path, sizeof(path), "nrf/transcripts/%s.txt", name);
    size_t len = 0;
    uint8_t *file = vector_load(path, &len);
    assert_true(len <= sizeof(ret->file));
    memcpy(ret->file, file, len);
    free(file);
    ret->rest = np_bytes_of(ret->file, len);
}

static uint8_t hex_digit(uint8_t digit)
{
    return (uint8_t)(digit <= '9' ? digit - '0' : digit - 'a' + 10);
}

/* What stands behind a backslash. */
static uint8_t take_escaped(np_reader *text)
{
    uint8_t letter = np_read_u8(text);
    if (letter == 'x') {
        uint8_t high = hex_digit(np_read_u8(text));
        return (uint8_t)(high << 4 | hex_digit(np_read_u8(text)));
    }
    return letter == 'r' ? '\r' : letter == 'n' ? '\n' : letter == 't' ? '\t' : letter;
}

bool transcript_is_next(const transcript *on, char direction)
{
    return on->rest.len > 0 && on->rest.data[0] == (uint8_t)direction;
}

bool transcript_next(transcript *on, char *ret_direction, np_bytes *ret_bytes)
{
    const uint8_t *end = on->rest.len == 0 ? NULL : memchr(on->rest.data, '\n', on->rest.len);
    np_writer writer = np_writer_of(on->bytes, sizeof(on->bytes));
    if (end == NULL) {
        return false;
    }
    np_reader line = np_reader_of(np_bytes_of(on->rest.data, (size_t)(end - on->rest.data)));
    on->rest = np_bytes_of(end + 1, on->rest.len - line.rest.len - 1);
    *ret_direction = (char)np_read_u8(&line);
    assert_int_equal(np_read_u8(&line), ' ');
    uint8_t quote = np_read_u8(&line);
    for (uint8_t byte; (byte = np_read_u8(&line)) != quote;) {
        assert_false(line.failed);
        np_write_u8(&writer, byte == '\\' ? take_escaped(&line) : byte);
    }
    *ret_bytes = np_writer_bytes(&writer);
    return true;
}
