/* SPDX-License-Identifier: Apache-2.0 */
#include "gateway/http.h"

#include "base/civil.h"
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
    ret->query = np_bytes_of(query == NULL ? NULL : query + 1,
                             query == NULL ? 0 : target.len - ret->path.len - 1);
    ret->is_last = says(line, "HTTP/1.0");
    return 0;
}

/* Digits alone, and few enough of them; said once. */
static unsigned read_length(np_bytes value, np_http_request *ret)
{
    enum { DIGITS_MAX = 15 };
    for (size_t i = 0; i < value.len; i++) {
        if (value.data[i] < '0' || value.data[i] > '9') {
            return 400;
        }
        ret->body_len = i < DIGITS_MAX ? ret->body_len * 10 + (value.data[i] - '0') : UINT64_MAX;
    }
    return value.len == 0 || np_http_find(ret, "content-length").data != NULL ? 400 : 0;
}

static unsigned understand_field(const np_http_field *field, np_http_request *ret)
{
    if (says(field->name, "transfer-encoding")) {
        return 411;
    }
    if (says(field->name, "content-length")) {
        return read_length(field->value, ret);
    }
    if (says(field->name, "expect")) {
        ret->expects_continue = says(field->value, "100-continue");
        return ret->expects_continue ? 0 : 417;
    }
    if (says(field->name, "connection") && says(field->value, "close")) {
        ret->is_last = true;
    }
    return 0;
}

static unsigned read_field(np_bytes line, np_http_request *ret)
{
    np_http_field field;
    if (!take_until(&line, ':', &field.name) || !is_token(field.name) ||
        memchr(line.data, '\0', line.len) != NULL) {
        return 400;
    }
    field.value = trim(line);
    unsigned status = understand_field(&field, ret);
    ret->fields[ret->field_count++] = field;
    return status;
}

static np_http_verdict read_head(np_bytes head, np_http_request *ret)
{
    np_bytes line;
    unsigned status = take_line(&head, &line) ? read_request_line(line, ret) : 400;
    while (status == 0) {
        if (!take_line(&head, &line)) {
            return refuse(ret, 400);
        }
        if (line.len == 0) {
            return NP_HTTP_REQUEST;
        }
        status = ret->field_count == NP_HTTP_FIELDS_MAX ? 431 : read_field(line, ret);
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

np_bytes np_http_find(const np_http_request *request, const char *name)
{
    for (size_t i = 0; i < request->field_count; i++) {
        if (says(request->fields[i].name, name)) {
            return request->fields[i].value;
        }
    }
    return (np_bytes){NULL, 0};
}

static int digit_of(uint8_t c)
{
    int letter = c | 0x20;
    return c >= '0' && c <= '9' ? c - '0' : letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

bool np_http_unescape(np_bytes text, np_writer *writer)
{
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.data[i];
        if (byte == '%') {
            int high = i + 2 < text.len ? digit_of(text.data[i + 1]) : -1;
            int low = i + 2 < text.len ? digit_of(text.data[i + 2]) : -1;
            byte = (uint8_t)(high < 0 || low < 0 ? 0 : high << 4 | low);
            i += 2;
        }
        if (byte == 0) {
            return false;
        }
        np_write_u8(writer, byte);
    }
    return np_writer_has_room(writer);
}

bool np_http_query(np_bytes query, const char *name, np_bytes *ret)
{
    size_t len = strlen(name);
    while (query.len > 0) {
        const uint8_t *end = memchr(query.data, '&', query.len);
        size_t size = end == NULL ? query.len : (size_t)(end - query.data);
        if (size > len && memcmp(query.data, name, len) == 0 && query.data[len] == '=') {
            *ret = np_bytes_of(query.data + len + 1, size - len - 1);
            return true;
        }
        size += end == NULL ? 0 : 1;
        query = np_bytes_of(query.data + size, query.len - size);
    }
    return false;
}

typedef struct status_row {
    unsigned status;
    const char *reason;
} status_row;

static const status_row statuses[] = {
    {200, "OK"},
    {201, "Created"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {411, "Length Required"},
    {413, "Content Too Large"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {422, "Unprocessable Content"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

static const char *words_of(unsigned status)
{
    for (size_t i = 0; i < NP_COUNT_OF(statuses); i++) {
        if (statuses[i].status == status) {
            return statuses[i].reason;
        }
    }
    return "";
}

/* RFC 9110 5.6.7, in whatever language the process speaks. */
static void write_date(np_writer *writer, int64_t now)
{
    enum { SECONDS_PER_DAY = 86400, DAYS_PER_WEEK = 7 };
    static const char days[DAYS_PER_WEEK][4] = {"Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"};
    static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                     "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    char text[64];
    np_civil time = np_civil_from_seconds(now);
    np_format(text, sizeof(text), "Date: %s, %02d %s %04d %02d:%02d:%02d GMT\r\n",
              days[now / SECONDS_PER_DAY % DAYS_PER_WEEK], time.day, months[time.month - 1],
              time.year, time.hour, time.minute, time.second);
    np_write_text(writer, text);
}

void np_http_write_head(np_writer *writer, const np_http_answer *answer)
{
    char line[128];
    np_format(line, sizeof(line), "HTTP/1.1 %u %s\r\nContent-Type: ", answer->status,
              words_of(answer->status));
    np_write_text(writer, line);
    np_write_text(writer, answer->type == NULL ? "application/json" : answer->type);
    np_write_text(writer, "\r\n");
    if (!answer->has_no_end && answer->status != 204) {
        np_format(line, sizeof(line), "Content-Length: %zu\r\n", (size_t)answer->body_len);
        np_write_text(writer, line);
    }
    if (answer->now > 0) {
        write_date(writer, answer->now);
    }
    np_write_text(writer, answer->fields == NULL ? "" : answer->fields);
    np_write_text(writer, answer->is_last || answer->has_no_end ? "Connection: close\r\n" : "");
    np_write_text(writer, "\r\n");
}

/* What such an answer to a device has to have. */
static const char *fields_of(unsigned status)
{
    return status == 405   ? "Cache-Control: no-store\r\nAllow: GET\r\n"
           : status == 401 ? "Cache-Control: no-store\r\nWWW-Authenticate: NH1\r\n"
                           : "Cache-Control: no-store\r\n";
}

void np_http_write(np_writer *writer, unsigned status, np_bytes body, int64_t now, bool is_last)
{
    const np_http_answer answer = {.status = status,
                                   .fields = fields_of(status),
                                   .body_len = body.len,
                                   .now = now,
                                   .is_last = is_last};
    np_http_write_head(writer, &answer);
    np_write_bytes(writer, body);
}
