/* SPDX-License-Identifier: Apache-2.0 */
/* Calls about devices, bulk operations and the account. */
#include "base/wipe.h"
#include "cloud/nrf_call.h"
#include <stdio.h>

np_code np_nrf_upload(const np_nrf_cloud *cloud, np_bytes rows,
                      char ret_operation[static NP_NRF_OPERATION_SIZE], np_error *err)
{
    NP_CLEANUP(np_http_reply_clear) np_http_reply reply = {0};
    NP_CLEANUP(np_nrf_json_clear) json_t *answer = NULL;
    nrf_call call = nrf_call_of("POST", cloud->devices_url, "/devices", "onboarding");
    call.content_type = "text/csv";
    call.body = rows;
    call.if_lost = "the same command with --skip-existing leaves out what the account has";
    NP_TRY(nrf_call_send(cloud, &call, &reply, err));
    NP_TRY(np_nrf_object(np_http_reply_body(&reply), call.what, &answer, err));
    return nrf_take_name(answer, "bulkOpsRequestId", call.what, ret_operation, err);
}

np_code np_nrf_look(const np_nrf_cloud *cloud, const char *operation, np_nrf_operation *ret,
                    np_error *err)
{
    NP_CLEANUP(np_http_reply_clear) np_http_reply reply = {0};
    nrf_call call =
        nrf_call_of("GET", cloud->devices_url, "/bulk-ops-requests", "the bulk operation");
    nrf_call_add(&call, operation);
    NP_TRY(nrf_call_send(cloud, &call, &reply, err));
    return np_nrf_operation_read(np_http_reply_body(&reply), ret, err);
}

np_code np_nrf_await(const np_nrf_cloud *cloud, const char *operation, np_nrf_operation *ret,
                     np_error *err)
{
    int64_t began = cloud->time.now_ms(cloud->time.self);
    for (;;) {
        NP_CLEANUP(np_nrf_operation_clear) np_nrf_operation found = {0};
        NP_TRY(np_nrf_look(cloud, operation, &found, err));
        if (found.state != NP_NRF_WAITING) {
            *ret = found;
            found = (np_nrf_operation){0};
            return NP_OK;
        }
        np_code code = nrf_wait_within(cloud, began, "the bulk operation", err);
        if (code != NP_OK) {
            return np_error_hint(err, code, "it goes on: nameplate cloud nrf status %s --operation",
                                 operation);
        }
    }
}

np_code np_nrf_refusals_get(const np_nrf_cloud *cloud, const np_nrf_operation *operation,
                            size_t rows, np_nrf_refusals *ret, np_error *err)
{
    NP_CLEANUP(np_http_reply_clear) np_http_reply reply = {0};
    nrf_call call = {.method = "GET", .what = "the file of errors", .is_without_token = true};
    const char *url = operation->errors_url;
    if (url == NULL || snprintf(call.url, sizeof(call.url), "%s", url) >= (int)sizeof(call.url)) {
        return np_error_set(err, NP_ESTATION_IO,
                            "the operation failed, and does not tell which rows it refused");
    }
    NP_TRY(nrf_call_send(cloud, &call, &reply, err));
    return np_nrf_refusals_read(np_http_reply_body(&reply), rows, ret, err);
}

static nrf_call device_call(const np_nrf_cloud *cloud, const char *method, const char *id)
{
    nrf_call call = nrf_call_of(method, cloud->devices_url, "/devices", "the device");
    nrf_call_add(&call, id);
    return call;
}

np_code np_nrf_find_device(const np_nrf_cloud *cloud, const char *id, json_t **ret, np_error *err)
{
    nrf_call call = device_call(cloud, "GET", id);
    *ret = NULL;
    np_code code = nrf_call_ask(cloud, &call, ret, err);
    return code == NP_EINPUT_MISSING ? NP_OK : code;
}

np_code np_nrf_report_firmware(const np_nrf_cloud *cloud, const char *id, const char *firmware,
                               np_error *err)
{
    nrf_call call = device_call(cloud, "PATCH", id);
    nrf_call_add(&call, "state");
    return nrf_call_tell(cloud, &call,
                         json_pack("{s:{s:{s:{s:s}}}}", "reported", "device", "deviceInfo",
                                   "modemFirmware", firmware),
                         err);
}

np_code np_nrf_name_device(const np_nrf_cloud *cloud, const char *id, const char *name,
                           np_error *err)
{
    nrf_call call = device_call(cloud, "PUT", id);
    nrf_call_add(&call, "name");
    return nrf_call_tell(cloud, &call, json_pack("[s]", name), err);
}

np_code np_nrf_account(const np_nrf_cloud *cloud, json_t **ret, np_error *err)
{
    nrf_call call = nrf_call_of("GET", cloud->devices_url, "/account", "the account");
    return nrf_call_ask(cloud, &call, ret, err);
}
