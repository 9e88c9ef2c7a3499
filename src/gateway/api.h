/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The device API: what an admitted device may ask the gateway itself. Inside the room.
 *
 * Rule: answer is called once for each question, inside gateway_api_ask or later, unless the
 * question was forgotten before.
 */
#pragma once

#include "gateway/http.h"
#include "gateway/judge.h"
#include <jansson.h>

typedef struct gateway_api {
    np_gateway_judge *judge;
    const np_admission *admission; /* these two live until the answer */
    const np_visit *visit;
    void (*answer)(void *self, unsigned status, json_t *body); /* takes the body over */
    void *self;
} gateway_api;

/* A question that the registry has to answer first. */
typedef struct gateway_question gateway_question;

/* NULL: it was answered. */
gateway_question *gateway_api_ask(const gateway_api *api, const np_http_request *request);

/* Nobody waits for the answer any more. Accepts NULL. */
void gateway_api_forget(gateway_question *question);
