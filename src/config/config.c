/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config.h"

#include "base/format.h"
#include "base/wipe.h"
#include <confuse.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    OPTIONS_MAX = 64, /* of one section, with the sections inside it; a test reads every row */
    SECTIONS_MAX = 24,
    VALUE_SIZE_MAX = 512, /* of what a row's parse makes */
};

typedef struct option_table {
    const char *section;
    size_t count;
    cfg_opt_t options[OPTIONS_MAX];
} option_table;

typedef struct config_reading {
    const np_config_schema *schema;
    char *values;   /* the caller's struct */
    np_error err;   /* the first, which is the cause of those behind it */
    bool has_ended; /* the mark was met */
    size_t table_count;
    option_table tables[SECTIONS_MAX]; /* the first is that outside all sections */
} config_reading;

/*
 * libconfuse hands no pointer through to its callbacks. Each table of options has a row that no
 * text can set (it has no type), whose pointer leads to the reading's.
 */
static const char reading_row[] = "";

/*
 * The end of the file ends a section for libconfuse, and a comment, without a word. So a mark
 * stands behind the text, which no text may have: a key that belongs outside all sections.
 */
static const char end_mark[] = "\001=1";
static const char end_name[] = "\001";

static config_reading *reading_of(const cfg_t *cfg)
{
    for (const cfg_opt_t *opt = cfg->opts; opt->name != NULL; opt++) {
        if (opt->name[0] == '\0') {
            return opt->simple_value.ptr == NULL ? NULL : *opt->simple_value.ptr;
        }
    }
    return NULL;
}

static void take_error(cfg_t *cfg, const char *format, va_list list) NP_PRINTF(2, 0);

static void take_error(cfg_t *cfg, const char *format, va_list list)
{
    char text[NP_ERROR_MESSAGE_SIZE];
    config_reading *reading = reading_of(cfg);
    (void)vsnprintf(text, sizeof(text), format, list);
    if (reading != NULL && reading->err.code == NP_OK) {
        np_error_set(&reading->err, NP_EINPUT_FORMAT, "%s:%d: %s", cfg->filename, cfg->line, text);
    }
}

/* Which row a key has, and which group a section. */

/* libconfuse calls what stands outside all sections "root". */
static const char *section_of(const cfg_t *cfg)
{
    return strcmp(cfg->name, "root") == 0 ? "" : cfg->name;
}

static const np_config_key *row_of(const cfg_t *cfg, const char *name)
{
    const np_config_schema *schema = reading_of(cfg)->schema;
    for (size_t i = 0; i < schema->count; i++) {
        const np_config_key *row = &schema->rows[i];
        if (strcmp(row->section, section_of(cfg)) == 0 && strcmp(row->name, name) == 0) {
            return row;
        }
    }
    return NULL;
}

static const np_config_group *group_of(const np_config_schema *schema, const char *section)
{
    for (size_t i = 0; i < schema->group_count; i++) {
        if (strcmp(schema->groups[i].section, section) == 0) {
            return &schema->groups[i];
        }
    }
    return NULL;
}

/* Checks, while values come in. */

static int check_number(cfg_t *cfg, cfg_opt_t *opt)
{
    const np_config_key *row = row_of(cfg, opt->name);
    long value = cfg_opt_getnint(opt, cfg_opt_size(opt) - 1);
    if (value < row->min || value > row->max) {
        cfg_error(cfg, "%s takes %ld to %ld, not %ld", opt->name, row->min, row->max, value);
        return -1;
    }
    return 0;
}

static bool is_taken(const np_config_key *row, const char *text)
{
    uint64_t place[VALUE_SIZE_MAX / sizeof(uint64_t)];
    return row->parse != NULL ? row->parse(text, place) : row->check == NULL || row->check(text);
}

static int check_text(cfg_t *cfg, cfg_opt_t *opt)
{
    const np_config_key *row = row_of(cfg, opt->name);
    const char *text = cfg_opt_getnstr(opt, cfg_opt_size(opt) - 1);
    size_t len = text == NULL ? 0 : strlen(text);
    bool is_kept = row->kind == NP_CONFIG_TEXT || row->kind == NP_CONFIG_LIST;
    if (is_kept && (len == 0 || len >= row->size)) {
        cfg_error(cfg, "%s takes a text of 1 to %d bytes", opt->name, (int)row->size - 1);
        return -1;
    }
    if (!is_taken(row, text == NULL ? "" : text)) {
        cfg_error(cfg, "%s takes %s, not '%s'", row->name, row->takes, text == NULL ? "" : text);
        return -1;
    }
    if (row->kind == NP_CONFIG_LIST && cfg_opt_size(opt) > row->list_max) {
        cfg_error(cfg, "%s takes at most %d texts", opt->name, (int)row->list_max);
        return -1;
    }
    return 0;
}

/* Taking what was read. */

static void take_list(const np_config_key *row, cfg_t *cfg, char *base)
{
    size_t count = cfg == NULL ? 0 : cfg_size(cfg, row->name);
    for (size_t i = 0; i < count; i++) {
        np_format(base + row->offset + i * row->size, row->size, "%s",
                  cfg_getnstr(cfg, row->name, (unsigned)i));
    }
    memcpy(base + row->count_offset, &count, sizeof(count));
}

static void take_text(const np_config_key *row, cfg_t *cfg, char *place)
{
    const char *text = cfg == NULL ? row->preset_text : cfg_getstr(cfg, row->name);
    np_format(place, row->size, "%s", text == NULL ? "" : text);
}

/* cfg NULL: the key is not given. base: the caller's struct, or an item. */
static void take_value(const np_config_key *row, cfg_t *cfg, char *base)
{
    char *place = base + row->offset;
    unsigned number;
    bool flag;
    switch (row->kind) {
    case NP_CONFIG_LIST:
        take_list(row, cfg, base);
        break;
    case NP_CONFIG_NUMBER:
        number = (unsigned)(cfg == NULL ? row->preset : cfg_getint(cfg, row->name));
        memcpy(place, &number, sizeof(number));
        break;
    case NP_CONFIG_FLAG:
        flag = cfg == NULL ? row->preset != 0 : cfg_getbool(cfg, row->name);
        memcpy(place, &flag, sizeof(flag));
        break;
    case NP_CONFIG_OTHER:
        (void)(cfg != NULL && row->parse(cfg_getstr(cfg, row->name), place));
        break;
    case NP_CONFIG_TEXT:
    default:
        take_text(row, cfg, place);
    }
}

/* All keys of a section; cfg NULL: it is not there. */
static void take_section(config_reading *reading, cfg_t *whole, cfg_t *cfg, const char *section,
                         char *base)
{
    for (size_t i = 0; i < reading->schema->count; i++) {
        const np_config_key *row = &reading->schema->rows[i];
        if (strcmp(row->section, section) != 0) {
            continue;
        }
        bool is_given = cfg != NULL && cfg_size(cfg, row->name) > 0;
        if (!is_given && row->is_required) {
            cfg_error(cfg == NULL ? whole : cfg, "%s%s%s is missing", section,
                      section[0] == '\0' ? "" : ".", row->name);
        }
        take_value(row, is_given ? cfg : NULL, base);
    }
}

static void finish(config_reading *reading, cfg_t *cfg, np_config_finish *act, void *values)
{
    np_error err = {0};
    if (act != NULL && reading->err.code == NP_OK && act(values, &err) != NP_OK) {
        cfg_error(cfg, "%s", err.message);
    }
}

static bool take_title(const np_config_group *group, const char *title, char *item)
{
    if (group->parse_title != NULL) {
        return group->parse_title(title, item);
    }
    size_t len = strlen(title);
    bool is_name = len > 0 && len < group->title_size;
    np_format(item + group->title_offset, group->title_size, "%s", is_name ? title : "");
    return is_name;
}

static void refuse_title(cfg_t *cfg, const np_config_group *group, const char *title)
{
    if (group->parse_title != NULL) {
        cfg_error(cfg, "%s takes %s, not \"%s\"", group->section, group->title_takes, title);
    } else {
        cfg_error(cfg, "%s takes a name of 1 to %d bytes", group->section,
                  (int)group->title_size - 1);
    }
}

static bool is_within_count(cfg_t *cfg, const char *section, size_t count, size_t max)
{
    if (count > max && max == 1) {
        cfg_error(cfg, "%s is said once", section);
    } else if (count > max) {
        cfg_error(cfg, "%s is said at most %d times", section, (int)max);
    }
    return count <= max;
}

static bool take_group(config_reading *reading, const np_config_group *group, cfg_t *cfg,
                       cfg_t *section)
{
    size_t count = cfg_size(cfg, group->section);
    char *item = reading->values + group->offset + (count - 1) * group->size;
    if (group->has_title && !take_title(group, cfg_title(section), item)) {
        refuse_title(cfg, group, cfg_title(section));
        return false;
    }
    if (group->max > 1) {
        memcpy(reading->values + group->count_offset, &count, sizeof(count));
    }
    take_section(reading, cfg, section, group->section, item);
    finish(reading, cfg, group->finish, item);
    return reading->err.code == NP_OK;
}

/* When a brace has closed: the line is still its own. */
static int end_section(cfg_t *cfg, cfg_opt_t *opt)
{
    config_reading *reading = reading_of(cfg);
    const np_config_group *group = group_of(reading->schema, opt->name);
    size_t count = cfg_opt_size(opt);
    if (!is_within_count(cfg, opt->name, count, group == NULL ? 1 : group->max)) {
        return -1;
    }
    cfg_t *section = cfg_opt_getnsec(opt, (unsigned)count - 1);
    return group == NULL || take_group(reading, group, cfg, section) ? 0 : -1;
}

static int meet_end(cfg_t *cfg, cfg_opt_t *opt)
{
    (void)opt;
    config_reading *reading = reading_of(cfg);
    reading->has_ended = section_of(cfg)[0] == '\0';
    if (!reading->has_ended) {
        cfg_error(cfg, "the file ends before the last brace closes");
    }
    return reading->has_ended ? 0 : -1;
}

/* The tables of libconfuse, made of ours. */

static void add_option(option_table *table, cfg_opt_t option)
{
    if (table->count < OPTIONS_MAX - 1) { /* the last one ends the table */
        table->options[table->count++] = option;
    }
}

static option_table *table_of(config_reading *reading, const char *section)
{
    for (size_t i = 0; i < reading->table_count; i++) {
        if (strcmp(reading->tables[i].section, section) == 0) {
            return &reading->tables[i];
        }
    }
    reading->tables[reading->table_count] = (option_table){.section = section};
    return &reading->tables[reading->table_count++];
}

static cfg_opt_t option_of(const np_config_key *row)
{
    cfg_type_t type = row->kind == NP_CONFIG_NUMBER ? CFGT_INT
                      : row->kind == NP_CONFIG_FLAG ? CFGT_BOOL
                                                    : CFGT_STR;
    return (cfg_opt_t){.name = row->name,
                       .type = type,
                       .flags = CFGF_NODEFAULT | (row->kind == NP_CONFIG_LIST ? CFGF_LIST : 0),
                       .validcb = type == CFGT_INT   ? check_number
                                  : type == CFGT_STR ? check_text
                                                     : NULL};
}

static cfg_opt_t section_option(option_table *table, const np_config_group *group)
{
    bool has_title = group != NULL && group->has_title;
    return (cfg_opt_t){.name = table->section,
                       .type = CFGT_SEC,
                       .flags = CFGF_MULTI | (has_title ? CFGF_TITLE | CFGF_NO_TITLE_DUPES : 0),
                       .subopts = table->options,
                       .validcb = end_section};
}

static void fill_tables(config_reading *reading, void **pointer)
{
    const np_config_schema *schema = reading->schema;
    (void)table_of(reading, "");
    for (size_t i = 0; i < schema->count; i++) {
        add_option(table_of(reading, schema->rows[i].section), option_of(&schema->rows[i]));
    }
    for (size_t i = 1; i < reading->table_count; i++) {
        option_table *table = &reading->tables[i];
        add_option(&reading->tables[0], section_option(table, group_of(schema, table->section)));
    }
    for (size_t i = 0; i < reading->table_count; i++) {
        option_table *table = &reading->tables[i];
        add_option(table, (cfg_opt_t){.name = end_name,
                                      .type = CFGT_INT,
                                      .flags = CFGF_NODEFAULT,
                                      .validcb = meet_end});
        add_option(table, (cfg_opt_t){
                              .name = reading_row, .type = CFGT_NONE, .simple_value.ptr = pointer});
    }
}

static void take_all(config_reading *reading, cfg_t *cfg)
{
    for (size_t i = 0; i < reading->table_count; i++) {
        const char *section = reading->tables[i].section;
        if (group_of(reading->schema, section) == NULL) {
            cfg_t *from = section[0] == '\0'           ? cfg
                          : cfg_size(cfg, section) > 0 ? cfg_getsec(cfg, section)
                                                       : NULL;
            take_section(reading, cfg, from, section, reading->values);
        }
    }
    finish(reading, cfg, reading->schema->finish, reading->values);
}

static void free_cfg(cfg_t **cfg)
{
    if (*cfg != NULL) {
        cfg_free(*cfg);
    }
}

static void close_file(FILE **file)
{
    if (*file != NULL) {
        (void)fclose(*file);
    }
}

static void free_reading(config_reading **reading)
{
    free(*reading);
}

static void free_text(char **text)
{
    free(*text);
}

/* The text with the mark behind it, in a line of its own; NULL without memory. */
static char *mark_end(np_bytes text, size_t *ret_len)
{
    size_t between = text.data[text.len - 1] == '\n' ? 0 : 1;
    char *marked = malloc(text.len + between + sizeof(end_mark));
    *ret_len = text.len + between + sizeof(end_mark) - 1;
    if (marked != NULL) {
        memcpy(marked, text.data, text.len);
        marked[text.len] = '\n';
        memcpy(marked + text.len + between, end_mark, sizeof(end_mark));
    }
    return marked;
}

static void read_whole(config_reading *reading, cfg_t *cfg, FILE *file)
{
    bool is_read = cfg_parse_fp(cfg, file) == CFG_SUCCESS;
    if (!is_read || !reading->has_ended) {
        cfg_error(cfg, is_read ? "the file ends in a comment" : "this is not understood");
    } else {
        take_all(reading, cfg);
    }
}

static np_code parse(config_reading *reading, np_bytes text, const char *name, np_error *err)
{
    void *pointer = reading;
    size_t len;
    fill_tables(reading, &pointer);
    NP_CLEANUP(free_text) char *marked = mark_end(text, &len);
    NP_CLEANUP(free_cfg) cfg_t *cfg = cfg_init(reading->tables[0].options, CFGF_NONE);
    NP_CLEANUP(close_file) FILE *file = marked == NULL ? NULL : fmemopen(marked, len, "r");
    char *filename = strdup(name);
    if (cfg == NULL || file == NULL || filename == NULL) {
        free(filename);
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    cfg->filename = filename;
    cfg_set_error_function(cfg, take_error);
    read_whole(reading, cfg, file);
    np_code code = reading->err.code;
    return code == NP_OK ? NP_OK : np_error_set(err, code, "%s", reading->err.message);
}

np_code np_config_read(const np_config_schema *schema, np_bytes text, const char *name, void *ret,
                       np_error *err)
{
    memset(ret, 0, schema->size);
    if (text.len == 0 || memchr(text.data, '\0', text.len) != NULL ||
        memchr(text.data, end_mark[0], text.len) != NULL) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s:1: %s", name,
                            text.len == 0 ? "the file is empty" : "no text");
    }
    NP_CLEANUP(free_reading) config_reading *reading = calloc(1, sizeof(*reading));
    if (reading == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "out of memory");
    }
    reading->schema = schema;
    reading->values = ret;
    return parse(reading, text, name, err);
}
