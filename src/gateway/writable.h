/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where nobody may come in who cannot be written down (when_unwritable = refuse): can the registry
 * be written to? It is asked at the start and each second, by a transaction that changes nothing.
 * Who is inside stays.
 */
#pragma once

#include "gateway/judge.h"

struct event_base;

typedef struct gateway_writable gateway_writable;

/* Asks at once if it is on. NP_ESTATION_MEMORY: that the registry does not answer is no error. */
NP_MUST_USE np_code gateway_writable_create(const char *registry, unsigned wait_ms, bool is_on,
                                            gateway_writable **ret, np_error *err);

/* Begins to ask. False: out of memory. The judge must be freed first. */
bool gateway_writable_watch(gateway_writable *self, struct event_base *base,
                            np_gateway_judge *judge);

/* After the configuration was read again. */
void gateway_writable_use(gateway_writable *self, bool is_on);

/* A verdict before it is told: none is a welcome while nothing can be written. trouble says why
 * then. */
void gateway_writable_confirm(const gateway_writable *self, np_admission *admission, char *trouble,
                              size_t size);

/* Accepts NULL. */
void gateway_writable_free(gateway_writable *self);
