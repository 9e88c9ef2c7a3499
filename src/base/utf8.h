/* SPDX-License-Identifier: Apache-2.0 */
/* UTF-8 (RFC 3629), strictly: no overlong forms, no surrogates, nothing above 10FFFF. */
#pragma once

#include "base/bytes.h"

/* False when the text is no UTF-8. */
bool np_utf8_count(np_bytes text, size_t *ret_characters);

static inline bool np_is_utf8(np_bytes text)
{
    size_t characters;
    return np_utf8_count(text, &characters);
}

/* False when a character is above FF: nothing useful is written then. The text is UTF-8. */
bool np_utf8_to_latin1(np_bytes text, np_writer *writer);

/* Each byte is a character; needs at most twice the room. */
void np_latin1_to_utf8(np_bytes text, np_writer *writer);
