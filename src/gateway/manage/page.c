/* SPDX-License-Identifier: Apache-2.0 */
/*
 * GET / and what the web page consists of. Anybody may load it: it knows nothing until somebody
 * signs in.
 */
#include "gateway/manage/page.h"

#include "gateway/manage/call.h"
#include "gateway/manage/routes.h"

static np_code put_file(manage_call *call, np_bytes name, np_error *err)
{
    const embedded_file *file = np_page_file(manage_page_files, name);
    if (file == NULL) {
        return np_error_set(err, NP_EINPUT_MISSING, "nothing is at this path");
    }
    call->reply.type = np_page_type(file);
    call->reply.content = file->content;
    for (const np_page_field *field = np_page_fields; field->name != NULL; field++) {
        manage_add_field(call, "%s: %s\r\n", field->name, field->value);
    }
    return NP_OK;
}

np_code manage_get_page(manage_call *call, np_error *err)
{
    return put_file(call, np_bytes_text("index.html"), err);
}

np_code manage_get_page_file(manage_call *call, np_error *err)
{
    return put_file(call, call->parts[0], err);
}
