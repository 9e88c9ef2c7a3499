/* SPDX-License-Identifier: Apache-2.0 */
/* Integers of up to 255 bytes as decimal digits. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

enum {
    SETTINGS_BIG_MAX = 255,       /* bytes: what Erlang's small big can hold */
    SETTINGS_BIG_TEXT_SIZE = 617, /* 255 * 8 bits are 614.1 digits; sign and NUL */
};

typedef struct settings_big {
    bool is_negative;
    size_t len;
    uint8_t magnitude[SETTINGS_BIG_MAX]; /* least significant byte first */
} settings_big;

/* The magnitude, at most 255 bytes, least significant byte first. */
void settings_big_format(bool is_negative, np_bytes magnitude,
                         char ret_text[SETTINGS_BIG_TEXT_SIZE]);

/* NP_EINPUT_FORMAT for anything but digits after one "-", NP_EINPUT_RANGE above 255 bytes. */
NP_MUST_USE np_code settings_big_parse(np_bytes text, settings_big *ret, np_error *err);
