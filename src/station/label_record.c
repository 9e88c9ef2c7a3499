/* SPDX-License-Identifier: Apache-2.0 */
/* Facts of a unit, as its line in the record has them. */
#include "station/label.h"

#include "record/json.h"

enum { ATTRIBUTES_MAX = 64 };

/* Canonical JSON has these escapes and no others (record/json.h). */
static void write_escape(np_reader *reader, np_writer *writer)
{
    static const char letters[] = "btnfr";
    static const char values[] = "\b\t\n\f\r";
    uint8_t letter = np_read_u8(reader);
    const char *found = memchr(letters, letter, sizeof(letters) - 1);
    if (letter == 'u') {
        np_bytes digits = np_read_bytes(reader, 4); /* 00 and two digits below 20 */
        uint8_t low = digits.len == 4 ? digits.data[3] : '0';
        unsigned high = digits.len == 4 && digits.data[2] == '1' ? 16 : 0;
        np_write_u8(writer, (uint8_t)(high + (unsigned)(low <= '9' ? low - '0' : low - 'a' + 10)));
    } else {
        np_write_u8(writer, found == NULL ? letter : (uint8_t)values[found - letters]);
    }
}

static bool write_value(np_bytes value, np_writer *writer)
{
    np_bytes text;
    uint64_t number;
    if (record_json_number(value, &number)) {
        np_write_bytes(writer, value);
        return true;
    }
    if (!record_json_string(value, &text)) {
        return false;
    }
    np_reader reader = np_reader_of(text);
    while (reader.rest.len > 0) {
        uint8_t byte = np_read_u8(&reader);
        if (byte == '\\') {
            write_escape(&reader, writer);
        } else {
            np_write_u8(writer, byte);
        }
    }
    return true;
}

static bool find_in(const record_json_member *members, size_t count, np_bytes name,
                    np_writer *writer)
{
    for (size_t i = 0; i < count; i++) {
        if (np_bytes_equal(members[i].name, name)) {
            return write_value(members[i].value, writer);
        }
    }
    return false;
}

static bool find(void *self, np_bytes name, np_writer *writer)
{
    static const char prefix[] = "attributes.";
    const np_record_line *line = self;
    size_t len = sizeof(prefix) - 1;
    if (name.len <= len || memcmp(name.data, prefix, len) != 0) {
        return find_in(line->members, line->member_count, name, writer);
    }
    record_json_member attributes[ATTRIBUTES_MAX];
    size_t count;
    return record_json_members(np_record_line_value(line, "attributes"), attributes, ATTRIBUTES_MAX,
                               &count) &&
           find_in(attributes, count, np_bytes_of(name.data + len, name.len - len), writer);
}

np_label_facts np_label_facts_of_line(np_record_line *line)
{
    return (np_label_facts){.find = find, .self = line};
}
