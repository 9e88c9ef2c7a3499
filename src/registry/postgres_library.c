/* SPDX-License-Identifier: Apache-2.0 */
#include "registry/postgres_library.h"

#include "base/bytes.h"
#include <dlfcn.h>

static const char *const function_names[] = {
#define POSTGRES_NAME(name) #name,
    POSTGRES_FUNCTIONS(POSTGRES_NAME)};

_Static_assert(sizeof(postgres_library) == sizeof(function_names), "one pointer a function");
_Static_assert(sizeof(void (*)(void)) == sizeof(void *), "POSIX: dlsym gives functions too");

np_code postgres_library_load(postgres_library *ret, np_error *err)
{
    void *library = dlopen("libpq.so.5", RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        np_error_set(err, NP_ESTATION_DATABASE,
                     "libpq.so.5, which a registry on a server needs, cannot be loaded");
        return np_error_hint(err, NP_ESTATION_DATABASE, "install the package libpq5");
    }
    for (size_t i = 0; i < NP_COUNT_OF(function_names); i++) {
        void *function = dlsym(library, function_names[i]);
        if (function == NULL) {
            return np_error_set(err, NP_ESTATION_DATABASE,
                                "libpq.so.5 has no %s: it is older than version 14",
                                function_names[i]);
        }
        memcpy((char *)ret + i * sizeof(function), &function, sizeof(function));
    }
    return NP_OK;
}
