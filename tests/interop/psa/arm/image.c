/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The whole of the driver in an image without an operating system: its calls in one table, as the
 * driver's methods are, and the few functions of the C library that are needed.
 */
#include <nameplate/psa.h>
#include <string.h>

void *memcpy(void *to, const void *from, size_t size)
{
    return memmove(to, from, size);
}

void *memmove(void *to, const void *from, size_t size)
{
    unsigned char *target = to;
    const unsigned char *source = from;
    if (target < source) {
        for (size_t i = 0; i < size; i++) {
            target[i] = source[i];
        }
    } else {
        while (size-- > 0) {
            target[size] = source[size];
        }
    }
    return to;
}

void *memset(void *to, int value, size_t size)
{
    unsigned char *target = to;
    for (size_t i = 0; i < size; i++) {
        target[i] = (unsigned char)value;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const unsigned char *left = a;
    const unsigned char *right = b;
    for (size_t i = 0; i < size; i++) {
        if (left[i] != right[i]) {
            return left[i] - right[i];
        }
    }
    return 0;
}

size_t strnlen(const char *text, size_t size)
{
    size_t len = 0;
    while (len < size && text[len] != '\0') {
        len++;
    }
    return len;
}

size_t strlen(const char *text)
{
    size_t len = 0;
    while (text[len] != '\0') {
        len++;
    }
    return len;
}

int strcmp(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return (unsigned char)*a - (unsigned char)*b;
}

void *const volatile image_calls[] = {
    (void *)np_psa_chip_init, (void *)np_psa_attach,   (void *)np_psa_attached,
    (void *)np_psa_recover,   (void *)np_psa_judge,    (void *)np_psa_allocate,
    (void *)np_psa_validate,  (void *)np_psa_generate, (void *)np_psa_import,
    (void *)np_psa_sign,      (void *)np_psa_verify,   (void *)np_psa_export_public,
    (void *)np_psa_agree,     (void *)np_psa_destroy,  (void *)np_psa_can_destroy,
    (void *)np_psa_rest,
};

void *image_start(void)
{
    return image_calls[0];
}
