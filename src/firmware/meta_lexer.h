/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words of meta.conf, which has the syntax of libconfuse (specs of fwup 3.2). What libconfuse
 * expands from its reader's environment is never expanded here.
 */
#pragma once

#include "base/bytes.h"
#include "firmware/reason.h"

typedef enum meta_token_kind {
    META_END,
    META_WORD,
    META_STRING, /* was quoted */
    META_MARK,   /* one of { } ( ) = , or += which is '+' */
} meta_token_kind;

typedef struct meta_token {
    meta_token_kind kind;
    char mark;
    np_bytes text; /* decoded, in the lexer's room */
} meta_token;

typedef struct meta_lexer {
    np_bytes rest;
    np_writer *room; /* for decoded texts; as large as the whole is enough */
    bool is_lenient; /* takes the escapes that fwup's reader knows and its writer never makes */
    unsigned line;
} meta_lexer;

/* NP_FIRMWARE_META_SYNTAX. */
NP_MUST_USE np_code meta_next(meta_lexer *lexer, meta_token *ret, np_error *err);
