/* SPDX-License-Identifier: Apache-2.0 */
/* The files of data/station: the operator's screen, which the program carries (tools/embed). */
#pragma once

#include "gateway/page_files.h"

extern const embedded_file cli_screen_files[];
