/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The CRC-32 of ZIP, as zlib counts it, by carry-less multiplication where the processor has it:
 * beside BLAKE2b zlib's own would cost a quarter of the time of verifying.
 */
#pragma once

#include "base/bytes.h"

/* Of what came before and the bytes; 0 before anything. */
uint32_t firmware_crc(uint32_t before, np_bytes bytes);
