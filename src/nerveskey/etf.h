/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Erlang's external term format, as far as settings use it (specs of NervesKey 7). A term is read
 * one head after another: the head of a list, tuple or map says how many terms follow. No heap, no
 * recursion, nothing is converted. Rule for callers: what np_etf_check has accepted can be read
 * with np_etf_read without asking for the end of the bytes. Pure.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

/* The tags, and before all the version. */
enum {
    NP_ETF_VERSION = 0x83,
    NP_ETF_FLOAT = 0x46,
    NP_ETF_SMALL_INTEGER = 0x61,
    NP_ETF_INTEGER = 0x62,
    NP_ETF_ATOM_LATIN1 = 0x64,
    NP_ETF_SMALL_TUPLE = 0x68,
    NP_ETF_LARGE_TUPLE = 0x69, /* beyond what NervesKey writes: accepted as Erlang does */
    NP_ETF_NIL = 0x6a,
    NP_ETF_STRING = 0x6b,
    NP_ETF_LIST = 0x6c,
    NP_ETF_BINARY = 0x6d,
    NP_ETF_SMALL_BIG = 0x6e,
    NP_ETF_SMALL_ATOM_LATIN1 = 0x73,
    NP_ETF_MAP = 0x74,
    NP_ETF_ATOM_UTF8 = 0x76,
    NP_ETF_SMALL_ATOM_UTF8 = 0x77,
};

typedef enum np_etf_kind {
    NP_ETF_IS_INTEGER, /* integer */
    NP_ETF_IS_BIG,     /* is_negative and bytes: the magnitude, least significant byte first */
    NP_ETF_IS_FLOAT,   /* real, finite */
    NP_ETF_IS_ATOM,    /* bytes, in the encoding that the tag says */
    NP_ETF_IS_BINARY,  /* bytes */
    NP_ETF_IS_STRING,  /* bytes: a list of that many small integers */
    NP_ETF_IS_NIL,     /* the empty list */
    NP_ETF_IS_LIST,    /* count elements follow, then NIL */
    NP_ETF_IS_TUPLE,   /* count elements follow */
    NP_ETF_IS_MAP,     /* count times a key and a value follow */
} np_etf_kind;

/* One head. Which members hold something, the kind says. */
typedef struct np_etf_term {
    np_etf_kind kind;
    uint8_t tag;
    bool is_negative;
    int64_t integer;
    double real;
    np_bytes bytes;
    uint32_t count;
} np_etf_term;

/*
 * What Erlang allows and nothing in 524 bytes can exceed: a tuple of one element is two bytes and
 * opens one level.
 */
enum { NP_ETF_DEPTH_MAX = 262, NP_ETF_ATOM_MAX = 255 /* characters */ };

/*
 * Is there one whole term, the version before it? NP_EINPUT_FORMAT names the byte and what is wrong
 * with it: a tag that settings do not have, an end too early, an improper list, a float that is no
 * number, an atom that is too long or no text, the same key twice in a map. What follows the term
 * is left alone: *ret_len is the length of version and term.
 */
NP_MUST_USE np_code np_etf_check(np_bytes bytes, size_t *ret_len, np_error *err);

/* The next head. NP_EINPUT_FORMAT, but not for bytes that were checked. */
NP_MUST_USE np_code np_etf_read(np_reader *reader, np_etf_term *ret, np_error *err);

/* How many terms follow this head and belong to it, the NIL behind a list included. */
uint64_t np_etf_children(const np_etf_term *term);

/* Which encoding atoms get: by Erlang/OTP up to 25, and from 26 on. */
typedef enum np_etf_atoms { NP_ETF_ATOMS_UTF8, NP_ETF_ATOMS_LATIN1 } np_etf_atoms;

/* Each writes the form that Erlang's term_to_binary writes. Text is UTF-8. */
void np_etf_write_integer(np_writer *writer, int64_t value);
/* Magnitude least significant byte first; small ones become plain integers. At most 255 bytes. */
void np_etf_write_big(np_writer *writer, bool is_negative, np_bytes magnitude);
void np_etf_write_float(np_writer *writer, double value);
void np_etf_write_binary(np_writer *writer, np_bytes bytes);
/* A list of small integers, 1 to 65535 of them. */
void np_etf_write_string(np_writer *writer, np_bytes bytes);
void np_etf_write_nil(np_writer *writer);
/* Heads; the terms, and after a list's NIL, are written next. */
void np_etf_write_list(np_writer *writer, uint32_t count);
void np_etf_write_tuple(np_writer *writer, uint32_t count);
void np_etf_write_map(np_writer *writer, uint32_t count);

/*
 * Latin-1 where it is asked for and the text has nothing else, UTF-8 otherwise. NP_EINPUT_FORMAT
 * when the text is no UTF-8, NP_EINPUT_RANGE above 255 characters.
 */
NP_MUST_USE np_code np_etf_write_atom(np_writer *writer, np_bytes text, np_etf_atoms atoms,
                                      np_error *err);
