/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A line of a record, taken apart into slices of itself. There are three kinds: the header, which
 * is the first line and no other, units, and trailers.
 */
#pragma once

#include "base/error.h"
#include "record/json.h"
#include "record/merkle.h"

enum {
    NP_RECORD_LINE_MAX = 16384, /* with its line feed (specs of factory 5.1) */
    NP_RECORD_MEMBERS_MAX = 64, /* in one line: those of specs of factory 5.1 and as many again */
    NP_RECORD_VERSION = 1,
};

typedef enum np_record_kind {
    NP_RECORD_HEADER,
    NP_RECORD_UNIT,
    NP_RECORD_TRAILER,
    NP_RECORD_KIND_COUNT
} np_record_kind;

typedef struct np_record_line {
    np_bytes text; /* without its line feed */
    np_record_kind kind;
    uint64_t seq;
    np_record_hash prev;
    np_record_hash hash; /* SHA-256 of the text: what the next line's prev must be */
    record_json_member members[NP_RECORD_MEMBERS_MAX];
    size_t member_count;
} np_record_line;

/* NP_EINPUT_FORMAT says what is not as it should be. Slices point into the text. */
NP_MUST_USE np_code np_record_line_parse(np_bytes text, np_record_line *ret, np_error *err);

/* The value of a member as it is written; empty when the line has no such member. */
np_bytes np_record_line_value(const np_record_line *line, const char *name);

/* What stands between the quotes, escapes as they are; empty when there is no such string. */
np_bytes np_record_line_text(const np_record_line *line, const char *name);

/* Is the member this text? Equal texts have one canonical form. */
bool np_record_line_says(const np_record_line *line, const char *name, np_bytes text);

/* Exactly size bytes from lower-case hex. */
bool np_record_line_hex(const np_record_line *line, const char *name, uint8_t *ret, size_t size);

bool np_record_line_number(const np_record_line *line, const char *name, uint64_t *ret);

/* Does a header name this certificate (DER) among the issuers of its units? */
bool np_record_line_has_issuer(const np_record_line *header, np_bytes issuer);
