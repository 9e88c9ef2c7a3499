/* SPDX-License-Identifier: Apache-2.0 */
/* Patterns of labels, a piece at a time: text that stands for itself, or a fact to be filled in. */
#pragma once

#include "station/label.h"

typedef struct label_piece {
    np_bytes text; /* of a fact: its name */
    bool is_fact;
    bool is_optional;
    size_t limit; /* characters; 0: all */
} label_piece;

/* Takes the next piece off the pattern. False at its end, or, with *ret_wrong, at nonsense. */
bool label_next_piece(np_bytes *pattern, label_piece *ret, const char **ret_wrong);

/* The first characters of a text; limit 0: all of them. The text is UTF-8. */
np_bytes label_first_characters(np_bytes text, size_t limit);
