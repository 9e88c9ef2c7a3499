/* SPDX-License-Identifier: Apache-2.0 */
/* Text in PKCS #11's structures: UTF-8 without a NUL, padded with blanks (2.40 3.1). */
#pragma once

#include "base/bytes.h"

/* What does not fit is cut off. */
void text_pad(unsigned char *ret, size_t size, const char *text);
