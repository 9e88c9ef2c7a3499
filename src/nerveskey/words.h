/* SPDX-License-Identifier: Apache-2.0 */
/* A plan in words: what people read before they consent. Pure. */
#pragma once

#include "nerveskey/plan.h"

/*
 * The line that begins with step *at, which moves behind it; steps of one kind that follow each
 * other are one line. False at the end of the plan.
 */
bool np_plan_next_line(const np_plan *plan, size_t *at, np_plan_line *ret);
