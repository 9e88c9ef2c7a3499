/* SPDX-License-Identifier: Apache-2.0 */
#include "provider/root.h"

#include <stdarg.h>

/* The core's structure has no const; nobody writes to the text. */
#define TEXT(literal) ((void *)(uintptr_t)(literal))

const OSSL_ITEM face_reason_strings[] = {
    {FACE_REASON_REFERENCE, TEXT("the key reference cannot be used")},
    {FACE_REASON_UNREACHABLE, TEXT("the chip cannot be reached")},
    {FACE_REASON_BUSY, TEXT("another process holds the chip")},
    {FACE_REASON_OTHER_CHIP, TEXT("another chip is there than the one that was meant")},
    {FACE_REASON_REFUSED, TEXT("the chip refuses, or answers wrongly")},
    {FACE_REASON_NO_IDENTITY, TEXT("the chip has no key or no certificates")},
    {FACE_REASON_OPERATION, TEXT("a key in a chip cannot do this")},
    {FACE_REASON_SYSTEM, TEXT("this machine cannot do it")},
    {0, NULL},
};

/* By code where a class has several reasons. */
static face_reason reason_of(np_code code)
{
    static const face_reason by_class[] = {
        [NP_CLASS_DEVICE] = FACE_REASON_REFUSED,      [NP_CLASS_USAGE] = FACE_REASON_REFERENCE,
        [NP_CLASS_INPUT] = FACE_REASON_REFERENCE,     [NP_CLASS_CONFLICT] = FACE_REASON_OTHER_CHIP,
        [NP_CLASS_STATION] = FACE_REASON_UNREACHABLE,
    };
    static const face_reason by_code[NP_CODE_COUNT] = {
        [NP_EINPUT_MISSING] = FACE_REASON_UNREACHABLE,
        [NP_ECONFLICT_FOREIGN] = FACE_REASON_NO_IDENTITY,
        [NP_ESTATION_BUSY] = FACE_REASON_BUSY,
        [NP_ESTATION_MEMORY] = FACE_REASON_SYSTEM,
        [NP_ESTATION_CRYPTO] = FACE_REASON_SYSTEM,
    };
    np_class class = np_error_class(code);
    if ((unsigned)code < NP_CODE_COUNT && by_code[code] != 0) {
        return by_code[code];
    }
    bool is_known = (unsigned)class < NP_COUNT_OF(by_class) && by_class[class] != 0;
    return is_known ? by_class[class] : FACE_REASON_SYSTEM;
}

static void NP_PRINTF(4, 5)
    put(const face_root *root, face_reason reason, const char *function, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    root->new_error(root->handle);
    root->set_error_place(root->handle, "nameplate", 0, function);
    root->set_error(root->handle, (uint32_t)reason, format, list);
    va_end(list);
}

void face_raise(const face_root *root, const np_error *err, const char *function)
{
    bool has_hint = err->hint[0] != '\0';
    put(root, reason_of(err->code), function, "%s%s%s", err->message, has_hint ? "; " : "",
        err->hint);
}

void face_refuse(const face_root *root, const char *text, const char *function)
{
    put(root, FACE_REASON_OPERATION, function, "%s", text);
}
