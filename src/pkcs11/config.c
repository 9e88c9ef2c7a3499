/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/config.h"

#include <stddef.h>

typedef enum config_kind { CONFIG_TEXT, CONFIG_BOOL, CONFIG_NUMBER } config_kind;

/* A key, where it may stand, and where its value goes. */
typedef struct config_key {
    const char *name;
    bool is_of_chip;
    config_kind kind;
    size_t offset;
    size_t size;
} config_key;

static const config_key keys[] = {
    {"log", false, CONFIG_TEXT, offsetof(config, log), sizeof(((config *)0)->log)},
    {"cache", false, CONFIG_TEXT, offsetof(config, cache), sizeof(((config *)0)->cache)},
    {"lock-wait-ms", false, CONFIG_NUMBER, offsetof(config, lock_wait_ms), CONFIG_LOCK_WAIT_MAX},
    {"strict", false, CONFIG_BOOL, offsetof(config, is_strict), 0},
    {"uri", true, CONFIG_TEXT, offsetof(config_chip, uri), sizeof(((config_chip *)0)->uri)},
    {"label", true, CONFIG_TEXT, offsetof(config_chip, label), sizeof(((config_chip *)0)->label)},
    {"pin", true, CONFIG_TEXT, offsetof(config_chip, pin), sizeof(((config_chip *)0)->pin)},
    {"auxiliary", true, CONFIG_BOOL, offsetof(config_chip, has_auxiliary), 0},
};

void config_init(config *ret)
{
    *ret = (config){.lock_wait_ms = CONFIG_LOCK_WAIT_MS};
}

void config_clear(config *settings)
{
    np_wipe(settings, sizeof(*settings));
}

typedef struct config_reader {
    config *settings;
    config_chip *chip; /* of the section that is being read; NULL before the first */
    unsigned line;
    unsigned seen; /* a bit for each key of this section */
} config_reader;

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

static np_bytes trim(np_bytes text)
{
    while (text.len > 0 && is_blank(text.data[0])) {
        text = np_bytes_of(text.data + 1, text.len - 1);
    }
    while (text.len > 0 && is_blank(text.data[text.len - 1])) {
        text.len--;
    }
    return text;
}

static bool is_text(np_bytes bytes, const char *text)
{
    return np_bytes_equal(bytes, np_bytes_text(text));
}

/* Values are shown in no message: one of them is a PIN. */
static np_code take_text(const config_reader *reader, const config_key *key, np_bytes value,
                         char *ret, np_error *err)
{
    if (value.len == 0) {
        return np_error_set(err, NP_EINPUT_FORMAT, "line %u: %s has no value", reader->line,
                            key->name);
    }
    if (value.len >= key->size) {
        return np_error_set(err, NP_EINPUT_RANGE, "line %u: %s is longer than %zu bytes",
                            reader->line, key->name, key->size - 1);
    }
    memcpy(ret, value.data, value.len);
    ret[value.len] = '\0';
    return NP_OK;
}

static np_code take_bool(const config_reader *reader, const config_key *key, np_bytes value,
                         bool *ret, np_error *err)
{
    *ret = is_text(value, "yes");
    if (*ret || is_text(value, "no")) {
        return NP_OK;
    }
    return np_error_set(err, NP_EINPUT_FORMAT, "line %u: %s is yes or no", reader->line, key->name);
}

static np_code take_number(const config_reader *reader, const config_key *key, np_bytes value,
                           unsigned *ret, np_error *err)
{
    unsigned number = 0;
    bool is_good = value.len > 0;
    for (size_t i = 0; i < value.len && is_good; i++) {
        is_good = value.data[i] >= '0' && value.data[i] <= '9';
        number = number * 10 + (unsigned)(value.data[i] - '0');
        is_good = is_good && number <= key->size;
    }
    if (!is_good) {
        return np_error_set(err, NP_EINPUT_RANGE, "line %u: %s is a number up to %zu", reader->line,
                            key->name, key->size);
    }
    *ret = number;
    return NP_OK;
}

static np_code take_value(const config_reader *reader, const config_key *key, np_bytes value,
                          np_error *err)
{
    uint8_t *base = key->is_of_chip ? (uint8_t *)reader->chip : (uint8_t *)reader->settings;
    void *place = base + key->offset;
    switch (key->kind) {
    case CONFIG_TEXT:
        return take_text(reader, key, value, place, err);
    case CONFIG_BOOL:
        return take_bool(reader, key, value, place, err);
    case CONFIG_NUMBER:
        break;
    }
    return take_number(reader, key, value, place, err);
}

static np_code take_pair(config_reader *reader, np_bytes name, np_bytes value, np_error *err)
{
    for (size_t i = 0; i < NP_COUNT_OF(keys); i++) {
        if (!is_text(name, keys[i].name) || keys[i].is_of_chip != (reader->chip != NULL)) {
            continue;
        }
        if (reader->seen & 1U << i) {
            return np_error_set(err, NP_EINPUT_FORMAT, "line %u: %s stands there twice",
                                reader->line, keys[i].name);
        }
        reader->seen |= 1U << i;
        return take_value(reader, &keys[i], value, err);
    }
    return np_error_set(err, NP_EINPUT_FORMAT, "line %u: unknown key %s", reader->line,
                        reader->chip != NULL ? "of a chip" : "before the first [chip]");
}

static np_code end_section(const config_reader *reader, np_error *err)
{
    if (reader->chip != NULL && reader->chip->uri[0] == '\0') {
        return np_error_set(err, NP_EINPUT_MISSING, "line %u: the chip has no uri",
                            reader->chip->line);
    }
    size_t room = CONFIG_LABEL_SIZE - sizeof(CONFIG_AUXILIARY_END);
    if (reader->chip != NULL && reader->chip->has_auxiliary && strlen(reader->chip->label) > room) {
        return np_error_set(err, NP_EINPUT_RANGE,
                            "line %u: with auxiliary a label has %zu bytes at most",
                            reader->chip->line, room);
    }
    return NP_OK;
}

static np_code begin_section(config_reader *reader, np_bytes text, np_error *err)
{
    NP_TRY(end_section(reader, err));
    if (!is_text(text, "[chip]")) {
        return np_error_set(err, NP_EINPUT_FORMAT, "line %u: the only section is [chip]",
                            reader->line);
    }
    if (reader->settings->chip_count == CONFIG_CHIPS_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "line %u: more than %d chips", reader->line,
                            CONFIG_CHIPS_MAX);
    }
    reader->chip = &reader->settings->chips[reader->settings->chip_count++];
    *reader->chip = (config_chip){.line = reader->line};
    reader->seen = 0;
    return NP_OK;
}

static np_code take_line(config_reader *reader, np_bytes line, np_error *err)
{
    line = trim(line);
    if (line.len == 0 || line.data[0] == '#') {
        return NP_OK;
    }
    if (line.data[0] == '[') {
        return begin_section(reader, line, err);
    }
    const uint8_t *sign = memchr(line.data, '=', line.len);
    if (sign == NULL || memchr(line.data, '\0', line.len) != NULL) {
        return np_error_set(err, NP_EINPUT_FORMAT, "line %u: neither key = value nor [chip]",
                            reader->line);
    }
    size_t name_len = (size_t)(sign - line.data);
    return take_pair(reader, trim(np_bytes_of(line.data, name_len)),
                     trim(np_bytes_of(sign + 1, line.len - name_len - 1)), err);
}

np_code config_parse(np_bytes text, config *settings, np_error *err)
{
    config_reader reader = {.settings = settings};
    if (text.len > CONFIG_TEXT_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "larger than %d bytes", CONFIG_TEXT_MAX);
    }
    while (text.len > 0) {
        const uint8_t *feed = memchr(text.data, '\n', text.len);
        size_t len = feed == NULL ? text.len : (size_t)(feed - text.data);
        reader.line++;
        NP_TRY(take_line(&reader, np_bytes_of(text.data, len), err));
        len += feed == NULL ? 0 : 1;
        text = np_bytes_of(text.data + len, text.len - len);
    }
    return end_section(&reader, err);
}
