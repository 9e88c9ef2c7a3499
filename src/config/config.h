/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Configuration files, read by a table: libconfuse's syntax, one row a key. A row says where the
 * key stands, what it takes, what holds when it is missing, and to which member of the caller's
 * struct it goes. From the rows come the reading, every check and every message with file and line;
 * manuals, `nameplate init` and tests read the same rows. The room knows nobody's keys and opens no
 * file: the text is handed in.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

typedef enum np_config_kind {
    NP_CONFIG_TEXT,   /* char[size] with its NUL; preset_text, or empty */
    NP_CONFIG_NUMBER, /* unsigned; preset, min, max */
    NP_CONFIG_FLAG,   /* bool; preset */
    NP_CONFIG_OTHER,  /* what parse makes of a text; zero when it is missing */
    NP_CONFIG_LIST,   /* char[list_max][size], and a size_t at count_offset */
} np_config_kind;

typedef struct np_config_key {
    const char *section; /* "" outside all sections */
    const char *name;
    const char *example; /* a value as it stands in a file, which is one that is taken */
    const char *what;    /* one line for people */
    bool is_required;
    np_config_kind kind;
    size_t offset; /* in the caller's struct, or in the item of a group */
    size_t size;
    long preset, min, max;
    const char *preset_text;
    size_t list_max, count_offset;
    bool (*check)(const char *text);              /* of a text, or of one of a list; NULL: any */
    bool (*parse)(const char *text, void *place); /* of another kind */
    const char *takes;                            /* what check and parse want, for people */
} np_config_key;

/* Finds what no single key can tell, and makes of the values what the caller needs. The message
 * needs neither file nor line. */
typedef np_code np_config_finish(void *values, np_error *err);

/* A section whose keys go to a struct of their own. Other sections are names before keys. */
typedef struct np_config_group {
    const char *section;
    bool has_title;      /* between name and brace; no two groups of a section have the same */
    size_t offset;       /* of the items, in the caller's struct */
    size_t size, max;    /* of one item; of items */
    size_t count_offset; /* of a size_t in the caller's struct; unused where max is 1 */
    size_t title_offset, title_size;               /* char[], where a title is a name */
    bool (*parse_title)(const char *text, void *); /* else into the item; NULL: it is a name */
    const char *title_takes;
    np_config_finish *finish; /* NULL: nothing is to be done */
} np_config_group;

typedef struct np_config_schema {
    const np_config_key *rows; /* by sections, in the order in which people read them */
    size_t count;
    const np_config_group *groups;
    size_t group_count;
    size_t size; /* of the caller's struct */
    np_config_finish *finish;
} np_config_schema;

/*
 * Zeros the caller's struct and fills it. name is that of the file, for messages.
 * NP_EINPUT_FORMAT with "NAME:LINE: " in front, NP_ESTATION_MEMORY.
 */
NP_MUST_USE np_code np_config_read(const np_config_schema *schema, np_bytes text, const char *name,
                                   void *ret, np_error *err);
