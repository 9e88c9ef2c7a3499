/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Refusals, gathered while the last ones are written: the loop puts them in, the thread that
 * records stores them. There is room for so many kinds in one group and no more, so that a storm of
 * strangers costs a bounded number of rows a second; who does not fit is noted at a later try, or
 * is not. Inside the room.
 */
#pragma once

#include "gateway/visitor.h"
#include "registry/refusals.h"

enum { GATEWAY_REFUSED_MAX = 64 /* leaves and reasons in a group; not tuned */ };

struct np_visit;

typedef struct gateway_refused gateway_refused;

/* NULL: out of memory. */
gateway_refused *gateway_refused_create(void);

/* Accepts NULL. */
void gateway_refused_free(gateway_refused *group);

/* visit may be NULL: nothing was presented. now: seconds since 1970. */
void gateway_refused_add(gateway_refused *group, const np_visitor *visitor,
                         const struct np_visit *visit, int64_t now);

NP_MUST_USE np_code gateway_refused_store(const gateway_refused *group, np_store *store,
                                          np_error *err);
