/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Nothing but public keys: points of 64 or 65 bytes one behind the other, or a line of hex each.
 * A unit without a name is called by its key identifier (RFC 5280 4.2.1.2), in hex.
 */
#include "base/text.h"
#include "base/utf8.h"
#include "cli/issue/input.h"
#include "crypto/hash.h"
#include <errno.h>
#include <string.h>

enum { UNCOMPRESSED = 0x04, LONG_POINT = 1 + NP_P256_POINT_SIZE };

bool cli_issue_is_point_text(np_bytes line)
{
    uint8_t point[LONG_POINT];
    char text[2 * LONG_POINT + 1] = "";
    bool is_short = line.len == 2 * NP_P256_POINT_SIZE;
    if (!is_short && line.len != 2 * LONG_POINT) {
        return false;
    }
    memcpy(text, line.data, line.len);
    return np_parse_hex(text, point, line.len / 2, NULL) == NP_OK;
}

/*
 * No text has control characters but these; one point in two thousand has none either. But then
 * it is no UTF-8, and half of its bytes are above 7f: less than one in 10^10 looks like a text in
 * an 8-bit encoding, which is refused line by line.
 */
static bool is_text(np_bytes bytes)
{
    size_t high = 0;
    bool is_utf8 = false;
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t byte = bytes.data[i];
        if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') {
            return false;
        }
        high += byte > 0x7f ? 1 : 0;
    }
    for (size_t cut = 0; cut < 4; cut++) { /* the last character may be incomplete */
        is_utf8 = is_utf8 || np_is_utf8(np_bytes_of(bytes.data, bytes.len - cut));
    }
    return is_utf8 || high < bytes.len / 4;
}

size_t cli_issue_point_size(np_bytes beginning, uint64_t file_size)
{
    if (beginning.len < NP_P256_POINT_SIZE) {
        return 0;
    }
    bool is_long = beginning.data[0] == UNCOMPRESSED && file_size % LONG_POINT == 0;
    if (is_text(np_bytes_of(beginning.data, NP_P256_POINT_SIZE))) {
        return 0;
    }
    return is_long ? LONG_POINT : NP_P256_POINT_SIZE;
}

static void take_point(cli_issue_input *input, np_issue_unit *unit, const uint8_t *bytes,
                       size_t size)
{
    uint8_t whole[LONG_POINT] = {UNCOMPRESSED};
    uint8_t id[NP_SHA1_SIZE];
    static const char digits[] = "0123456789abcdef";
    cli_issue_row_begin(input, unit);
    if (size == LONG_POINT && bytes[0] != UNCOMPRESSED) {
        np_issue_refuse(unit, "the point does not begin with 04");
        return;
    }
    memcpy(whole + 1, bytes + size - NP_P256_POINT_SIZE, NP_P256_POINT_SIZE);
    memcpy(unit->public_key, whole + 1, NP_P256_POINT_SIZE);
    np_sha1(NP_BYTES(whole), id);
    for (size_t i = 0; i < sizeof(id); i++) {
        unit->serial[unit->serial_len++] = (uint8_t)digits[id[i] >> 4];
        unit->serial[unit->serial_len++] = (uint8_t)digits[id[i] & 15];
    }
    input->row.has_key = true;
    cli_issue_row_end(input);
}

np_code cli_issue_next_of_points(cli_issue_input *input, np_issue_unit *ret, bool *ret_is_end,
                                 np_error *err)
{
    uint8_t point[LONG_POINT];
    errno = 0;
    size_t count = fread(point, 1, input->point_size, input->file);
    *ret_is_end = count == 0;
    if (ferror(input->file)) {
        return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: cannot be read: %s", input->path,
                                strerror(errno));
    }
    input->line_number++;
    input->taken += count;
    if (count == input->point_size) {
        take_point(input, ret, point, count);
    } else if (count > 0) {
        cli_issue_row_begin(input, ret);
        np_issue_refuse(ret, "the file ends in the middle of a point of %zu bytes",
                        input->point_size);
    }
    return NP_OK;
}

np_code cli_issue_next_of_point_lines(cli_issue_input *input, np_issue_unit *ret, bool *ret_is_end,
                                      np_error *err)
{
    np_bytes line = {NULL, 0};
    uint8_t point[LONG_POINT];
    char text[2 * LONG_POINT + 1] = "";
    NP_TRY(cli_issue_take_row(input, &line, ret_is_end, err));
    if (*ret_is_end) {
        return NP_OK;
    }
    if (!cli_issue_is_point_text(line)) {
        cli_issue_row_begin(input, ret);
        np_issue_refuse(ret, "the line is not 128 or 130 hex digits");
        return NP_OK;
    }
    memcpy(text, line.data, line.len);
    NP_TRY(np_parse_hex(text, point, line.len / 2, err));
    take_point(input, ret, point, line.len / 2);
    return NP_OK;
}
