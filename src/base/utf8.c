/* SPDX-License-Identifier: Apache-2.0 */
#include "base/utf8.h"

enum { CONTINUATION_MASK = 0xc0, CONTINUATION = 0x80, LATIN1_LAST_LEAD = 0xc3 };

/* Length of the UTF-8 sequence that this byte begins; 0: none. */
static size_t sequence_length(uint8_t first)
{
    if (first < 0x80) {
        return 1;
    }
    if (first >= 0xc2 && first <= 0xdf) {
        return 2;
    }
    if (first >= 0xe0 && first <= 0xef) {
        return 3;
    }
    return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

/* The second byte's narrower range after E0, ED, F0 and F4 (RFC 3629). */
static bool is_second_good(uint8_t first, uint8_t second)
{
    switch (first) {
    case 0xe0:
        return second >= 0xa0;
    case 0xed:
        return second <= 0x9f;
    case 0xf0:
        return second >= 0x90;
    case 0xf4:
        return second <= 0x8f;
    default:
        return true;
    }
}

static bool is_sequence(np_bytes text, size_t length)
{
    if (length == 0 || length > text.len) {
        return false;
    }
    for (size_t i = 1; i < length; i++) {
        if ((text.data[i] & CONTINUATION_MASK) != CONTINUATION) {
            return false;
        }
    }
    return length == 1 || is_second_good(text.data[0], text.data[1]);
}

/* Bytes of leading ASCII, eight at a time: nearly all of most texts. */
static size_t count_ascii_words(np_bytes text)
{
    uint64_t word;
    size_t len = 0;
    for (; text.len - len >= sizeof(word); len += sizeof(word)) {
        memcpy(&word, text.data + len, sizeof(word));
        if ((word & UINT64_C(0x8080808080808080)) != 0) {
            break;
        }
    }
    return len;
}

bool np_utf8_count(np_bytes text, size_t *ret_characters)
{
    *ret_characters = 0;
    while (text.len > 0) {
        size_t ascii = count_ascii_words(text);
        text = np_bytes_of(text.data + ascii, text.len - ascii);
        *ret_characters += ascii;
        if (text.len == 0) {
            return true;
        }
        size_t length = sequence_length(text.data[0]);
        if (!is_sequence(text, length)) {
            return false;
        }
        text = np_bytes_of(text.data + length, text.len - length);
        (*ret_characters)++;
    }
    return true;
}

bool np_utf8_to_latin1(np_bytes text, np_writer *writer)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t lead = text.data[i];
        if (lead > LATIN1_LAST_LEAD) {
            return false;
        }
        if (lead >= 0x80) {
            i++;
            lead = (uint8_t)(lead << 6 | (text.data[i] & 0x3f));
        }
        np_write_u8(writer, lead);
    }
    return true;
}

void np_latin1_to_utf8(np_bytes text, np_writer *writer)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t character = text.data[i];
        if (character >= 0x80) {
            np_write_u8(writer, (uint8_t)(0xc0 | character >> 6));
            character = (uint8_t)(0x80 | (character & 0x3f));
        }
        np_write_u8(writer, character);
    }
}
