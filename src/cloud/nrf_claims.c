/* SPDX-License-Identifier: Apache-2.0 */
/* Calls of the provisioning host: claims, commands for devices, rules. */
#include "base/wipe.h"
#include "cloud/nrf_call.h"
#include <stdio.h>
#include <stdlib.h>

/* Bulk claims are documented with two other paths as well; this is the one that Nordic's tools
 * call (specs of nrfcloud 5.4). */
static const char claims[] = "/claimed-devices";

static const char lost_claim[] = "the same command with --dry-run asks what can still be claimed";

static nrf_call claim_call(const np_nrf_cloud *cloud, const char *method, const char *path)
{
    return nrf_call_of(method, cloud->provisioning_url, path, "the claim");
}

np_code np_nrf_claim_check(const np_nrf_cloud *cloud, const char *token, np_error *err)
{
    nrf_call call = claim_call(cloud, "POST", "/claimed-devices?dryrun=true");
    return nrf_call_tell(cloud, &call, json_pack("{s:s}", "claimToken", token), err);
}

/* Tags in one text are one tag each for the service. */
static json_t *split_tags(const char *tags)
{
    json_t *list = json_array();
    while (list != NULL && *tags != '\0') {
        size_t len = strcspn(tags, ",");
        json_array_append_new(list, json_stringn(tags, len));
        tags += len + (tags[len] == ',' ? 1 : 0);
    }
    return list;
}

np_code np_nrf_claim(const np_nrf_cloud *cloud, const char *token, const char *tags, json_t **ret,
                     np_error *err)
{
    NP_CLEANUP(np_http_reply_clear) np_http_reply reply = {0};
    nrf_call call = claim_call(cloud, "POST", claims);
    call.if_lost = lost_claim;
    json_t *body = tags == NULL || tags[0] == '\0'
                       ? json_pack("{s:s}", "claimToken", token)
                       : json_pack("{s:s, s:o}", "claimToken", token, "tags", split_tags(tags));
    NP_TRY(nrf_call_send_json(cloud, &call, body, &reply, err));
    return np_nrf_object(np_http_reply_body(&reply), call.what, ret, err);
}

np_code np_nrf_claim_many(const np_nrf_cloud *cloud, np_bytes rows, json_t **ret, np_error *err)
{
    NP_CLEANUP(np_http_reply_clear) np_http_reply reply = {0};
    nrf_call call = claim_call(cloud, "POST", claims);
    call.if_lost = lost_claim;
    call.content_type = "text/csv";
    call.body = rows;
    NP_TRY(nrf_call_send(cloud, &call, &reply, err));
    return np_nrf_object(np_http_reply_body(&reply), call.what, ret, err);
}

np_code np_nrf_unclaim(const np_nrf_cloud *cloud, const char *uuid, np_error *err)
{
    NP_CLEANUP(np_http_reply_clear) np_http_reply reply = {0};
    nrf_call call = claim_call(cloud, "DELETE", claims);
    nrf_call_add(&call, uuid);
    return nrf_call_send(cloud, &call, &reply, err);
}

/* The last part of the path is singular (specs of nrfcloud 5.5). */
static nrf_call command_call(const np_nrf_cloud *cloud, const char *method, const char *uuid)
{
    nrf_call call = nrf_call_of(method, cloud->provisioning_url, claims, "the device's command");
    nrf_call_add(&call, uuid);
    nrf_call_add(&call, "provisioning");
    return call;
}

np_code np_nrf_command(const np_nrf_cloud *cloud, const char *uuid, const char *description,
                       json_t *request, char ret_id[static NP_NRF_OPERATION_SIZE], np_error *err)
{
    NP_CLEANUP(np_http_reply_clear) np_http_reply reply = {0};
    NP_CLEANUP(np_nrf_json_clear) json_t *answer = NULL;
    nrf_call call = command_call(cloud, "POST", uuid);
    json_t *body = json_pack("{s:s, s:o}", "description", description, "request", request);
    NP_TRY(nrf_call_send_json(cloud, &call, body, &reply, err));
    NP_TRY(np_nrf_object(np_http_reply_body(&reply), call.what, &answer, err));
    return nrf_take_name(answer, "id", call.what, ret_id, err);
}

static np_code report_failed(const json_t *answer, np_error *err)
{
    char message[NP_NRF_MESSAGE_SIZE];
    char *text = json_dumps(json_object_get(answer, "response"), JSON_COMPACT | JSON_ENCODE_ANY);
    np_nrf_message(np_bytes_text(text != NULL ? text : ""), message);
    free(text);
    return np_error_set(err, NP_EDEVICE_ANSWER, "the device could not do its command%s%s",
                        message[0] == '\0' ? "" : ": ", message);
}

np_code np_nrf_command_await(const np_nrf_cloud *cloud, const char *uuid, const char *id,
                             json_t **ret_response, np_error *err)
{
    int64_t began = cloud->time.now_ms(cloud->time.self);
    nrf_call call = command_call(cloud, "GET", uuid);
    nrf_call_add(&call, id);
    for (;;) {
        NP_CLEANUP(np_nrf_json_clear) json_t *answer = NULL;
        np_nrf_state state;
        NP_TRY(nrf_call_ask(cloud, &call, &answer, err));
        NP_TRY(np_nrf_state_of(answer, &state, err));
        if (state == NP_NRF_FAILED) {
            return report_failed(answer, err);
        }
        if (state == NP_NRF_SUCCEEDED) {
            *ret_response = json_incref(json_object_get(answer, "response"));
            return NP_OK;
        }
        NP_TRY(nrf_wait_within(cloud, began, call.what, err));
    }
}

json_t *np_nrf_request_csr(const char *attributes, const char *usage, json_int_t sec_tag)
{
    return json_pack("{s:{s:s, s:s, s:I}}", "certificateSigningRequest", "attributes", attributes,
                     "keyUsage", usage, "secTag", sec_tag);
}

json_t *np_nrf_request_certificate(const char *kind, const char *pem, json_int_t sec_tag)
{
    return json_pack("{s:{s:s, s:I}}", kind, "content", pem, "secTag", sec_tag);
}

json_t *np_nrf_request_finished(void)
{
    return json_pack("{s:{}}", "finished");
}

np_code np_nrf_rules(const np_nrf_cloud *cloud, json_t **ret, np_error *err)
{
    nrf_call call = nrf_call_of("GET", cloud->provisioning_url, "/provisioning-rules", "the rules");
    return nrf_call_ask(cloud, &call, ret, err);
}

np_code np_nrf_add_tag(const np_nrf_cloud *cloud, const char *tag, const char *description,
                       np_error *err)
{
    nrf_call call = nrf_call_of("POST", cloud->provisioning_url, "/provisioning/tags", "the tag");
    return nrf_call_tell(cloud, &call,
                         json_pack("{s:s, s:s}", "tag", tag, "description", description), err);
}

json_t *np_nrf_onboarding_rule(const char *roots, json_int_t sec_tag)
{
    return json_pack("{s:s, s:s, s:b, s:[{s:{s:{s:I}}}, {s:{s:{s:I}}}, {s:{s:{s:I, s:s}}}], s:[s]}",
                     "name", "nRF Cloud Onboarding", "description", "Onboarding rule for nRF Cloud",
                     "active", 1, "commands", "request", "clientPrivateKeyGeneration", "secTag",
                     sec_tag, "request", "cloudAccessKeyGeneration", "secTag", sec_tag, "request",
                     "serverCertificate", "secTag", sec_tag, "content", roots, "tags",
                     NP_NRF_ONBOARDING_TAG);
}

np_code np_nrf_add_rule(const np_nrf_cloud *cloud, json_t *rule, np_error *err)
{
    nrf_call call = nrf_call_of("POST", cloud->provisioning_url, "/provisioning-rules", "the rule");
    return nrf_call_tell(cloud, &call, rule, err);
}
