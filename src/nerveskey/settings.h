/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings area: 524 bytes in slots 8, 7, 6 and 5 of a NervesKey of either layout, 416 in slot
 * 8 of a Trust&GO part, readable and writable by anybody (specs of NervesKey 6, 7). What the bytes
 * mean, nerveskey/etf.h knows. There is no checksum and writing is not atomic: an interruption
 * leaves a part of the old and a part of the new bytes, and writing again mends it. No heap, no
 * libcrypto.
 */
#pragma once

#include "atecc/device.h"
#include <nameplate/nerveskey.h>

/*
 * 19 commands, some twice where blocks are equal; 13 of a Trust&GO part. NP_ECONFLICT_OTHER with
 * the next step when the data zone is not locked, NP_ECONFLICT_FOREIGN when the chip is neither.
 */
NP_MUST_USE np_code np_settings_read(np_atecc *chip, np_settings *ret, np_error *err);

/*
 * Writes the bytes and zeros behind them (19 Writes, or 13), then reads everything back:
 * NP_EDEVICE_VERIFY when it differs. NP_EINPUT_RANGE before anything is written when the area has
 * no room for them. The chip is asleep afterwards if it can be reached. Other errors as above.
 */
NP_MUST_USE np_code np_settings_write(np_atecc *chip, np_bytes bytes, size_t *ret_capacity,
                                      np_error *err);
