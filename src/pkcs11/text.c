/* SPDX-License-Identifier: Apache-2.0 */
#include "pkcs11/text.h"

void text_pad(unsigned char *ret, size_t size, const char *text)
{
    size_t len = strnlen(text, size);
    memcpy(ret, text, len);
    memset(ret + len, ' ', size - len);
}
