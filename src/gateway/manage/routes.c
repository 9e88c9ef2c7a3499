/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/manage/routes.h"

#include "base/utf8.h"

static const manage_route routes[] = {
    {.method = "GET", .path = "/", .is_open = true, .run = manage_get_page},
    {.method = "GET", .path = "/{file}", .is_open = true, .run = manage_get_page_file},
    {.method = "GET", .path = "/v1/events", .role = NP_TOKEN_VIEW, .run = manage_get_events},
    {.method = "GET",
     .path = "/v1/organisations",
     .role = NP_TOKEN_VIEW,
     .run = manage_get_organisations},
    {.method = "GET", .path = "/v1/refusals", .role = NP_TOKEN_VIEW, .run = manage_get_refusals},
    {.method = "GET",
     .path = "/v1/refusals/{id}",
     .role = NP_TOKEN_VIEW,
     .run = manage_get_refusal},
};

const manage_route *manage_route_at(size_t index)
{
    return index < NP_COUNT_OF(routes) ? &routes[index] : NULL;
}

/* Up to the next slash, which is taken too. */
static np_bytes take_segment(np_bytes *rest)
{
    const uint8_t *slash = rest->len == 0 ? NULL : memchr(rest->data, '/', rest->len);
    size_t len = slash == NULL ? rest->len : (size_t)(slash - rest->data);
    np_bytes segment = np_bytes_of(rest->data, len);
    size_t taken = slash == NULL ? len : len + 1;
    *rest = np_bytes_of(rest->data + taken, rest->len - taken);
    return segment;
}

static bool is_part(np_bytes segment)
{
    return segment.len > 2 && segment.data[0] == '{' && segment.data[segment.len - 1] == '}';
}

static bool keep_part(np_bytes segment, size_t index, manage_call *call)
{
    np_writer writer = np_writer_of(call->part_bytes[index], sizeof(call->part_bytes[index]));
    bool is_good = np_http_unescape(segment, &writer);
    call->parts[index] = np_writer_bytes(&writer);
    return is_good && np_is_utf8(call->parts[index]);
}

bool manage_route_fits(const manage_route *route, np_bytes path, manage_call *call,
                       bool *ret_is_good)
{
    size_t count = 0;
    np_bytes pattern = np_bytes_text(route->path);
    *ret_is_good = true;
    while (pattern.len > 0 && path.len > 0) {
        np_bytes wanted = take_segment(&pattern);
        np_bytes segment = take_segment(&path);
        if (is_part(wanted) && segment.len > 0 && count < MANAGE_PARTS_MAX) {
            *ret_is_good = keep_part(segment, count++, call) && *ret_is_good;
        } else if (!np_bytes_equal(wanted, segment)) {
            return false;
        }
    }
    return pattern.len == 0 && path.len == 0;
}
