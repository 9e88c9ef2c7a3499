/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is a blank chip's configuration the factory's, apart from what provisioning overwrites? A chip
 * that somebody else has prepared must not be locked by us. Inside the room.
 */
#pragma once

#include "base/error.h"
#include "nerveskey/layout.h"

/*
 * Bytes 17, 19 and 52 to 91 must be the factory's. Accepted besides is what a power cut during our
 * own writes can leave: 17 and 19 erased (they share a word with OTPmode), and 52 to 63 erased once
 * bytes 16 to 31 are ours already (they share a block with the slots); and bytes 68 to 71 as the
 * target has them, or erased, where the layout sets them. NP_ECONFLICT_FOREIGN names
 * every other byte.
 */
NP_MUST_USE np_code factory_check(const uint8_t config[static NP_ATECC_CONFIG_SIZE],
                                  const uint8_t target[static NP_ATECC_CONFIG_SIZE],
                                  np_atecc_model model, const np_layout *layout, np_error *err);
