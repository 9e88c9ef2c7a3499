/* SPDX-License-Identifier: Apache-2.0 */
#include "nordic/pins.h"

#include "base/text.h"

enum { UUID_LENGTH = NP_TOKEN_UUID_TEXT_SIZE - 1, POINT_LENGTH = 2 * NP_P256_POINT_SIZE };

static const char *const outcome_names[] = {"first", "undecided", "made", "kept", "broken"};

const char *np_pin_outcome_name(np_pin_outcome outcome)
{
    return outcome_names[outcome];
}

static np_bytes take_line(np_reader *reader)
{
    const uint8_t *end = memchr(reader->rest.data, '\n', reader->rest.len);
    size_t len = end == NULL ? reader->rest.len : (size_t)(end - reader->rest.data);
    np_bytes line = np_read_bytes(reader, len);
    (void)np_read_bytes(reader, reader->rest.len > 0 ? 1 : 0);
    return line;
}

static bool parse_points(np_bytes text, np_token_keys *ret)
{
    np_reader reader = np_reader_of(text);
    ret->count = 0;
    do {
        char hex[POINT_LENGTH + 1] = "";
        np_bytes digits = np_read_bytes(&reader, POINT_LENGTH);
        if (reader.failed || ret->count == NP_TOKEN_KEYS_MAX) {
            return false;
        }
        memcpy(hex, digits.data, digits.len);
        if (np_parse_hex(hex, ret->points[ret->count++], NP_P256_POINT_SIZE, NULL) != NP_OK) {
            return false;
        }
    } while (reader.rest.len > 0 && np_read_u8(&reader) == ',');
    return np_reader_is_done(&reader);
}

/* True for a line of a device: its keys are read when it is the one that is looked for. */
static bool parse_line(np_bytes line, const char *uuid, np_token_keys *ret_keys, bool *ret_is_it)
{
    np_token_keys keys;
    bool is_good =
        line.len > UUID_LENGTH && line.data[UUID_LENGTH] == ' ' &&
        parse_points(np_bytes_of(line.data + UUID_LENGTH + 1, line.len - UUID_LENGTH - 1), &keys);
    *ret_is_it = is_good && memcmp(line.data, uuid, UUID_LENGTH) == 0;
    if (*ret_is_it) {
        *ret_keys = keys;
    }
    return is_good;
}

static bool is_comment(np_bytes line)
{
    return line.len == 0 || line.data[0] == '#';
}

/* Copies all lines but the device's own, whose keys come back. */
static np_code pass_lines(np_bytes text, const char *uuid, np_token_keys *ret_keys,
                          np_writer *writer, np_error *err)
{
    np_reader reader = np_reader_of(text);
    ret_keys->count = 0;
    for (unsigned number = 1; reader.rest.len > 0; number++) {
        bool is_it = false;
        np_bytes line = take_line(&reader);
        if (!is_comment(line) && !parse_line(line, uuid, ret_keys, &is_it)) {
            return np_error_set(err, NP_EINPUT_FORMAT,
                                "line %u is no pin: a UUID, a blank, and points of 128 hex digits "
                                "with commas between them",
                                number);
        }
        if (!is_it) {
            np_write_bytes(writer, line);
            np_write_u8(writer, '\n');
        }
    }
    return NP_OK;
}

static void write_pin(np_writer *writer, const char *uuid, const np_token_keys *keys)
{
    char hex[POINT_LENGTH + 1];
    np_write_text(writer, uuid);
    for (size_t i = 0; i < keys->count; i++) {
        np_format_hex(NP_BYTES(keys->points[i]), hex);
        np_write_text(writer, i == 0 ? " " : ",");
        np_write_text(writer, hex);
    }
    np_write_u8(writer, '\n');
}

static np_pin_outcome decide(const np_token_keys *noted, const np_token_keys *left)
{
    return noted->count == 0   ? NP_PIN_FIRST
           : left->count == 0  ? NP_PIN_BROKEN
           : left->count > 1   ? NP_PIN_UNDECIDED
           : noted->count == 1 ? NP_PIN_KEPT
                               : NP_PIN_MADE;
}

np_code np_pins_update(np_bytes text, const np_token *token, np_pin_outcome *ret,
                       uint8_t ret_key[static NP_P256_POINT_SIZE], np_writer *writer, np_error *err)
{
    char uuid[NP_TOKEN_UUID_TEXT_SIZE];
    np_token_keys noted, candidates;
    if (!token->has_attestation) {
        return np_error_set(err, NP_EINPUT_MISSING,
                            "the token has no part behind the dot, so nothing to pin");
    }
    np_token_format_uuid(token->uuid, uuid);
    NP_TRY(pass_lines(text, uuid, &noted, writer, err));
    NP_TRY(np_token_candidates(token, &candidates, err));
    np_token_keys left = noted;
    np_token_keys_intersect(&left, &candidates);
    *ret = candidates.count == 0 ? NP_PIN_BROKEN : decide(&noted, &left);
    if (*ret == NP_PIN_MADE || *ret == NP_PIN_KEPT) {
        memcpy(ret_key, left.points[0], NP_P256_POINT_SIZE);
    }
    const np_token_keys *stored = *ret == NP_PIN_FIRST    ? &candidates
                                  : *ret == NP_PIN_BROKEN ? &noted
                                                          : &left;
    if (stored->count > 0) {
        write_pin(writer, uuid, stored);
    }
    return np_writer_has_room(writer) ? NP_OK
                                      : np_error_set(err, NP_EINPUT_RANGE, "the pins have no room");
}
