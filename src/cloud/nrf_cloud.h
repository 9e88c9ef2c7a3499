/* SPDX-License-Identifier: Apache-2.0 */
/*
 * nRF Cloud as its REST interface (specs of nrfcloud 5): one function a call, on top of a table
 * that sends (cloud/http.h) and one that waits, so that every flow runs in a test without a network
 * and without time. Every status of HTTP becomes an error class: 401 and 403 are policy, 404 a
 * thing that is missing, other 4xx refused input, 429 and 5xx the station's trouble. It asks again
 * on its own where that can do no harm.
 *
 * Rule for callers: what comes from a file of errors (np_nrf_refusals_get) is at another host, and
 * is asked for without the credential; there is no other way to ask for it.
 */
#pragma once

#include "cloud/http.h"
#include "cloud/nrf_answers.h"

#define NP_NRF_DEVICES_URL      "https://api.nrfcloud.com/v1"
#define NP_NRF_PROVISIONING_URL "https://api.provisioning.nrfcloud.com/v1"

/* Times in milliseconds of any clock that does not jump. */
typedef struct np_nrf_time {
    int64_t (*now_ms)(void *self);
    /* NP_EINTERRUPTED when somebody wants the program to end. */
    NP_MUST_USE np_code (*wait)(void *self, unsigned ms, np_error *err);
    void *self;
} np_nrf_time;

/* Texts are borrowed. */
typedef struct np_nrf_cloud {
    np_http http;
    np_nrf_time time;
    const char *devices_url; /* https, without a slash at its end */
    const char *provisioning_url;
    const char *authorization; /* value of the header */
    unsigned poll_ms;          /* between two questions about an operation, and before a retry */
    unsigned limit_ms;         /* for waiting for an operation */
} np_nrf_cloud;

/* NP_EUSAGE unless it is https, has a host, and neither a user, a query nor blanks in it. */
NP_MUST_USE np_code np_nrf_check_url(const char *url, np_error *err);

enum { NP_NRF_AUTHORIZATION_SIZE = 512 };

/*
 * The header's value of a credential: "Bearer KEY", or for the form "basic" what organization
 * tokens take, the token as a password without a user. NP_EUSAGE for another form, NP_EINPUT_FORMAT
 * for a credential with characters that no header can have, NP_EINPUT_RANGE when it is too long.
 */
NP_MUST_USE np_code np_nrf_authorize(const char *form, const char *credential,
                                     char ret[static NP_NRF_AUTHORIZATION_SIZE], np_error *err);

/* Devices. */

/* At most NP_NRF_ROWS_MAX rows. The operation's name is for np_nrf_await. */
NP_MUST_USE np_code np_nrf_upload(const np_nrf_cloud *cloud, np_bytes rows,
                                  char ret_operation[static NP_NRF_OPERATION_SIZE], np_error *err);

/* One look at an operation. */
NP_MUST_USE np_code np_nrf_look(const np_nrf_cloud *cloud, const char *operation,
                                np_nrf_operation *ret, np_error *err);

/* Until it is done, or NP_ESTATION_TIMEOUT: then it goes on at the service. */
NP_MUST_USE np_code np_nrf_await(const np_nrf_cloud *cloud, const char *operation,
                                 np_nrf_operation *ret, np_error *err);

/* Which rows an operation that failed has refused. NP_ESTATION_IO when it does not tell. */
NP_MUST_USE np_code np_nrf_refusals_get(const np_nrf_cloud *cloud,
                                        const np_nrf_operation *operation, size_t rows,
                                        np_nrf_refusals *ret, np_error *err);

/* *ret is NULL when the account has no such device; that is no error. */
NP_MUST_USE np_code np_nrf_find_device(const np_nrf_cloud *cloud, const char *id, json_t **ret,
                                       np_error *err);
NP_MUST_USE np_code np_nrf_report_firmware(const np_nrf_cloud *cloud, const char *id,
                                           const char *firmware, np_error *err);
NP_MUST_USE np_code np_nrf_name_device(const np_nrf_cloud *cloud, const char *id, const char *name,
                                       np_error *err);
NP_MUST_USE np_code np_nrf_account(const np_nrf_cloud *cloud, json_t **ret, np_error *err);

/* Claiming, at the provisioning host. */

/* Would a claim of this token succeed? Claims nothing. */
NP_MUST_USE np_code np_nrf_claim_check(const np_nrf_cloud *cloud, const char *token, np_error *err);

/* tags may be NULL: one text, or several with commas. */
NP_MUST_USE np_code np_nrf_claim(const np_nrf_cloud *cloud, const char *token, const char *tags,
                                 json_t **ret, np_error *err);

/* Rows of np_nrf_claim_row_write, at most NP_NRF_ROWS_MAX. */
NP_MUST_USE np_code np_nrf_claim_many(const np_nrf_cloud *cloud, np_bytes rows, json_t **ret,
                                      np_error *err);
NP_MUST_USE np_code np_nrf_unclaim(const np_nrf_cloud *cloud, const char *uuid, np_error *err);

/* Commands for a claimed device, which fetches them when it connects. */

/* Takes the request. *ret_id, at most NP_NRF_OPERATION_SIZE with its NUL, names the command. */
NP_MUST_USE np_code np_nrf_command(const np_nrf_cloud *cloud, const char *uuid,
                                   const char *description, json_t *request,
                                   char ret_id[static NP_NRF_OPERATION_SIZE], np_error *err);

/* Until the device has answered: *ret_response is what it said. NP_EDEVICE_ANSWER: it failed. */
NP_MUST_USE np_code np_nrf_command_await(const np_nrf_cloud *cloud, const char *uuid,
                                         const char *id, json_t **ret_response, np_error *err);

/* Requests, for np_nrf_command; NULL: no memory. The usage is what Nordic's tools ask for. */
#define NP_NRF_CSR_USAGE "101010000"
json_t *np_nrf_request_csr(const char *attributes, const char *usage, json_int_t sec_tag);
json_t *np_nrf_request_certificate(const char *kind, const char *pem, json_int_t sec_tag);
json_t *np_nrf_request_finished(void);

/* Rules: what every device with a tag is told to do. */
NP_MUST_USE np_code np_nrf_rules(const np_nrf_cloud *cloud, json_t **ret, np_error *err);
NP_MUST_USE np_code np_nrf_add_tag(const np_nrf_cloud *cloud, const char *tag,
                                   const char *description, np_error *err);

/* The tag that a device claimed for onboarding has, and the rule for it: make a key and an access
 * key, take these roots (PEM). NULL: no memory. */
#define NP_NRF_ONBOARDING_TAG "nrf-cloud-onboarding"
json_t *np_nrf_onboarding_rule(const char *roots, json_int_t sec_tag);

/* Takes the rule. */
NP_MUST_USE np_code np_nrf_add_rule(const np_nrf_cloud *cloud, json_t *rule, np_error *err);
