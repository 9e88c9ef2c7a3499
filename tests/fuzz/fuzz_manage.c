/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A call of the management API: the first line is "METHOD PATH", the rest its body. Whatever comes,
 * there is one answer, and a refusal says why. The registry is a file in memory that begins with a
 * token of an administrator.
 */
#include "base/text.h"
#include "crypto/hash.h"
#include "gateway/manage/dispatch.h"

#include <stdio.h>
#include <stdlib.h>

enum { HEAD_SIZE = 4096, NOW = 1800000000 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition)
{
    if (!condition) {
        abort();
    }
}

static np_store *open_registry(char token[static NP_TOKEN_SIZE])
{
    static const uint8_t random[NP_TOKEN_BYTES] = {1};
    const np_actor actor = {.name = "fuzz", .now = NOW};
    const np_token admin = {.name = np_bytes_text("fuzz"), .role = NP_TOKEN_ADMIN};
    np_store *store = NULL;
    require(np_store_open("sqlite::memory:", 1000, &store, NULL) == NP_OK);
    require(np_token_add(store, &admin, random, &actor, token, NULL) == NP_OK);
    return store;
}

/* The head that the first line makes; false when there is no such line. */
static bool make_head(np_bytes *rest, const char *token, char head[static HEAD_SIZE],
                      np_http_request *ret)
{
    const uint8_t *end = rest->len == 0 ? NULL : memchr(rest->data, '\n', rest->len);
    size_t len = end == NULL ? 0 : (size_t)(end - rest->data);
    if (end == NULL || len > HEAD_SIZE / 2) {
        return false;
    }
    np_bytes body = np_bytes_of(end + 1, rest->len - len - 1);
    int size =
        snprintf(head, HEAD_SIZE,
                 "%.*s HTTP/1.1\r\nAuthorization: Bearer %s\r\nContent-Length: %zu\r\n%s\r\n",
                 (int)len, (const char *)rest->data, token, body.len,
                 body.len % 2 == 0 ? "Idempotency-Key: k\r\n" : "");
    *rest = body;
    return np_http_read(np_bytes_of(head, (size_t)size), ret) == NP_HTTP_REQUEST;
}

static void call_it(manage_shared *shared, const np_http_request *head, np_bytes body)
{
    manage_call call = {.shared = shared, .head = head};
    if (manage_begin(&call, NOW)) {
        np_sha256(body, call.body_sha256);
        if (call.route->body != MANAGE_FILE) {
            (void)manage_finish(&call, body);
        }
    }
    require(call.reply.status >= 200 && call.reply.status < 600);
    require(call.reply.status != 500 && call.reply.status != 503);
    if (call.reply.status >= 400) {
        json_t *error = json_object_get(call.reply.json, "error");
        require(json_is_string(json_object_get(error, "code")));
        require(json_string_length(json_object_get(error, "message")) > 0);
    }
    manage_stream stream = call.reply.stream;
    if (stream.closed != NULL) {
        stream.closed(stream.self);
    }
    manage_call_clear(&call);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static np_gateway_config config;
    char head[HEAD_SIZE];
    char token[NP_TOKEN_SIZE];
    np_http_request request;
    np_bytes rest = np_bytes_of(data, size);
    manage_shared *shared = calloc(1, sizeof(*shared));
    require(shared != NULL);
    config.management.upload_mb = 1;
    shared->config = &config;
    shared->base = event_base_new();
    shared->store = open_registry(token);
    if (make_head(&rest, token, head, &request)) {
        call_it(shared, &request, rest);
    }
    np_store_free(shared->store);
    event_base_free(shared->base);
    free(shared);
    return 0;
}
