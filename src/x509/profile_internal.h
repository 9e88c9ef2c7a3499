/* SPDX-License-Identifier: Apache-2.0 */
/* What rebuilding and issuing by a profile or a leaf template share. Inside the room. */
#pragma once

#include "x509/profile.h"

/* Where the serial number comes from: the profile says it, or leaves it to the values. */
np_serial_source x509_profile_source(const np_profile *profile, const np_profile_values *values);

/* notAfter as GeneralizedTime always, or only from 2050 on as notBefore. */
void x509_write_validity(np_writer *writer, const np_validity *validity,
                         bool ends_in_generalized_time);
