/* SPDX-License-Identifier: Apache-2.0 */
/* nRF Cloud as a command line names it: its addresses, and a key that stands in no command line. */
#pragma once

#include "cli/options.h"
#include "cli/secret.h"
#include "cloud/http_curl.h"
#include "cloud/nrf_cloud.h"

/* Points into itself: not to be copied. */
typedef struct cli_nrf_service {
    np_nrf_cloud cloud;
    np_curl *curl;
    char authorization[NP_NRF_AUTHORIZATION_SIZE];
} cli_nrf_service;

/*
 * --api-key-file, or $NRFCLOUD_API_KEY. NP_EINPUT_MISSING when there is neither, NP_EUSAGE for an
 * address that is none, and what np_curl_open says. Nothing is sent.
 */
NP_MUST_USE np_code cli_nrf_service_open(const cli_arguments *arguments, cli_nrf_service *ret,
                                         np_error *err);

/* Wipes the key; for NP_CLEANUP; accepts all zero. */
void cli_nrf_service_close(cli_nrf_service *service);
