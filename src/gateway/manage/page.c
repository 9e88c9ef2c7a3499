/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET / and what the web page consists of. Anybody may load it: it knows nothing until somebody
 * signs in. The page runs its own scripts alone, and talks to nobody but this server.
 */
#include "gateway/manage/page.h"

#include "gateway/manage/call.h"
#include "gateway/manage/routes.h"

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
static const char fields[] =
    "Cache-Control: no-cache\r\n"
    "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self';"
    " img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none';"
    " frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'\r\n"
    "Cross-Origin-Opener-Policy: same-origin\r\n"
    "Cross-Origin-Resource-Policy: same-origin\r\n"
    "Referrer-Policy: no-referrer\r\n"
    "X-Frame-Options: DENY\r\n";

static const char *type_of(const char *name)
{
    for (size_t i = 0; i < NP_COUNT_OF(types); i++) {
        size_t len = strlen(types[i].ending);
        if (strlen(name) > len && strcmp(name + strlen(name) - len, types[i].ending) == 0) {
            return types[i].type;
        }
    }
    return "application/octet-stream";
}

static np_code put_file(manage_call *call, np_bytes name, np_error *err)
{
    for (const embedded_file *file = manage_page_files; file->name != NULL; file++) {
        if (np_bytes_equal(name, np_bytes_text(file->name))) {
            call->reply.type = type_of(file->name);
            call->reply.content = file->content;
            manage_add_field(call, "%s", fields);
            return NP_OK;
        }
    }
    return np_error_set(err, NP_EINPUT_MISSING, "nothing is at this path");
}

np_code manage_get_page(manage_call *call, np_error *err)
{
    return put_file(call, np_bytes_text("index.html"), err);
}

np_code manage_get_page_file(manage_call *call, np_error *err)
{
    return put_file(call, call->parts[0], err);
}
