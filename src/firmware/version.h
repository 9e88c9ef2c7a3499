/* SPDX-License-Identifier: Apache-2.0 */
/* Semantic versions 2.0.0: which of two comes first. Pure. */
#pragma once

#include "base/bytes.h"

/* major.minor.patch, then perhaps -pre.release and +build. */
bool np_version_is_valid(np_bytes text);

/* Negative, 0 or positive, as a is older, equal or newer; what stands behind + does not count. */
int np_version_compare(np_bytes a, np_bytes b);

/* One to three numbers, missing ones are 0, as fwup takes them; false when it is something else. */
bool np_version_is_at_most(np_bytes text, const unsigned limit[3]);
