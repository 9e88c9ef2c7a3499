/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/http.h"

#include "base/format.h"
#include <strings.h>

/* A token of RFC 9110 5.6.2. */
static bool is_token(np_bytes text)
{
    static const char others[] = "!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < text.len; i++) {
        uint8_t c = text.data[i];
        bool is_good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                       memchr(others, c, sizeof(others) - 1) != NULL;
        if (!is_good) {
            return false;
        }
    }
    return text.len > 0;
}

static bool is_visible(np_bytes text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.data[i] <= ' ' || text.data[i] >= 0x7f) {
            return false;
        }
    }
    return true;
}

static bool says(np_bytes text, const char *word)
{
    return text.len == strlen(word) && strncasecmp((const char *)text.data, word, text.len) == 0;
}

/* Up to the byte, which is taken too; false when it is not there. */
static bool take_until(np_bytes *rest, uint8_t end, np_bytes *ret)
{
    const uint8_t *at = rest->len == 0 ? NULL : memchr(rest->data, end, rest->len);
    if (at == NULL) {
        return false;
    }
    size_t len = (size_t)(at - rest->data);
    *ret = np_bytes_of(rest->data, len);
    *rest = np_bytes_of(at + 1, rest->len - len - 1);
    return true;
}

/* A line ends with CR LF; LF alone is not taken. */
static bool take_line(np_bytes *rest, np_bytes *ret)
{
    if (!take_until(rest, '\n', ret) || ret->len == 0 || ret->data[ret->len - 1] != '\r') {
        return false;
    }
    ret->len--;
    return memchr(ret->data, '\r', ret->len) == NULL;
}

static np_http_verdict refuse(np_http_request *ret, unsigned status)
{
    ret->status = status;
    return NP_HTTP_BAD;
}

static np_bytes trim(np_bytes text)
{
    while (text.len > 0 && (text.data[0] == ' ' || text.data[0] == '\t')) {
        text = np_bytes_of(text.data + 1, text.len - 1);
    }
    while (text.len > 0 && (text.data[text.len - 1] == ' ' || text.data[text.len - 1] == '\t')) {
        text.len--;
    }
    return text;
}

static unsigned read_request_line(np_bytes line, np_http_request *ret)
{
    np_bytes target;
    if (!take_until(&line, ' ', &ret->method) || !take_until(&line, ' ', &target) ||
        !is_token(ret->method) || !is_visible(target) || target.len == 0) {
        return 400;
    }
    if (!says(line, "HTTP/1.1") && !says(line, "HTTP/1.0")) {
        return 505;
    }
    const uint8_t *query = memchr(target.data, '?', target.len);
    ret->path = query == NULL ? target : np_bytes_of(target.data, (size_t)(query - target.data));
    ret->is_last = says(line, "HTTP/1.0");
    return 0;
}

/* A body would have to be read: nothing that devices ask here has one. */
static unsigned read_field(np_bytes line, np_http_request *ret)
{
    np_bytes name;
    if (!take_until(&line, ':', &name) || !is_token(name) ||
        memchr(line.data, '\0', line.len) != NULL) {
        return 400;
    }
    np_bytes value = trim(line);
    if (says(name, "transfer-encoding") || (says(name, "content-length") && !says(value, "0"))) {
        return 413;
    }
    if (says(name, "connection") && says(value, "close")) {
        ret->is_last = true;
    }
    return 0;
}

static np_http_verdict read_head(np_bytes head, np_http_request *ret)
{
    np_bytes line;
    unsigned status = take_line(&head, &line) ? read_request_line(line, ret) : 400;
    for (unsigned fields = 0; status == 0; fields++) {
        if (!take_line(&head, &line)) {
            return refuse(ret, 400);
        }
        if (line.len == 0) {
            return NP_HTTP_REQUEST;
        }
        status = fields == NP_HTTP_FIELDS_MAX ? 431 : read_field(line, ret);
    }
    return refuse(ret, status);
}

np_http_verdict np_http_read(np_bytes bytes, np_http_request *ret)
{
    static const char end[] = "\r\n\r\n";
    *ret = (np_http_request){0};
    const uint8_t *at = bytes.len == 0 ? NULL : memmem(bytes.data, bytes.len, end, 4);
    size_t len = at == NULL ? bytes.len : (size_t)(at - bytes.data) + 4;
    if (len > NP_HTTP_HEAD_MAX || (at == NULL && len == NP_HTTP_HEAD_MAX)) {
        return refuse(ret, 431);
    }
    if (at == NULL) {
        return NP_HTTP_INCOMPLETE;
    }
    ret->len = len;
    return read_head(np_bytes_of(bytes.data, len), ret);
}

typedef struct status_row {
    unsigned status;
    const char *reason;
} status_row;

static const status_row statuses[] = {
    {200, "OK"},
    {400, "Bad Request"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {413, "Content Too Large"},
    {431, "Request Header Fields Too Large"},
    {505, "HTTP Version Not Supported"},
};

void np_http_write(np_writer *writer, unsigned status, np_bytes body, bool is_last)
{
    char head[256];
    const char *reason = "";
    for (size_t i = 0; i < NP_COUNT_OF(statuses); i++) {
        reason = statuses[i].status == status ? statuses[i].reason : reason;
    }
    np_format(head, sizeof(head),
              "HTTP/1.1 %u %s\r\nContent-Type: application/json\r\nContent-Length: %u\r\n"
              "Cache-Control: no-store\r\n%s%s\r\n",
              status, reason, (unsigned)body.len, status == 405 ? "Allow: GET\r\n" : "",
              is_last ? "Connection: close\r\n" : "");
    np_write_text(writer, head);
    np_write_bytes(writer, body);
}
