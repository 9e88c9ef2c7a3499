/* SPDX-License-Identifier: Apache-2.0 */
/* What the two files of the storable check share. */
#pragma once

#include "x509/storable.h"

/* Adds a finding; a full report stays as it is. */
void storable_add(np_storable_report *report, np_storable_cause cause, const char *format, ...)
    NP_PRINTF(3, 4);

void storable_check_extensions(const np_profile *profile, const np_certificate *certificate,
                               np_storable_report *report);
