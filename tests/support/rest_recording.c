/* SPDX-License-Identifier: Apache-2.0 */
#include "support/rest_recording.h"

#include "support/test.h"
#include "support/vectors.h"

/* A literal of Python: b'...' or b"..." with its escapes. */
static char *decode_literal(const char *text, size_t *ret_len)
{
    size_t size = strlen(text);
    char *bytes = malloc(size + 1);
    size_t len = 0;
    assert_non_null(bytes);
    assert_int_equal(text[0], 'b');
    for (const char *at = text + 2; *at != text[1]; at++) {
        assert_int_not_equal(*at, '\0');
        if (*at != '\\') {
            bytes[len++] = *at;
            continue;
        }
        at++;
        bytes[len++] = *at == 'n' ? '\n' : *at == 'r' ? '\r' : *at == 't' ? '\t' : *at;
        assert_non_null(strchr("nrt'\"\\", *at));
    }
    bytes[len] = '\0';
    *ret_len = len;
    return bytes;
}

static void take_line(rest_recording *recording, char *line)
{
    rest_exchange *exchange = &recording->exchanges[recording->count];
    char *colon = strstr(line, ": ");
    if (strncmp(line, ">>> ", 4) == 0) {
        assert_int_equal(sscanf(line + 4, "%7s %255s", exchange->method, exchange->path), 2);
    } else if (strncmp(line, "    BODY ", 9) == 0) {
        exchange->body = decode_literal(line + 9, &exchange->body_len);
    } else if (strncmp(line, "<<< ", 4) == 0) {
        exchange->status = (unsigned)strtoul(line + 4, NULL, 10);
        exchange->reply = decode_literal(line + 8, &exchange->reply_len);
        recording->count++;
        assert_true(recording->count < REST_EXCHANGES_MAX);
    } else if (strncasecmp(line, "    content-type: ", 18) == 0) {
        snprintf(exchange->content_type, sizeof(exchange->content_type), "%s", colon + 2);
    } else if (strncmp(line, "    Content-Length: ", 20) == 0) {
        exchange->content_length = strtoul(line + 20, NULL, 10);
    } else if (strcmp(line, "    Authorization: Bearer KEY") == 0) {
        exchange->has_authorization = true;
    }
}

void rest_recording_open(rest_recording *recording, const char *path)
{
    size_t len;
    char *text = (char *)vector_load(path, &len);
    char *rest = text;
    char *line;
    *recording = (rest_recording){0};
    while ((line = strsep(&rest, "\n")) != NULL) {
        take_line(recording, line);
    }
    assert_true(recording->count > 0);
    free(text);
}

void rest_recording_close(rest_recording *recording)
{
    for (size_t i = 0; i < recording->count; i++) {
        free(recording->exchanges[i].body);
        free(recording->exchanges[i].reply);
    }
}

static const char *path_of(const char *url)
{
    const char *host = strstr(url, "://");
    assert_non_null(host);
    return strchr(host + 3, '/');
}

static np_code play(void *self, const np_http_request *request, np_http_reply *ret, np_error *err)
{
    rest_recording *recording = self;
    (void)err;
    assert_true(recording->at < recording->count);
    const rest_exchange *expected = &recording->exchanges[recording->at++];
    assert_string_equal(request->method, expected->method);
    assert_string_equal(path_of(request->url), expected->path);
    assert_int_equal(request->authorization != NULL, expected->has_authorization);
    if (request->authorization != NULL) {
        assert_string_equal(request->authorization, "Bearer KEY");
    }
    assert_int_equal(request->body.len, expected->content_length);
    assert_memory_equal(request->body.len > 0 ? request->body.data : (const uint8_t *)"",
                        expected->body, expected->body_len);
    /* the recorded tool names none for bulk claims, by a mistake, and text/plain for single rows */
    if (expected->content_type[0] != '\0' && strcmp(expected->content_type, "text/plain") != 0) {
        assert_string_equal(request->content_type, expected->content_type);
    }
    *ret = (np_http_reply){.status = expected->status,
                           .body = malloc(expected->reply_len + 1),
                           .len = expected->reply_len};
    assert_non_null(ret->body);
    memcpy(ret->body, expected->reply, expected->reply_len + 1);
    return NP_OK;
}

np_http rest_recording_http(rest_recording *recording)
{
    return (np_http){.send = play, .self = recording};
}
