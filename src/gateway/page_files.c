/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/page_files.h"

typedef struct type_row {
    const char *ending;
    const char *type;
} type_row;

static const type_row types[] = {
    {".html", "text/html; charset=utf-8"},
    {".css", "text/css; charset=utf-8"},
    {".js", "text/javascript; charset=utf-8"},
    {".svg", "image/svg+xml"},
};

/* "trusted types": no script can turn a text into markup, not by mistake either. */
const np_page_field np_page_fields[] = {
    {"Cache-Control", "no-cache"},
    {"Content-Security-Policy",
     "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self';"
     " base-uri 'none'; form-action 'none'; frame-ancestors 'none';"
     " require-trusted-types-for 'script'; trusted-types 'none'"},
    {"Cross-Origin-Opener-Policy", "same-origin"},
    {"Cross-Origin-Resource-Policy", "same-origin"},
    {"Referrer-Policy", "no-referrer"},
    {"X-Frame-Options", "DENY"},
    {NULL, NULL},
};

const embedded_file *np_page_file(const embedded_file *table, np_bytes name)
{
    for (const embedded_file *file = table; file->name != NULL; file++) {
        if (np_bytes_equal(name, np_bytes_text(file->name))) {
            return file;
        }
    }
    return NULL;
}

const char *np_page_type(const embedded_file *file)
{
    size_t name_len = strlen(file->name);
    for (size_t i = 0; i < NP_COUNT_OF(types); i++) {
        size_t len = strlen(types[i].ending);
        if (name_len > len && strcmp(file->name + name_len - len, types[i].ending) == 0) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}
