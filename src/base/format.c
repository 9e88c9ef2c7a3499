/* SPDX-License-Identifier: Apache-2.0 */
#include "base/format.h"

#include <stdint.h>
#include <string.h>

typedef struct text_out {
    char *buffer;
    size_t size;
    size_t length;
} text_out;

typedef struct conversion {
    bool zero_padded;
    bool is_size; /* z or l before the letter; both are 64 bits where this runs */
    size_t width;
    size_t precision;
    char letter;
} conversion;

static void put_char(text_out *out, char character)
{
    if (out->length + 1 < out->size) {
        out->buffer[out->length] = character;
    }
    out->length++;
}

static void put_text(text_out *out, const char *text, size_t length, const conversion *how)
{
    for (size_t pad = length; pad < how->width; pad++) {
        put_char(out, how->zero_padded ? '0' : ' ');
    }
    for (size_t i = 0; i < length; i++) {
        put_char(out, text[i]);
    }
}

static void put_number(text_out *out, uint64_t value, bool is_negative, const conversion *how)
{
    char digits[24];
    size_t at = sizeof(digits);
    unsigned base = how->letter == 'x' || how->letter == 'X' ? 16 : 10;
    const char *digit = how->letter == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    do {
        digits[--at] = digit[value % base];
        value /= base;
    } while (value != 0);
    if (is_negative) {
        digits[--at] = '-';
    }
    put_text(out, digits + at, sizeof(digits) - at, how);
}

static const char *parse_conversion(const char *at, conversion *ret, va_list *list)
{
    *ret = (conversion){.precision = SIZE_MAX};
    for (; *at == '0'; at++) {
        ret->zero_padded = true;
    }
    for (; *at >= '0' && *at <= '9'; at++) {
        ret->width = ret->width * 10 + (size_t)(*at - '0');
    }
    if (at[0] == '.' && at[1] == '*') {
        int precision = va_arg(*list, int);
        ret->precision = precision < 0 ? 0 : (size_t)precision;
        at += 2;
    }
    for (; *at == 'z' || *at == 'l'; at++) {
        ret->is_size = true;
    }
    ret->letter = *at;
    return *at == '\0' ? at : at + 1;
}

static void put_signed(text_out *out, const conversion *how, va_list *list)
{
    int64_t value = how->is_size ? va_arg(*list, long) : va_arg(*list, int);
    uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
    put_number(out, magnitude, value < 0, how);
}

static void put_conversion(text_out *out, const conversion *how, va_list *list)
{
    switch (how->letter) {
    case 's': {
        const char *text = va_arg(*list, const char *);
        put_text(out, text, strnlen(text, how->precision), how);
        return;
    }
    case 'c': {
        char character = (char)va_arg(*list, int);
        put_text(out, &character, 1, how);
        return;
    }
    case 'd':
        put_signed(out, how, list);
        return;
    case 'u':
    case 'x':
    case 'X':
        put_number(out, how->is_size ? va_arg(*list, unsigned long) : va_arg(*list, unsigned),
                   false, how);
        return;
    default:
        put_char(out, how->letter);
        return;
    }
}

size_t np_format_list(char *buffer, size_t size, const char *format, va_list list)
{
    text_out out = {.buffer = buffer, .size = size};
    va_list arguments;
    va_copy(arguments, list);
    while (*format != '\0') {
        if (*format != '%') {
            put_char(&out, *format++);
            continue;
        }
        conversion how;
        format = parse_conversion(format + 1, &how, &arguments);
        if (how.letter != '\0') {
            put_conversion(&out, &how, &arguments);
        }
    }
    va_end(arguments);
    if (size > 0) {
        buffer[out.length < size ? out.length : size - 1] = '\0';
    }
    return out.length;
}

size_t np_format(char *buffer, size_t size, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    size_t length = np_format_list(buffer, size, format, list);
    va_end(list);
    return length;
}
