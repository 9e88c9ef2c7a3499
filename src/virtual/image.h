/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state file of a virtual chip as bytes: magic, version, model, EEPROM, SHA-256. Fixed size, so
 * that a damaged or foreign file is refused before anything is believed. Pure. It holds the private
 * key of the part in the clear: a virtual part is for evaluation, tests and training.
 */
#pragma once

#include "base/error.h"
#include "virtual/chip.h"

enum { NP_CHIP_IMAGE_SIZE = 16 + NP_EEPROM_SIZE + 32 };

void np_chip_image_encode(np_atecc_model model, const uint8_t eeprom[static NP_EEPROM_SIZE],
                          uint8_t ret[static NP_CHIP_IMAGE_SIZE]);

/* NP_EINPUT_FORMAT: wrong size, magic, version, model or digest; the message says which. */
NP_MUST_USE np_code np_chip_image_decode(np_bytes image, np_atecc_model *ret_model,
                                         uint8_t ret_eeprom[static NP_EEPROM_SIZE], np_error *err);
