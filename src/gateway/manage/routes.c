/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/manage/routes.h"

#include "base/utf8.h"

/* Rows of the usual kinds: lists, and what is done to something of an organisation. */
#define LIST(path_, run_)                                                                          \
    {                                                                                              \
        .method = "GET", .path = path_, .role = NP_TOKEN_VIEW, .run = run_                         \
    }
#define OF_ORG(method_, path_, role_, body_, run_)                                                 \
    {                                                                                              \
        .method = method_, .path = path_, .role = role_, .body = body_, .is_of_org = true,         \
        .run = run_                                                                                \
    }

static const manage_route routes[] = {
    {.method = "GET", .path = "/", .is_open = true, .run = manage_get_page},
    {.method = "GET", .path = "/{file}", .is_open = true, .run = manage_get_page_file},
    {.method = "GET", .path = "/v1/admit", .role = NP_TOKEN_ADMIT, .run = manage_get_admit},
    {.method = "POST",
     .path = "/v1/admit",
     .role = NP_TOKEN_ADMIT,
     .body = MANAGE_FILE,
     .run = manage_post_admit},
    LIST("/v1/authorities", manage_get_authorities),
    OF_ORG("POST", "/v1/authorities/{org}", NP_TOKEN_MANAGE, MANAGE_JSON, manage_post_authority),
    OF_ORG("GET", "/v1/authorities/{org}/{fingerprint}", NP_TOKEN_VIEW, MANAGE_NO_BODY,
           manage_get_authority),
    OF_ORG("DELETE", "/v1/authorities/{org}/{fingerprint}", NP_TOKEN_ADMIN, MANAGE_NO_BODY,
           manage_delete_authority),
    OF_ORG("POST", "/v1/challenges/{org}", NP_TOKEN_MANAGE, MANAGE_JSON, manage_post_challenge),
    LIST("/v1/changes", manage_get_changes),
    LIST("/v1/devices", manage_get_devices),
    OF_ORG("POST", "/v1/devices/{org}", NP_TOKEN_MANAGE, MANAGE_JSON, manage_post_device),
    OF_ORG("GET", "/v1/devices/{org}/{identifier}", NP_TOKEN_VIEW, MANAGE_NO_BODY,
           manage_get_device),
    OF_ORG("POST", "/v1/devices/{org}/{identifier}/block", NP_TOKEN_MANAGE, MANAGE_JSON,
           manage_block_device),
    OF_ORG("POST", "/v1/devices/{org}/{identifier}/unblock", NP_TOKEN_MANAGE, MANAGE_JSON,
           manage_unblock_device),
    OF_ORG("POST", "/v1/devices/{org}/{identifier}/certificates/{fingerprint}/block",
           NP_TOKEN_MANAGE, MANAGE_JSON, manage_block_certificate),
    OF_ORG("POST", "/v1/devices/{org}/{identifier}/certificates/{fingerprint}/unblock",
           NP_TOKEN_MANAGE, MANAGE_JSON, manage_unblock_certificate),
    OF_ORG("POST", "/v1/devices/{org}/{identifier}/keys/{fingerprint}/block", NP_TOKEN_MANAGE,
           MANAGE_JSON, manage_block_key),
    OF_ORG("POST", "/v1/devices/{org}/{identifier}/keys/{fingerprint}/unblock", NP_TOKEN_MANAGE,
           MANAGE_JSON, manage_unblock_key),
    OF_ORG("POST", "/v1/devices/{org}/{identifier}/delete", NP_TOKEN_MANAGE, MANAGE_JSON,
           manage_delete_device),
    OF_ORG("POST", "/v1/devices/{org}/{identifier}/move", NP_TOKEN_ADMIN, MANAGE_JSON,
           manage_move_device),
    OF_ORG("POST", "/v1/devices/{org}/{identifier}/rekey-window", NP_TOKEN_MANAGE, MANAGE_JSON,
           manage_open_rekey),
    LIST("/v1/events", manage_get_events),
    LIST("/v1/firmware", manage_get_firmware),
    {.method = "POST",
     .path = "/v1/firmware/{org}",
     .role = NP_TOKEN_MANAGE,
     .body = MANAGE_FILE,
     .is_of_org = true,
     .examine = manage_judge_firmware,
     .run = manage_post_firmware},
    LIST("/v1/firmware-keys", manage_get_keys),
    OF_ORG("PUT", "/v1/firmware-keys/{org}/{name}", NP_TOKEN_ADMIN, MANAGE_JSON, manage_put_key),
    OF_ORG("DELETE", "/v1/firmware-keys/{org}/{name}", NP_TOKEN_ADMIN, MANAGE_NO_BODY,
           manage_delete_key),
    OF_ORG("PUT", "/v1/firmware-keys/{org}/{name}/state", NP_TOKEN_ADMIN, MANAGE_JSON,
           manage_put_key_state),
    LIST("/v1/me", manage_get_me),
    LIST("/v1/organisations", manage_get_organisations),
    {.method = "GET", .path = "/v1/openapi.json", .is_open = true, .run = manage_get_description},
    LIST("/v1/refusals", manage_get_refusals),
    LIST("/v1/refusals/{id}", manage_get_refusal),
    LIST("/v1/secrets", manage_get_secrets),
    OF_ORG("POST", "/v1/secrets/{org}", NP_TOKEN_MANAGE, MANAGE_JSON, manage_post_secret),
    OF_ORG("DELETE", "/v1/secrets/{org}/{key}", NP_TOKEN_ADMIN, MANAGE_NO_BODY,
           manage_delete_secret),
    {.method = "GET", .path = "/v1/tokens", .role = NP_TOKEN_ADMIN, .run = manage_get_tokens},
    {.method = "POST",
     .path = "/v1/tokens",
     .role = NP_TOKEN_ADMIN,
     .body = MANAGE_JSON,
     .run = manage_post_token},
    {.method = "DELETE",
     .path = "/v1/tokens/{name}",
     .role = NP_TOKEN_ADMIN,
     .run = manage_delete_token},
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
