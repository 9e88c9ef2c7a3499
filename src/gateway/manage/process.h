/* SPDX-License-Identifier: Apache-2.0 */
/* The process of the management API. Inside the room. */
#pragma once

#include "gateway/server.h"

/* The context that a configuration names; *ret is NULL when it is plain HTTP, or is not on. */
NP_MUST_USE np_code manage_load_tls(const np_gateway_host *host, const np_gateway_config *config,
                                    np_gateway_tls **ret, np_error *err);

/* Serves at this listener, which it takes over, until it is told to end; SIGHUP reads again. */
NP_MUST_USE np_code manage_work(const np_gateway_host *host, const np_gateway_config *config,
                                int listener, np_error *err);
