/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cloud/nrf_service.h"

#include "base/wipe.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/* For one request; uploads of 1000 rows are below a megabyte. Not tuned. */
enum { REQUEST_MS = 120000 };

static const char key_variable[] = "NRFCLOUD_API_KEY";

static int64_t now_ms(void *self)
{
    struct timespec now;
    (void)self;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static np_code wait_ms(void *self, unsigned ms, np_error *err)
{
    struct timespec left = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    (void)self;
    (void)err;
    while (nanosleep(&left, &left) != 0 && errno == EINTR) {
    }
    return NP_OK;
}

static np_code load_key(const cli_arguments *arguments, np_secret *ret, np_error *err)
{
    const char *key = getenv(key_variable);
    if (arguments->api_key_file != NULL) {
        return np_secret_load(arguments->api_key_file, ret, err);
    }
    if (key == NULL || key[0] == '\0') {
        np_error_set(err, NP_EINPUT_MISSING, "there is no API key: neither --api-key-file nor $%s",
                     key_variable);
        return np_error_hint(err, NP_EINPUT_MISSING,
                             "nrfcloud.com shows it under User Account, Team Details; put it into "
                             "a file that you alone can read");
    }
    if (snprintf(ret->text, sizeof(ret->text), "%s", key) >= (int)sizeof(ret->text)) {
        return np_error_set(err, NP_EINPUT_RANGE, "$%s is longer than any key", key_variable);
    }
    return NP_OK;
}

/* What was given, or the variable's value, or what is always there. */
static const char *choose(const char *given, const char *variable, const char *otherwise)
{
    const char *value = given == NULL && variable != NULL ? getenv(variable) : given;
    return value != NULL && value[0] != '\0' ? value : otherwise;
}

np_code cli_nrf_service_open(const cli_arguments *arguments, cli_nrf_service *ret, np_error *err)
{
    NP_CLEANUP(np_secret_clear) np_secret key = {0};
    const np_curl_options options = {
        .ca_file = choose(arguments->ca_file, "NRFCLOUD_CA_FILE", NULL), .limit_ms = REQUEST_MS};
    *ret = (cli_nrf_service){
        .cloud = {.time = {now_ms, wait_ms, NULL},
                  .devices_url = choose(arguments->url, "NRFCLOUD_URL", NP_NRF_DEVICES_URL),
                  .provisioning_url = choose(arguments->provisioning_url,
                                             "NRFCLOUD_PROVISIONING_URL", NP_NRF_PROVISIONING_URL),
                  .poll_ms = arguments->poll * 1000,
                  .limit_ms = arguments->timeout * 1000},
    };
    NP_TRY(np_nrf_check_url(ret->cloud.devices_url, err));
    NP_TRY(np_nrf_check_url(ret->cloud.provisioning_url, err));
    NP_TRY(load_key(arguments, &key, err));
    NP_TRY(np_nrf_authorize(choose(arguments->token_form, NULL, "bearer"), key.text,
                            ret->authorization, err));
    NP_TRY(np_curl_open(&options, &ret->curl, err));
    ret->cloud.authorization = ret->authorization;
    ret->cloud.http = np_curl_http(ret->curl);
    return NP_OK;
}

void cli_nrf_service_close(cli_nrf_service *service)
{
    np_curl_free(service->curl);
    np_wipe(service, sizeof(*service));
}
