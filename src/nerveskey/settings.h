/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The settings area: 524 bytes in slots 8, 7, 6 and 5, which stay readable and writable by anybody
 * (specs of NervesKey 7). What the bytes mean, nerveskey/etf.h knows. There is no checksum and
 * writing is not atomic: an interruption leaves a part of the old and a part of the new bytes, and
 * writing again mends it. No heap, no libcrypto.
 */
#pragma once

#include "atecc/device.h"

enum { NP_SETTINGS_SIZE = 416 + 3 * 36 };

/*
 * All bytes: 19 commands, some twice where blocks are equal. NP_ECONFLICT_OTHER with the next step
 * when the data zone is not locked, NP_ECONFLICT_FOREIGN when the configuration is not NervesKey's.
 */
NP_MUST_USE np_code np_settings_read(np_atecc *chip, uint8_t ret[static NP_SETTINGS_SIZE],
                                     np_error *err);

/*
 * Writes the bytes and zeros behind them (19 Writes), then reads everything back: NP_EDEVICE_VERIFY
 * when it differs. NP_EINPUT_RANGE before anything is written when there are more than 524. The
 * chip is asleep afterwards if it can be reached. Other errors as above.
 */
NP_MUST_USE np_code np_settings_write(np_atecc *chip, np_bytes bytes, np_error *err);
