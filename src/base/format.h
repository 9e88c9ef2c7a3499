/* SPDX-License-Identifier: Apache-2.0 */
/* A formatter for embedded builds: the printf subset that base/error.h names, no stdio, no heap. */
#pragma once

#include <nameplate/error.h>
#include <stdarg.h>

/* Writes at most size bytes including the NUL; returns the length that the whole text has. */
size_t np_format(char *buffer, size_t size, const char *format, ...) NP_PRINTF(3, 4);
size_t np_format_list(char *buffer, size_t size, const char *format, va_list list)
    __attribute__((format(printf, 3, 0)));
