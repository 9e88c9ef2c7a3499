/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Settings as JSON and as Erlang terms. Plain JSON where it is unambiguous; otherwise an object
 * with one member whose name begins with "$". Every term has one JSON form, and that form gives the
 * term's bytes again.
 *
 *   binary that is UTF-8 text     "text"
 *   other binary                  {"$bytes": "00ff"}
 *   true, false, nil              true, false, null
 *   other atom                    {"$atom": "name"}
 *   integer up to 2^53 - 1        1
 *   larger integer                {"$bigint": "-9007199254740992"}
 *   float                         2.5
 *   list, tuple                   [1, 2], {"$tuple": [1, 2]}
 *   map                           {"key": 1}; a key is text, ":name" for an atom, and "$" with the
 *                                 JSON of the term for any other, also for text that begins so
 *   any term in another encoding than Erlang writes     {"$etf": "6200000001"}; and a key whose
 *                                 JSON would be longer than NP_SETTINGS_KEY_MAX: keys in keys
 *                                 double their quotes with each level
 */
#pragma once

#include "base/error.h"
#include "nerveskey/etf.h"
#include "nerveskey/settings.h"
#include <jansson.h>

/* Characters. Not tuned: a few times longer than a key that somebody chose. */
enum { NP_SETTINGS_KEY_MAX = 256 };

/*
 * Bytes from the version on, at most 524; what follows the term is ignored. *ret_len is the length
 * of version and term, *ret_atoms how its atoms are encoded (UTF-8 when it has none). *ret is the
 * caller's. NP_EINPUT_FORMAT when there is no whole term.
 */
NP_MUST_USE np_code np_settings_to_json(np_bytes bytes, json_t **ret, size_t *ret_len,
                                        np_etf_atoms *ret_atoms, np_error *err);

/*
 * Version and term; the writer may overflow, its length tells by how much. NP_EINPUT_FORMAT names
 * what is no JSON form of a term, NP_EINPUT_RANGE what no term can hold.
 */
NP_MUST_USE np_code np_settings_from_json(const json_t *value, np_etf_atoms atoms,
                                          np_writer *writer, np_error *err);

/*
 * The same for settings as a whole, which are a map: NP_EINPUT_FORMAT for anything else,
 * NP_EINPUT_RANGE with their size when they need more than 524 bytes.
 */
NP_MUST_USE np_code np_settings_encode(const json_t *value, np_etf_atoms atoms,
                                       uint8_t ret[static NP_SETTINGS_SIZE], size_t *ret_len,
                                       np_error *err);
