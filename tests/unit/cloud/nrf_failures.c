/* SPDX-License-Identifier: Apache-2.0 */
/* What nRF Cloud and the way to it can do wrong, and what becomes of it. No network, no time. */
#include "cloud/nrf_onboard.h"

#include "base/wipe.h"
#include "support/test.h"
#include "support/vectors.h"
#include "x509/certificate.h"
#include "x509/pem.h"

enum { REPLIES_MAX = 8, LOST = 0 };

typedef struct scripted {
    unsigned status; /* LOST: the connection was cut */
    const char *body;
    unsigned retry_after;
} scripted;

typedef struct scene {
    const scripted *replies;
    size_t requests;
    bool had_authorization; /* the last request */
    size_t rows_sent;
    size_t largest; /* rows in one request */
    char last_url[128];
    unsigned waited_ms[REPLIES_MAX * 4];
    size_t waits;
    int64_t now_ms;
    np_nrf_cloud cloud;
} scene;

static void count_rows(scene *at, np_bytes body)
{
    np_csv_row row;
    size_t rows = 0;
    np_reader reader = np_reader_of(body);
    while (np_csv_next(&reader, &row) == NP_CSV_ROW) {
        rows++;
    }
    at->rows_sent += rows;
    at->largest = rows > at->largest ? rows : at->largest;
}

static np_code answer(void *self, const np_http_request *request, np_http_reply *ret, np_error *err)
{
    scene *at = self;
    const scripted *reply = &at->replies[at->requests++];
    at->had_authorization = request->authorization != NULL;
    count_rows(at, request->body);
    snprintf(at->last_url, sizeof(at->last_url), "%s", request->url);
    if (reply->status == LOST) {
        return np_error_set(err, NP_ESTATION_IO, "the connection was cut");
    }
    *ret = (np_http_reply){.status = reply->status,
                           .body = strdup(reply->body == NULL ? "" : reply->body),
                           .has_retry_after = reply->retry_after > 0,
                           .retry_after = reply->retry_after};
    ret->len = strlen(ret->body);
    return NP_OK;
}

static int64_t now_ms(void *self)
{
    return ((scene *)self)->now_ms;
}

static np_code wait_ms(void *self, unsigned ms, np_error *err)
{
    scene *at = self;
    (void)err;
    assert_true(at->waits < NP_COUNT_OF(at->waited_ms));
    at->waited_ms[at->waits++] = ms;
    at->now_ms += ms;
    return NP_OK;
}

static void begin(scene *ret, const scripted *replies)
{
    *ret = (scene){.replies = replies};
    ret->cloud = (np_nrf_cloud){
        .http = {answer, ret},
        .time = {now_ms, wait_ms, ret},
        .devices_url = "https://a.test/v1",
        .provisioning_url = "https://b.test/v1",
        .authorization = "Bearer KEY",
        .poll_ms = 1000,
        .limit_ms = 5000,
    };
}

static np_code find(scene *at, np_error *err)
{
    NP_CLEANUP(np_nrf_json_clear) json_t *device = NULL;
    return np_nrf_find_device(&at->cloud, "a", &device, err);
}

static np_code upload(scene *at, np_error *err)
{
    char operation[NP_NRF_OPERATION_SIZE];
    return np_nrf_upload(&at->cloud, np_bytes_text("row\n"), operation, err);
}

typedef struct status_case {
    unsigned status;
    np_code code;
    size_t requests; /* of an upload: what may have been done is not done twice */
} status_case;

static void every_status_has_its_code(void **state)
{
    static const status_case cases[] = {
        {301, NP_ESTATION_IO, 1},      {302, NP_ESTATION_IO, 1},     {400, NP_EINPUT_FORMAT, 1},
        {401, NP_EPOLICY, 1},          {403, NP_EPOLICY, 1},         {404, NP_EINPUT_MISSING, 1},
        {408, NP_ESTATION_TIMEOUT, 1}, {409, NP_ECONFLICT_OTHER, 1}, {413, NP_EINPUT_RANGE, 1},
        {418, NP_EINPUT_FORMAT, 1},    {429, NP_ESTATION_BUSY, 4},   {500, NP_ESTATION_IO, 1},
        {502, NP_ESTATION_IO, 1},      {503, NP_ESTATION_IO, 4},     {504, NP_ESTATION_IO, 1},
        {100, NP_ESTATION_IO, 1},      {600, NP_ESTATION_IO, 1},
    };
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(cases); i++) {
        scripted replies[4];
        scene at;
        np_error err;
        for (size_t k = 0; k < NP_COUNT_OF(replies); k++) {
            replies[k] = (scripted){cases[i].status, "{\"code\":40001,\"message\":\"why\"}", 0};
        }
        begin(&at, replies);
        assert_code(upload(&at, &err), cases[i].code);
        assert_int_equal(at.requests, cases[i].requests);
        assert_non_null(strstr(err.message, "why, code 40001"));
        assert_int_equal(err.sub, cases[i].status);
    }
}

static void what_can_do_no_harm_is_asked_again(void **state)
{
    static const scripted replies[] = {
        {500, NULL, 0}, {LOST, NULL, 0}, {504, NULL, 0}, {200, "{}", 0}};
    scene at;
    np_error err;
    (void)state;
    begin(&at, replies);
    assert_ok(find(&at, &err), &err);
    assert_int_equal(at.requests, 4);
    assert_int_equal(at.waits, 3);
    assert_int_equal(at.waited_ms[0], 1000);
    assert_int_equal(at.waited_ms[1], 2000);
    assert_int_equal(at.waited_ms[2], 4000);
}

static void the_service_says_how_long_to_wait_but_not_longer_than_the_limit(void **state)
{
    static const scripted replies[] = {
        {429, NULL, 3}, {503, NULL, 100}, {202, "{\"bulkOpsRequestId\":\"X\"}", 0}};
    scene at;
    np_error err;
    (void)state;
    begin(&at, replies);
    assert_ok(upload(&at, &err), &err);
    assert_int_equal(at.waited_ms[0], 3000);
    assert_int_equal(at.waited_ms[1], 5000);
}

static void an_upload_whose_answer_was_lost_is_not_sent_again(void **state)
{
    static const scripted replies[] = {{LOST, NULL, 0}};
    scene at;
    np_error err;
    (void)state;
    begin(&at, replies);
    assert_code(upload(&at, &err), NP_ESTATION_IO);
    assert_int_equal(at.requests, 1);
    assert_non_null(strstr(err.hint, "--skip-existing"));
}

static void an_operation_that_does_not_end_is_left_with_its_name(void **state)
{
    static const scripted pending = {200, "{\"status\":\"PENDING\"}", 0};
    const scripted replies[] = {pending, pending, pending, pending, pending, pending};
    np_nrf_operation operation;
    scene at;
    np_error err;
    (void)state;
    begin(&at, replies);
    assert_code(np_nrf_await(&at.cloud, "01EZ", &operation, &err), NP_ESTATION_TIMEOUT);
    assert_int_equal(at.requests, 6);
    assert_int_equal(at.now_ms, 5000);
    assert_non_null(strstr(err.hint, "01EZ"));
}

static void answers_of_another_form_are_told(void **state)
{
    static const char long_id[] = "{\"bulkOpsRequestId\":\"0123456789012345678901234567890"
                                  "12345678901234567890123456789012345\"}";
    static const char *const bodies[] = {"", "[]", "{", "{}", "{\"bulkOpsRequestId\":1}", long_id};
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(bodies); i++) {
        const scripted reply = {202, bodies[i], 0};
        scene at;
        np_error err;
        begin(&at, &reply);
        assert_code(upload(&at, &err), NP_ESTATION_IO);
    }
}

static np_code onboard(scene *at, np_nrf_onboarding *ret, np_error *err)
{
    size_t len;
    uint8_t *text = vector_load("nrf/csv/onboard_three_rows.csv", &len);
    assert_ok(np_nrf_onboarding_read(np_bytes_of(text, len), ret, err), err);
    np_code code = np_nrf_onboarding_run(&at->cloud, ret, NULL, NULL, err);
    for (size_t i = 0; i < ret->count; i++) {
        ret->outcomes[i].row = (np_bytes){NULL, 0};
    }
    free(text);
    return code;
}

#define ACCEPTED                                                                                   \
    {                                                                                              \
        202, "{\"bulkOpsRequestId\":\"X\"}", 0                                                     \
    }
#define FAILED                                                                                     \
    {                                                                                              \
        200, "{\"status\":\"FAILED\",\"errorSummaryUrl\":\"https://s3.test/e?sig=1\"}", 0          \
    }

static void errors_are_fetched_without_the_key(void **state)
{
    const scripted replies[] = {ACCEPTED, FAILED, {200, "{\"errors\":[\"[1]: bad\"]}", 0}};
    np_nrf_onboarding onboarding;
    scene at;
    np_error err;
    (void)state;
    begin(&at, replies);
    assert_ok(onboard(&at, &onboarding, &err), &err);
    assert_string_equal(at.last_url, "https://s3.test/e?sig=1");
    assert_false(at.had_authorization);
    assert_string_equal(onboarding.outcomes[1].reason, "bad");
    np_nrf_onboarding_clear(&onboarding);
}

static void a_failure_that_names_no_row_is_one_of_all(void **state)
{
    static const char *const bodies[] = {
        "{\"errors\":[\"out of order\"]}",
        "{\"errors\":[\"[7]: out of order\"]}",
        "{\"error\":\"out of order\"}",
        "{\"errors\":[]}",
        "{\"errors\":[7, null]}",
        "{\"error\":\"Error (1-based)]: {\\\"out of order\\\":[0,4,\\\"x\\\"]}.\"}"};
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(bodies); i++) {
        const scripted replies[] = {ACCEPTED, FAILED, {200, bodies[i], 0}};
        np_nrf_onboarding onboarding;
        scene at;
        np_error err;
        begin(&at, replies);
        assert_ok(onboard(&at, &onboarding, &err), &err);
        assert_int_equal(np_nrf_onboarding_count(&onboarding, NP_NRF_REFUSED), 3);
        assert_non_null(onboarding.outcomes[2].reason);
        np_nrf_onboarding_clear(&onboarding);
    }
}

static void without_its_error_file_a_failure_stays_open(void **state)
{
    static const scripted files[] = {{200, "none", 0}, {404, NULL, 0}, {200, "{}", 0}};
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(files); i++) {
        const scripted replies[] = {ACCEPTED, FAILED, files[i]};
        np_nrf_onboarding onboarding;
        scene at;
        np_error err;
        begin(&at, replies);
        assert_int_not_equal(onboard(&at, &onboarding, &err), NP_OK);
        assert_int_equal(np_nrf_onboarding_count(&onboarding, NP_NRF_OPEN), 3);
        np_nrf_onboarding_clear(&onboarding);
    }
}

static void what_the_account_has_is_not_sent_and_what_it_lacks_was_not_taken(void **state)
{
    const scripted replies[] = {{200, "{}", 0},
                                {404, NULL, 0},
                                {200, "{}", 0},
                                ACCEPTED,
                                {200, "{\"status\":\"SUCCEEDED\"}", 0},
                                {404, NULL, 0}};
    np_nrf_onboarding onboarding;
    scene at;
    np_error err;
    size_t len;
    uint8_t *text = vector_load("nrf/csv/onboard_three_rows.csv", &len);
    (void)state;
    begin(&at, replies);
    assert_ok(np_nrf_onboarding_read(np_bytes_of(text, len), &onboarding, &err), &err);
    assert_ok(np_nrf_onboarding_skip(&at.cloud, &onboarding, &err), &err);
    assert_int_equal(np_nrf_onboarding_count(&onboarding, NP_NRF_THERE), 2);
    assert_ok(np_nrf_onboarding_run(&at.cloud, &onboarding, NULL, NULL, &err), &err);
    assert_int_equal(onboarding.outcomes[1].verdict, NP_NRF_DONE);
    assert_ok(np_nrf_onboarding_confirm(&at.cloud, &onboarding, &err), &err);
    assert_int_equal(onboarding.outcomes[1].verdict, NP_NRF_REFUSED);
    np_nrf_onboarding_clear(&onboarding);
    free(text);
}

static void rows_that_do_not_fit_are_not_sent(void **state)
{
    static char text[8192];
    np_nrf_onboarding onboarding;
    np_error err;
    size_t len;
    size_t bad_len;
    uint8_t *row = vector_load("nrf/csv/onboard_uuid.csv", &len);
    uint8_t *bad = vector_load("nrf/csv/onboard_quoting.csv", &bad_len);
    (void)state;
    int size = snprintf(text, sizeof(text), "%.*s%.*s%.*sa,b\n", (int)len, row, (int)bad_len, bad,
                        (int)len, row);
    assert_ok(np_nrf_onboarding_read(np_bytes_of(text, (size_t)size), &onboarding, &err), &err);
    assert_int_equal(onboarding.count, 4);
    assert_int_equal(onboarding.outcomes[0].verdict, NP_NRF_OPEN);
    assert_int_equal(np_nrf_onboarding_count(&onboarding, NP_NRF_UNFIT), 3);
    assert_non_null(strstr(onboarding.outcomes[2].reason, "same device id"));
    assert_non_null(strstr(onboarding.outcomes[3].reason, "2 fields"));
    np_nrf_onboarding_clear(&onboarding);
    assert_code(np_nrf_onboarding_read(np_bytes_text("a,\"b"), &onboarding, &err),
                NP_EINPUT_FORMAT);
    assert_code(np_nrf_onboarding_read(np_bytes_text("\n"), &onboarding, &err), NP_EINPUT_MISSING);
    free(row);
    free(bad);
}

/* Rows of devices that differ in name and key; nobody verifies what their certificates say. */
static size_t make_rows(char *text, size_t size, unsigned count)
{
    static const char name[] = "50343956-3037-4738-800d-1f29e0a0f7bf";
    static np_nrf_row_text said;
    static uint8_t pem[1024];
    uint8_t der[NP_CERTIFICATE_MAX];
    np_certificate parsed;
    np_csv_row row;
    np_nrf_row values;
    np_error err;
    size_t len;
    uint8_t *file = vector_load("nrf/csv/onboard_uuid.csv", &len);
    np_reader reader = np_reader_of(np_bytes_of(file, len));
    np_writer writer = np_writer_of(der, sizeof(der));
    assert_int_equal(np_csv_next(&reader, &row), NP_CSV_ROW);
    assert_ok(np_nrf_row_read(&row, &said, &values, &err), &err);
    assert_ok(np_pem_decode(values.certificate, "CERTIFICATE", &writer, &err), &err);
    assert_ok(np_certificate_parse(np_writer_bytes(&writer), &parsed, &err), &err);
    uint8_t *id = memmem(der, writer.len, name, strlen(name));
    np_writer rows = np_writer_of((uint8_t *)text, size);
    assert_non_null(id);
    for (unsigned i = 0; i < count; i++) {
        char digits[sizeof(name)];
        np_writer encoded = np_writer_of(pem, sizeof(pem));
        snprintf(digits, sizeof(digits), "%036u", i);
        memcpy(id, digits, strlen(name));
        memcpy(der + (parsed.point.data - der), digits + 4, 32);
        np_pem_encode(&encoded, "CERTIFICATE", np_writer_bytes(&writer));
        values.id = np_bytes_text(digits);
        values.certificate = np_writer_bytes(&encoded);
        np_nrf_row_write(&rows, &values);
    }
    free(file);
    return np_writer_bytes(&rows).len;
}

static void a_thousand_rows_go_in_one_call_and_numbers_are_of_that_call(void **state)
{
    enum { ROWS = 1001, SIZE = ROWS * 1024 };
    const scripted replies[] = {ACCEPTED,
                                {200, "{\"status\":\"SUCCEEDED\"}", 0},
                                ACCEPTED,
                                FAILED,
                                {200, "{\"errors\":[\"[0]: full\"]}", 0}};
    np_nrf_onboarding onboarding;
    scene at;
    np_error err;
    char *text = malloc(SIZE);
    (void)state;
    assert_non_null(text);
    size_t len = make_rows(text, SIZE, ROWS);
    begin(&at, replies);
    assert_ok(np_nrf_onboarding_read(np_bytes_of(text, len), &onboarding, &err), &err);
    assert_int_equal(np_nrf_onboarding_count(&onboarding, NP_NRF_OPEN), ROWS);
    assert_ok(np_nrf_onboarding_run(&at.cloud, &onboarding, NULL, NULL, &err), &err);
    assert_int_equal(at.requests, NP_COUNT_OF(replies));
    assert_int_equal(at.rows_sent, ROWS);
    assert_int_equal(at.largest, NP_NRF_ROWS_MAX);
    assert_int_equal(np_nrf_onboarding_count(&onboarding, NP_NRF_DONE), ROWS - 1);
    assert_string_equal(onboarding.outcomes[ROWS - 1].reason, "full");
    np_nrf_onboarding_clear(&onboarding);
    free(text);
}

static void ids_are_escaped_in_addresses(void **state)
{
    const scripted reply = {404, NULL, 0};
    NP_CLEANUP(np_nrf_json_clear) json_t *device = NULL;
    scene at;
    np_error err;
    (void)state;
    begin(&at, &reply);
    assert_ok(np_nrf_find_device(&at.cloud, "../a?b#c d\xc3", &device, &err), &err);
    assert_null(device);
    assert_string_equal(at.last_url, "https://a.test/v1/devices/..%2Fa%3Fb%23c%20d%C3");
}

static void addresses_of_services_are_https(void **state)
{
    static const char *const bad[] = {"http://a.test/v1",
                                      "https://",
                                      "https:///v1",
                                      "https://u:p@a.test",
                                      "https://a.test/v1/",
                                      "https://a.test/?x",
                                      "https://a b",
                                      "ftp://a",
                                      ""};
    (void)state;
    for (size_t i = 0; i < NP_COUNT_OF(bad); i++) {
        assert_code(np_nrf_check_url(bad[i], NULL), NP_EUSAGE);
    }
    assert_code(np_nrf_check_url(NP_NRF_DEVICES_URL, NULL), NP_OK);
    assert_code(np_nrf_check_url("https://127.0.0.1:8443", NULL), NP_OK);
}

static void credentials_have_two_forms(void **state)
{
    char text[NP_NRF_AUTHORIZATION_SIZE];
    (void)state;
    assert_code(np_nrf_authorize("bearer", "KEY", text, NULL), NP_OK);
    assert_string_equal(text, "Bearer KEY");
    /* by base64(1) */
    assert_code(np_nrf_authorize("basic", "open sesame", text, NULL), NP_EINPUT_FORMAT);
    assert_code(np_nrf_authorize("basic", "opensesame", text, NULL), NP_OK);
    assert_string_equal(text, "Basic Om9wZW5zZXNhbWU=");
    assert_code(np_nrf_authorize("bearer", "a\nb", text, NULL), NP_EINPUT_FORMAT);
    assert_code(np_nrf_authorize("bearer", "", text, NULL), NP_EINPUT_FORMAT);
    assert_code(np_nrf_authorize("digest", "KEY", text, NULL), NP_EUSAGE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_status_has_its_code),
        cmocka_unit_test(what_can_do_no_harm_is_asked_again),
        cmocka_unit_test(the_service_says_how_long_to_wait_but_not_longer_than_the_limit),
        cmocka_unit_test(an_upload_whose_answer_was_lost_is_not_sent_again),
        cmocka_unit_test(an_operation_that_does_not_end_is_left_with_its_name),
        cmocka_unit_test(answers_of_another_form_are_told),
        cmocka_unit_test(errors_are_fetched_without_the_key),
        cmocka_unit_test(a_failure_that_names_no_row_is_one_of_all),
        cmocka_unit_test(without_its_error_file_a_failure_stays_open),
        cmocka_unit_test(what_the_account_has_is_not_sent_and_what_it_lacks_was_not_taken),
        cmocka_unit_test(rows_that_do_not_fit_are_not_sent),
        cmocka_unit_test(a_thousand_rows_go_in_one_call_and_numbers_are_of_that_call),
        cmocka_unit_test(ids_are_escaped_in_addresses),
        cmocka_unit_test(addresses_of_services_are_https),
        cmocka_unit_test(credentials_have_two_forms),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
