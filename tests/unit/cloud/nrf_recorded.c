/* SPDX-License-Identifier: Apache-2.0 */
/* What Nordic's tools asked nRF Cloud for is what we ask for, byte for byte. */
#include "cloud/nrf_onboard.h"

#include "base/wipe.h"
#include "support/rest_recording.h"
#include "support/test.h"
#include "support/vectors.h"

static const char uuid[] = "50343956-3037-4738-800d-1f29e0a0f7bf";

typedef struct scene {
    rest_recording recording;
    np_nrf_cloud cloud;
    uint8_t *rows;
    size_t rows_len;
    int64_t now_ms;
    unsigned waits;
} scene;

static int64_t now_ms(void *self)
{
    return ((scene *)self)->now_ms;
}

static np_code wait_ms(void *self, unsigned ms, np_error *err)
{
    scene *at = self;
    (void)err;
    at->now_ms += ms;
    at->waits++;
    return NP_OK;
}

static void scene_open(scene *ret, const char *recording)
{
    *ret = (scene){0};
    rest_recording_open(&ret->recording, recording);
    ret->rows = vector_load("nrf/csv/onboard_three_rows.csv", &ret->rows_len);
    ret->cloud = (np_nrf_cloud){
        .http = rest_recording_http(&ret->recording),
        .time = {now_ms, wait_ms, ret},
        .devices_url = "https://api.nrfcloud.test/v1",
        .provisioning_url = "https://api.provisioning.nrfcloud.test/prov/v1",
        .authorization = "Bearer KEY",
        .poll_ms = 5000,
        .limit_ms = 60000,
    };
}

static void scene_close(scene *at)
{
    assert_int_equal(at->recording.at, at->recording.count);
    rest_recording_close(&at->recording);
    free(at->rows);
}

static void began(void *self, const char *operation, size_t rows)
{
    (void)self;
    assert_string_equal(operation, "01EZZJVDQJPWT7V4FWNVDHNMM5");
    assert_int_equal(rows, 3);
}

static void assert_results(const np_nrf_onboarding *onboarding, const char *path)
{
    static uint8_t text[2048];
    const np_nrf_update update = {uuid, "mfw_nrf91x1_2.0.2", NULL};
    size_t len;
    uint8_t *expected = vector_load(path, &len);
    np_writer writer = np_writer_of(text, sizeof(text));
    np_nrf_results_write(&writer, onboarding, &update, 1);
    assert_int_equal(np_writer_bytes(&writer).len, len);
    assert_memory_equal(text, expected, len);
    free(expected);
}

static void tell_device(const scene *at)
{
    np_error err;
    assert_ok(np_nrf_report_firmware(&at->cloud, uuid, "mfw_nrf91x1_2.0.2", &err), &err);
    assert_ok(np_nrf_name_device(&at->cloud, uuid, "nrf-355025930000000", &err), &err);
}

static void rows_are_onboarded(void **state)
{
    scene at;
    np_nrf_onboarding onboarding;
    np_error err;
    (void)state;
    scene_open(&at, "nrf/rest/onboard_ok.txt");
    assert_ok(np_nrf_onboarding_read(np_bytes_of(at.rows, at.rows_len), &onboarding, &err), &err);
    assert_ok(np_nrf_onboarding_run(&at.cloud, &onboarding, began, NULL, &err), &err);
    tell_device(&at);
    assert_int_equal(np_nrf_onboarding_count(&onboarding, NP_NRF_DONE), 3);
    assert_int_equal(at.waits, 2);
    assert_int_equal(at.now_ms, 10000);
    assert_results(&onboarding, "nrf/csv/result_ok.csv");
    np_nrf_onboarding_clear(&onboarding);
    scene_close(&at);
}

static void todays_error_file_names_rows_from_0(void **state)
{
    scene at;
    np_nrf_onboarding onboarding;
    np_error err;
    (void)state;
    scene_open(&at, "nrf/rest/onboard_fail_new.txt");
    assert_ok(np_nrf_onboarding_read(np_bytes_of(at.rows, at.rows_len), &onboarding, &err), &err);
    assert_ok(np_nrf_onboarding_run(&at.cloud, &onboarding, began, NULL, &err), &err);
    tell_device(&at);
    assert_int_equal(onboarding.outcomes[0].verdict, NP_NRF_REFUSED);
    assert_string_equal(onboarding.outcomes[0].reason, "Device already exists");
    assert_int_equal(onboarding.outcomes[1].verdict, NP_NRF_DONE);
    assert_int_equal(onboarding.outcomes[2].verdict, NP_NRF_REFUSED);
    assert_string_equal(onboarding.outcomes[2].id, "dev1");
    assert_results(&onboarding, "nrf/csv/result_failed.csv");
    np_nrf_onboarding_clear(&onboarding);
    scene_close(&at);
}

static void the_old_error_text_names_rows_from_1(void **state)
{
    scene at;
    np_nrf_onboarding onboarding;
    np_error err;
    (void)state;
    scene_open(&at, "nrf/rest/onboard_fail_old.txt");
    assert_ok(np_nrf_onboarding_read(np_bytes_of(at.rows, at.rows_len), &onboarding, &err), &err);
    assert_ok(np_nrf_onboarding_run(&at.cloud, &onboarding, NULL, NULL, &err), &err);
    assert_int_equal(onboarding.outcomes[0].verdict, NP_NRF_REFUSED);
    assert_string_equal(onboarding.outcomes[0].reason, "Device already exists");
    assert_int_equal(np_nrf_onboarding_count(&onboarding, NP_NRF_DONE), 2);
    np_nrf_onboarding_clear(&onboarding);
    scene_close(&at);
}

static void a_key_that_is_not_accepted_is_policy(void **state)
{
    scene at;
    np_nrf_onboarding onboarding;
    np_error err;
    (void)state;
    scene_open(&at, "nrf/rest/onboard_401.txt");
    assert_ok(np_nrf_onboarding_read(np_bytes_of(at.rows, at.rows_len), &onboarding, &err), &err);
    assert_code(np_nrf_onboarding_run(&at.cloud, &onboarding, NULL, NULL, &err), NP_EPOLICY);
    assert_non_null(strstr(err.message, "Unauthorized"));
    assert_int_equal(np_nrf_onboarding_count(&onboarding, NP_NRF_OPEN), 3);
    np_nrf_onboarding_clear(&onboarding);
    scene_close(&at);
}

/* Texts that the recorded requests were made of. */
static char *text_of(const scene *at, size_t exchange, const char *kind, const char *name)
{
    NP_CLEANUP(np_nrf_json_clear)
    json_t *body = json_loads(at->recording.exchanges[exchange].body, 0, NULL);
    const json_t *from =
        kind == NULL ? body : json_object_get(json_object_get(body, "request"), kind);
    const char *text = json_string_value(json_object_get(from, name));
    assert_non_null(text);
    return strdup(text);
}

static void claim_in_bulk_and_back(scene *at)
{
    np_error err;
    NP_CLEANUP(np_nrf_json_clear) json_t *answer = NULL;
    uint8_t text[512];
    np_writer writer = np_writer_of(text, sizeof(text));
    char token[256] = "";
    assert_int_equal(sscanf(at->recording.exchanges[0].body, "\"%255[^\"]", token), 1);
    np_nrf_claim_row_write(&writer, np_bytes_text(token),
                           np_bytes_text("nrf-cloud-onboarding,foo"));
    assert_ok(np_nrf_claim_many(&at->cloud, np_writer_bytes(&writer), &answer, &err), &err);
    assert_int_equal(json_array_size(json_object_get(answer, "claimedIds")), 1);
    assert_ok(np_nrf_unclaim(&at->cloud, uuid, &err), &err);
}

static void make_rule(const scene *at)
{
    np_error err;
    NP_CLEANUP(np_nrf_json_clear) json_t *rules = NULL;
    size_t len;
    char *roots = (char *)vector_load("nrf/certs/nrfcloud_aws_plus_coap.pem", &len);
    assert_ok(np_nrf_rules(&at->cloud, &rules, &err), &err);
    assert_int_equal(json_array_size(json_object_get(rules, "items")), 0);
    assert_ok(np_nrf_add_tag(&at->cloud, "nrf-cloud-onboarding",
                             "Generated tag for rule: nRF Cloud Onboarding", &err),
              &err);
    assert_ok(np_nrf_add_rule(&at->cloud, np_nrf_onboarding_rule(roots, 16842753), &err), &err);
    free(roots);
}

static void claim_one(const scene *at, size_t exchange, const char *tags)
{
    np_error err;
    NP_CLEANUP(np_nrf_json_clear) json_t *device = NULL;
    char *token = text_of(at, exchange, NULL, "claimToken");
    assert_ok(np_nrf_claim_check(&at->cloud, token, &err), &err);
    assert_ok(np_nrf_claim(&at->cloud, token, tags, &device, &err), &err);
    assert_string_equal(json_string_value(json_object_get(device, "status")), "READY");
    free(token);
}

static void command(const scene *at, const char *description, json_t *request, const char *id)
{
    char said[NP_NRF_OPERATION_SIZE];
    np_error err;
    assert_ok(np_nrf_command(&at->cloud, uuid, description, request, said, &err), &err);
    assert_string_equal(said, id);
}

static json_t *answer_of(const scene *at, const char *id, const char *kind)
{
    json_t *response = NULL;
    np_error err;
    assert_ok(np_nrf_command_await(&at->cloud, uuid, id, &response, &err), &err);
    json_t *answer = json_incref(json_object_get(response, kind));
    json_decref(response);
    return answer;
}

/* The recording has only the beginning of the longest reply: the token is the tutorial's. */
static void complete_reply(scene *at, size_t exchange)
{
    enum { SIZE = 1024 };
    size_t len;
    char *token = (char *)vector_load("nrf/tokens/seed_keygen_csr.txt", &len);
    rest_exchange *to = &at->recording.exchanges[exchange];
    char *reply = malloc(SIZE);
    assert_non_null(reply);
    snprintf(reply, SIZE,
             "{\"id\": \"cmd1\", \"status\": \"SUCCEEDED\", \"response\": "
             "{\"certificateSigningRequest\": {\"message\": \"%.*s\"}}}",
             (int)len - 1, token);
    assert_memory_equal(reply, to->reply, to->reply_len);
    free(to->reply);
    to->reply = reply;
    to->reply_len = strlen(reply);
    free(token);
}

static void provision(const scene *at)
{
    enum { SEC_TAG = 16842753, FIRST = 12 };
    char *client = text_of(at, FIRST, "clientCertificate", "content");
    char *root = text_of(at, FIRST + 1, "serverCertificate", "content");
    json_t *csr = answer_of(at, "cmd1", "certificateSigningRequest");
    const char *message = json_string_value(json_object_get(csr, "message"));
    assert_true(message != NULL && strncmp(message, "MIIBCzCB", 8) == 0);
    json_decref(csr);
    command(at, "Update client cert",
            np_nrf_request_certificate("clientCertificate", client, SEC_TAG), "cmd2");
    command(at, "Update server cert",
            np_nrf_request_certificate("serverCertificate", root, SEC_TAG), "cmd3");
    command(at, "Provisioning complete", np_nrf_request_finished(), "cmd4");
    json_decref(answer_of(at, "cmd2", "clientCertificate"));
    json_decref(answer_of(at, "cmd4", "finished"));
    free(client);
    free(root);
}

static void devices_are_claimed_and_provisioned(void **state)
{
    scene at;
    char operation[NP_NRF_OPERATION_SIZE];
    np_error err;
    (void)state;
    scene_open(&at, "nrf/rest/claim_provision.txt");
    complete_reply(&at, 11);
    claim_in_bulk_and_back(&at);
    make_rule(&at);
    claim_one(&at, 5, "nrf-cloud-onboarding");
    claim_one(&at, 7, NULL);
    command(
        &at, "Generate CSR",
        np_nrf_request_csr("CN=50343956-3037-4738-800d-1f29e0a0f7bf", NP_NRF_CSR_USAGE, 16842753),
        "cmd1");
    provision(&at);
    const rest_exchange *last = &at.recording.exchanges[at.recording.count - 1];
    /* the recorded tool uploads by the other host's path */
    assert_ok(np_nrf_upload(&at.cloud, np_bytes_of(last->body, last->body_len), operation, &err),
              &err);
    scene_close(&at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rows_are_onboarded),
        cmocka_unit_test(todays_error_file_names_rows_from_0),
        cmocka_unit_test(the_old_error_text_names_rows_from_1),
        cmocka_unit_test(a_key_that_is_not_accepted_is_policy),
        cmocka_unit_test(devices_are_claimed_and_provisioned),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
