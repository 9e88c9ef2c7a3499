/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is stuck on a unit: texts and QR codes, placed by a template, filled from facts about the
 * unit, as SVG or PNG for printers of the office, and as ZPL for those of a line. And the question
 * of a scanner that reads it again: is this the label that was printed, and if not, why not.
 *
 * Pure: template, facts and scans are handed in, and a label is bytes. (A font is a file: FreeType
 * reads it while a PNG is made.) A template is text, one statement a line, lengths in millimetres
 * from the upper left corner:
 *
 *     size WIDTH HEIGHT
 *     resolution DPI                 of the printer
 *     font FILE                      for PNG: TrueType or OpenType
 *     qr X Y EDGE LEVEL PATTERN      LEVEL: L, M, Q or H
 *     text X Y HEIGHT PATTERN
 *
 * A pattern is the rest of its line. {name} stands for a fact, {name:N} for its first N characters,
 * {name?} for a fact that may be missing; {{ and }} for the braces themselves.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"
#include "record/line.h"

enum {
    NP_LABEL_ITEMS_MAX = 24,
    NP_LABEL_TEXT_SIZE = 1024, /* of a filled pattern, with its NUL; a code of level H holds 1273 */
    NP_LABEL_FONT_SIZE = 256,  /* of a path */
    NP_LABEL_EDGE_MAX_UM = 300000, /* of a label: no printer of labels is wider */
    NP_LABEL_DPI_MIN = 100,
    NP_LABEL_DPI_MAX = 1200,
    NP_LABEL_PATTERN_DEPTH = 16, /* facts in one pattern */
    NP_LABEL_NAME_SIZE = 64,     /* of a fact */
    NP_LABEL_MODULES_MAX = 177,  /* of a code's edge (ISO/IEC 18004, version 40) */
    NP_LABEL_DOTS_MIN = 2,       /* of a module's edge, or no scanner reads it */
};

typedef enum np_label_kind { NP_LABEL_TEXT, NP_LABEL_QR } np_label_kind;

/* A statement of the template. Lengths in micrometres. */
typedef struct np_label_item {
    np_label_kind kind;
    unsigned x_um, y_um, size_um; /* size: edge of a code, height of a text's line */
    char level;                   /* of a code */
    np_bytes pattern;
    unsigned line; /* of the template, from 1 */
} np_label_item;

typedef struct np_label_template {
    unsigned width_um, height_um;
    unsigned dpi;
    char font[NP_LABEL_FONT_SIZE];
    np_label_item items[NP_LABEL_ITEMS_MAX];
    size_t count;
} np_label_template;

/*
 * name is that of the file, for messages. Patterns are slices of the text, which must outlive the
 * template and its labels. NP_EINPUT_FORMAT, NP_EINPUT_RANGE, with the line.
 */
NP_MUST_USE np_code np_label_template_parse(np_bytes text, const char *name, np_label_template *ret,
                                            np_error *err);

/* Where facts come from: writes the value, UTF-8, or says false when there is no such fact. */
typedef struct np_label_facts {
    bool (*find)(void *self, np_bytes name, np_writer *value);
    void *self;
} np_label_facts;

/*
 * The facts of a unit's line: every member that is a text or a number, by its name in records, and
 * attributes.NAME. The line must outlive the facts.
 */
np_label_facts np_label_facts_of_line(np_record_line *line);

/* An item with its facts. */
typedef struct np_label_mark {
    const np_label_item *item;
    char text[NP_LABEL_TEXT_SIZE];
    unsigned modules;     /* of a code's edge */
    uint8_t *is_dark;     /* heap: modules * modules, rows from above, 1 is dark */
    unsigned module_dots; /* dots of the printer that a module's edge has */
} np_label_mark;

typedef struct np_label {
    const np_label_template *template;
    np_label_mark marks[NP_LABEL_ITEMS_MAX];
    size_t count;
} np_label;

/*
 * NP_EINPUT_MISSING for a fact that is not there, NP_EINPUT_RANGE for a text or code that does not
 * fit, NP_EINPUT_FORMAT for a text with control characters, NP_ESTATION_MEMORY. Free it with
 * np_label_free, whatever comes back; it is large, and keeps a pointer to its template.
 */
NP_MUST_USE np_code np_label_fill(const np_label_template *template, const np_label_facts *facts,
                                  np_label *ret, np_error *err);
void np_label_free(np_label *label);

typedef enum np_label_format {
    NP_LABEL_SVG,
    NP_LABEL_PNG,
    NP_LABEL_ZPL,
    NP_LABEL_FORMAT_COUNT
} np_label_format;

/* "svg", "png", "zpl"; also the ending of files. NULL beyond the last. */
const char *np_label_format_name(np_label_format format);
bool np_label_format_find(const char *name, np_label_format *ret);

/*
 * The caller frees *ret. SVG: one element with the size in millimetres. PNG: black on white, one
 * bit a dot, with the resolution in it; NP_EINPUT_MISSING without a font where there is text, or
 * when the font lacks a character; NP_EINPUT_RANGE for a text wider than the label. ZPL II: one
 * format, ASCII alone, UTF-8 (^CI28) as hex (^FH).
 */
NP_MUST_USE np_code np_label_format_bytes(const np_label *label, np_label_format format,
                                          uint8_t **ret, size_t *ret_len, np_error *err);

/* What a scanner's text is, compared with the first code of the label. */
typedef enum np_label_verdict {
    NP_LABEL_SAME,
    NP_LABEL_NOTHING,    /* no text came */
    NP_LABEL_CUT,        /* the beginning alone */
    NP_LABEL_MORE,       /* something behind it */
    NP_LABEL_CAPITALS,   /* other capitals: Caps Lock, or a scanner that changes them */
    NP_LABEL_ENCODING,   /* the scanner has taken UTF-8 for Latin-1 */
    NP_LABEL_KEYBOARD,   /* the scanner types for another layout of keyboards */
    NP_LABEL_OTHER_UNIT, /* the same template, other facts */
    NP_LABEL_OTHER,
    NP_LABEL_VERDICT_COUNT
} np_label_verdict;

typedef struct np_label_scan {
    np_label_verdict verdict;
    char fact[NP_LABEL_NAME_SIZE];    /* other unit: which fact differs, first of all, */
    char printed[NP_LABEL_TEXT_SIZE]; /* what it is on this label, */
    char scanned[NP_LABEL_TEXT_SIZE]; /* and on that which was scanned */
} np_label_scan;

/*
 * Line ends and tabs around it, which scanners append, and the prefix of a symbology (]Q1) are not
 * counted. NP_EINPUT_MISSING when the label has no code.
 */
NP_MUST_USE np_code np_label_check(const np_label *label, np_bytes scanned, np_label_scan *ret,
                                   np_error *err);

/* The same with the code's text alone, and the pattern that it was made of: a slice of a template.
 */
void np_label_check_text(np_bytes pattern, np_bytes printed, np_bytes scanned, np_label_scan *ret);

/* The pattern of the first code, which is what scanners read; empty: there is none. */
np_bytes np_label_code_pattern(const np_label_template *template);

/* Its text; empty: there is none. */
const char *np_label_code_text(const np_label *label);

/* What a scanner adds around a text is taken away, as the checks do. */
np_bytes np_label_strip(np_bytes scanned);

/* Stable name for JSON, and a sentence with what to do. */
const char *np_label_verdict_name(np_label_verdict verdict);
const char *np_label_verdict_text(np_label_verdict verdict);
