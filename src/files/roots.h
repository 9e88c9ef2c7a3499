/* SPDX-License-Identifier: Apache-2.0 */
/* The roots that a modem believes: its servers' own, and one of a file. */
#pragma once

#include "base/error.h"

enum { NP_ROOTS_MAX = 4096 };

/* root_path NULL: none; PEM with LF and a NUL, at most NP_ROOTS_MAX characters before that. */
NP_MUST_USE np_code np_roots_load(const char *root_path, bool coap, char *ret, np_error *err);
