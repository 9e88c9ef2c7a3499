/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"
#include "cli/init/init.h"

static void print(np_writer *writer, const char *format, ...) NP_PRINTF(2, 3);

static void print(np_writer *writer, const char *format, ...)
{
    char text[NP_STATION_TEXT_SIZE + 64];
    va_list list;
    va_start(list, format);
    np_format_list(text, sizeof(text), format, list);
    va_end(list);
    np_write_text(writer, text);
}

/* The keys of a first line, by the texts that stand in the file; product and serial come later. */
static const struct {
    const char *section;
    const char *name;
    const char *value;
} settings[] = {
    {"", "name", "\"" INIT_STATION "\""},
    {"", "key", "\"" INIT_STATION ".key\""},
    {"", "record", "\"" INIT_RECORD "\""},
    {"signer", "certificate", "\"" INIT_SIGNER ".cert\""},
    {"signer", "key", "\"" INIT_SIGNER ".key\""},
    {"authorization", "file", "\"" INIT_AUTHORIZATION "\""},
    {"authorization", "authority", "\"" INIT_AUTHORITY ".pub\""},
    {"authorization", "registry", "\"sqlite:line.db\""},
    {"product", "label", "\"" INIT_LABEL "\""},
    {"product", "label_output", "\"" INIT_LABELS "\""},
};

static bool is_key(const np_config_key *key, const char *section, const char *name)
{
    return strcmp(key->section, section) == 0 && strcmp(key->name, name) == 0;
}

/* How the line has it; false when it keeps the default. */
static bool value_of(const init_line *line, const np_config_key *key, char *ret, size_t size)
{
    if (is_key(key, "product", "name")) {
        np_format(ret, size, "\"%s\"", line->product);
        return true;
    }
    if (is_key(key, "product", "serial")) {
        np_format(ret, size, "\"%s\"", line->serial);
        return true;
    }
    for (size_t i = 0; i < NP_COUNT_OF(settings); i++) {
        if (is_key(key, settings[i].section, settings[i].name)) {
            np_format(ret, size, "%s", settings[i].value);
            return true;
        }
    }
    return false;
}

static bool is_section_set(const init_line *line, const char *section)
{
    char value[NP_STATION_TEXT_SIZE];
    for (size_t i = 0; i < np_station_keys.count; i++) {
        const np_config_key *key = &np_station_keys.rows[i];
        if (strcmp(key->section, section) == 0 && value_of(line, key, value, sizeof(value))) {
            return true;
        }
    }
    return false;
}

static void write_key(const init_line *line, const np_config_key *key, np_writer *writer)
{
    char value[NP_STATION_TEXT_SIZE];
    const char *indent = key->section[0] == '\0' ? "" : "    ";
    bool is_set = value_of(line, key, value, sizeof(value));
    print(writer, "%s# %s\n%s%s%s = %s\n", indent, key->what, indent, is_set ? "" : "#", key->name,
          is_set ? value : key->example);
}

static void write_bay(const init_line *line, unsigned number, np_writer *writer)
{
    print(writer, "\nbay \"%u\" {\n", number);
    if (line->is_virtual) {
        print(writer, "    chip = \"virtual:bay%u.chip\"\n}\n", number);
    } else {
        print(writer, "    chip = \"i2c:/dev/i2c-%u\"\n}\n", number);
    }
}

void init_write_config(const init_line *line, np_writer *writer)
{
    const char *section = "";
    bool is_set = true;
    print(writer,
          "# A production line: nameplate station run --config %s\n"
          "# Every key stands here. What is commented out shows an example; the line above "
          "tells what it is for.\n"
          "# As a service: this file as /etc/nameplate/station.conf, what it names in "
          "/var/lib/nameplate-station; systemctl enable --now nameplate-station.\n"
          "# Driven by a test executive in C or Python: man nameplate_station.\n\n",
          INIT_CONFIG);
    for (size_t i = 0; i < np_station_keys.count; i++) {
        const np_config_key *key = &np_station_keys.rows[i];
        if (strcmp(key->section, "bay") == 0) {
            break; /* they come last, each by itself */
        }
        if (strcmp(key->section, section) != 0) {
            print(writer, "%s\n%s%s {\n",
                  section[0] == '\0' ? ""
                  : is_set           ? "}\n"
                                     : "#}\n",
                  is_section_set(line, key->section) ? "" : "#", key->section);
            section = key->section;
            is_set = is_section_set(line, section);
        }
        write_key(line, key, writer);
    }
    print(writer, "%s", is_set ? "}\n" : "#}\n");
    print(writer, "\n# places for units: each has a chip, or a modem, or both\n");
    for (unsigned i = 1; i <= line->bays; i++) {
        write_bay(line, i, writer);
    }
}

void init_write_label(const init_line *line, np_writer *writer)
{
    np_write_text(writer, "# What is printed for each unit: man nameplate-station, LABELS.\n"
                          "# Millimetres from the upper left corner.\n"
                          "size 50 25\nresolution 203\n"
                          "# for PNG alone\n"
                          "font /usr/share/fonts/truetype/dejavu/DejaVuSans.ttf\n"
                          "qr 2 2 21 M {serial} {cert_sha256:16}\n");
    print(writer, "text 25 3 3 %s\n", line->product);
    np_write_text(writer, "text 25 9 3 {serial}\n"
                          "text 25 15 1.7 {uid?}\n"
                          "text 25 19 2 {finished:10?}\n");
}
