/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A defect of an archive travels as an error of code NP_EINPUT_FORMAT whose sub-code is its reason;
 * what reads archives turns it into a fact (firmware/archive.h). All other codes are real trouble.
 */
#pragma once

#include "base/error.h"
#include <nameplate/firmware.h>

/* Fills err, which is not NULL here. Returns NP_EINPUT_FORMAT. */
np_code firmware_refuse(np_error *err, np_firmware_reason reason, const char *format, ...)
    NP_PRINTF(3, 4);
