/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a unit's serial comes from: it is scanned (or typed), or counted by a pattern such as
 * "T2-{6}", whose braces stand for so many digits. Pure.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

enum {
    NP_UNIT_SERIAL_SIZE = 65, /* as long as a common name can be (X.520), and a NUL */
    NP_SERIAL_DIGITS_MAX = 18,
};

typedef struct np_serials {
    bool is_scanned;
    char before[NP_UNIT_SERIAL_SIZE];
    char after[NP_UNIT_SERIAL_SIZE];
    unsigned digits;
} np_serials;

/* "scan", or a pattern. NP_EINPUT_FORMAT says what is wrong with it. */
NP_MUST_USE np_code np_serials_parse(const char *text, np_serials *ret, np_error *err);

/* How many numbers the pattern has room for: 10^digits. */
uint64_t np_serials_end(const np_serials *serials);

/* False when the number has more digits than the pattern. */
bool np_serials_format(const np_serials *serials, uint64_t number,
                       char ret[static NP_UNIT_SERIAL_SIZE]);

/* Is it a serial of the pattern, and which number has it? */
bool np_serials_number(const np_serials *serials, np_bytes serial, uint64_t *ret_number);

/*
 * May a unit be called so? UTF-8 of 1 to 64 bytes without control characters, quotes and
 * backslashes. NP_EPOLICY, because whoever scans is told, and the station is well.
 */
NP_MUST_USE np_code np_serial_check(np_bytes serial, np_error *err);
