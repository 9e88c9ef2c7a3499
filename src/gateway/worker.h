/* SPDX-License-Identifier: Apache-2.0 */
/* One process that serves. Inside the room. */
#pragma once

#include "gateway/server.h"

/* The context that a configuration names. */
NP_MUST_USE np_code gateway_load_tls(const np_gateway_host *host, const np_gateway_config *config,
                                     const uint8_t *ticket_keys, bool allows_no_certificate,
                                     np_gateway_tls **ret, np_error *err);

/* The same of these files, whose bytes are set in the options. */
NP_MUST_USE np_code gateway_load_tls_files(const np_gateway_host *host, const char *certificate,
                                           const char *key, np_gateway_tls_options *options,
                                           np_gateway_tls **ret, np_error *err);

/* Serves at these listeners, which it takes over, until it is told to end; SIGHUP reads again. */
NP_MUST_USE np_code gateway_work(const np_gateway_host *host, const np_gateway_config *config,
                                 const int *listeners, const uint8_t *ticket_keys, np_error *err);
