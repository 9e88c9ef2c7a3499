/* SPDX-License-Identifier: Apache-2.0 */
/* Requests as RFC 9112 has them, and what is none. */
#include "gateway/http.h"

#include "support/test.h"

typedef struct request_row {
    const char *text;
    np_http_verdict verdict;
    unsigned status;
    const char *path;
    bool is_last;
} request_row;

static const request_row requests[] = {
    {"GET /v1/me HTTP/1.1\r\nHost: h\r\n\r\n", NP_HTTP_REQUEST, 0, "/v1/me", false},
    {"GET /v1/me?a=b HTTP/1.1\r\n\r\n", NP_HTTP_REQUEST, 0, "/v1/me", false},
    {"GET / HTTP/1.1\r\nconnection:  Close \r\n\r\n", NP_HTTP_REQUEST, 0, "/", true},
    {"GET / HTTP/1.0\r\n\r\n", NP_HTTP_REQUEST, 0, "/", true},
    {"GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n", NP_HTTP_REQUEST, 0, "/", false},
    {"GET / HTTP/1.1\r\nHost: h\r\n", NP_HTTP_INCOMPLETE, 0, NULL, false},
    {"", NP_HTTP_INCOMPLETE, 0, NULL, false},
    {"GET / HTTP/2.0\r\n\r\n", NP_HTTP_BAD, 505, NULL, false},
    {"GET /\r\n\r\n", NP_HTTP_BAD, 400, NULL, false},
    {"GET  / HTTP/1.1\r\n\r\n", NP_HTTP_BAD, 400, NULL, false},
    {"G(T / HTTP/1.1\r\n\r\n", NP_HTTP_BAD, 400, NULL, false},
    {"GET / HTTP/1.1\nHost: h\r\n\r\n", NP_HTTP_BAD, 400, NULL, false},
    {"GET / HTTP/1.1\r\nHost : h\r\n\r\n", NP_HTTP_BAD, 400, NULL, false},
    {"GET / HTTP/1.1\r\n Host: h\r\n\r\n", NP_HTTP_BAD, 400, NULL, false},
    {"GET / HTTP/1.1\r\nHost\r\n\r\n", NP_HTTP_BAD, 400, NULL, false},
    {"PUT / HTTP/1.1\r\nContent-Length: 1\r\n\r\nx", NP_HTTP_REQUEST, 0, "/", false},
    {"PUT / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", NP_HTTP_BAD, 400, NULL, false},
    {"PUT / HTTP/1.1\r\nContent-Length: 1, 1\r\n\r\nx", NP_HTTP_BAD, 400, NULL, false},
    {"PUT / HTTP/1.1\r\nContent-Length:\r\n\r\n", NP_HTTP_BAD, 400, NULL, false},
    {"PUT / HTTP/1.1\r\nContent-Length: 0\r\nContent-Length: 1\r\n\r\n", NP_HTTP_BAD, 400, NULL,
     false},
    {"PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", NP_HTTP_BAD, 411, NULL, false},
    {"PUT / HTTP/1.1\r\nExpect: miracles\r\n\r\n", NP_HTTP_BAD, 417, NULL, false},
};

static void requests_are_read_or_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(requests); i++) {
        np_http_request got;
        const request_row *row = &requests[i];
        np_http_verdict verdict = np_http_read(np_bytes_text(row->text), &got);
        if (verdict != row->verdict || got.status != row->status ||
            (row->path != NULL && (!np_bytes_equal(got.path, np_bytes_text(row->path)) ||
                                   got.is_last != row->is_last))) {
            fail_msg("%s: %d, status %u", row->text, verdict, got.status);
        }
    }
}

static void a_body_is_announced_with_its_length(void **state)
{
    np_http_request got;
    (void)state;
    assert_int_equal(np_http_read(np_bytes_text("PUT /a?b=c HTTP/1.1\r\nContent-Length: 1048577\r\n"
                                                "Expect: 100-Continue\r\n\r\n"),
                                  &got),
                     NP_HTTP_REQUEST);
    assert_int_equal(got.body_len, 1048577);
    assert_true(got.expects_continue);
    assert_true(np_bytes_equal(got.query, np_bytes_text("b=c")));
    assert_true(np_bytes_equal(np_http_find(&got, "content-LENGTH"), np_bytes_text("1048577")));
    assert_null(np_http_find(&got, "host").data);
    assert_int_equal(np_http_read(np_bytes_text("PUT / HTTP/1.1\r\nContent-Length: "
                                                "99999999999999999999999999\r\n\r\n"),
                                  &got),
                     NP_HTTP_REQUEST);
    assert_true(got.body_len == UINT64_MAX);
}

typedef struct escape_row {
    const char *text;
    const char *plain; /* NULL: refused */
} escape_row;

/* RFC 3986 2.1 */
static void escapes_are_taken_apart(void **state)
{
    static const escape_row rows[] = {
        {"N1", "N1"},
        {"a%2Fb%2fc", "a/b/c"},
        {"%C3%A4", "\303\244"},
        {"%41%", NULL},
        {"%4", NULL},
        {"%4g", NULL},
        {"%00", NULL},
        {"", ""},
        {"%25", "%"},
        {"a%2", NULL},
        {"+", "+"},
    };
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t room[16];
        np_writer writer = np_writer_of(room, sizeof(room));
        bool is_good = np_http_unescape(np_bytes_text(rows[i].text), &writer);
        assert_int_equal(is_good, rows[i].plain != NULL);
        assert_true(!is_good ||
                    np_bytes_equal(np_writer_bytes(&writer), np_bytes_text(rows[i].plain)));
    }
}

static void a_query_is_looked_up(void **state)
{
    np_bytes got;
    np_bytes query = np_bytes_text("limit=10&&limits=3&after=a%3Db&x");
    (void)state;
    assert_true(np_http_query(query, "limit", &got));
    assert_true(np_bytes_equal(got, np_bytes_text("10")));
    assert_true(np_http_query(query, "after", &got));
    assert_true(np_bytes_equal(got, np_bytes_text("a%3Db")));
    assert_false(np_http_query(query, "x", &got));
    assert_false(np_http_query(query, "lim", &got));
    assert_false(np_http_query((np_bytes){NULL, 0}, "x", &got));
}

/* Dates as RFC 9110 5.6.7 shows them, and as date -u says of others. */
static void an_answer_has_the_time(void **state)
{
    (void)state;
    static const struct {
        int64_t now;
        const char *text;
    } rows[] = {{784111777, "Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n"},
                {86400, "Date: Fri, 02 Jan 1970 00:00:00 GMT\r\n"},
                {1709210096, "Date: Thu, 29 Feb 2024 12:34:56 GMT\r\n"},
                {4102444799, "Date: Thu, 31 Dec 2099 23:59:59 GMT\r\n"}};
    for (size_t i = 0; i < NP_COUNT_OF(rows); i++) {
        uint8_t bytes[512];
        np_writer writer = np_writer_of(bytes, sizeof(bytes));
        np_bytes nothing = {NULL, 0};
        np_http_write(&writer, 401, nothing, rows[i].now, true);
        assert_true(np_writer_has_room(&writer));
        np_bytes all = np_writer_bytes(&writer);
        assert_non_null(memmem(all.data, all.len, rows[i].text, strlen(rows[i].text)));
        assert_non_null(memmem(all.data, all.len, "WWW-Authenticate: NH1\r\n", 23));
    }
}

/* 16 kB of head, and 64 fields. */
static void a_head_has_its_limits(void **state)
{
    static uint8_t text[NP_HTTP_HEAD_MAX + 1];
    np_http_request got;
    (void)state;
    memset(text, 'a', sizeof(text));
    assert_int_equal(np_http_read(np_bytes_of(text, NP_HTTP_HEAD_MAX - 1), &got),
                     NP_HTTP_INCOMPLETE);
    assert_int_equal(np_http_read(np_bytes_of(text, NP_HTTP_HEAD_MAX), &got), NP_HTTP_BAD);
    assert_int_equal(got.status, 431);
    for (unsigned fields = 64; fields <= 65; fields++) {
        np_writer writer = np_writer_of(text, sizeof(text));
        np_write_text(&writer, "GET / HTTP/1.1\r\n");
        for (unsigned i = 0; i < fields; i++) {
            np_write_text(&writer, "A: b\r\n");
        }
        np_write_text(&writer, "\r\n");
        assert_int_equal(np_http_read(np_writer_bytes(&writer), &got),
                         fields == 64 ? NP_HTTP_REQUEST : NP_HTTP_BAD);
    }
    assert_int_equal(got.status, 431);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_read_or_refused),
        cmocka_unit_test(a_body_is_announced_with_its_length),
        cmocka_unit_test(escapes_are_taken_apart),
        cmocka_unit_test(a_query_is_looked_up),
        cmocka_unit_test(an_answer_has_the_time),
        cmocka_unit_test(a_head_has_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
