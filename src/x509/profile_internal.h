/* SPDX-License-Identifier: Apache-2.0 */
/* What rebuilding and issuing by a profile share. Inside the room. */
#pragma once

#include "x509/profile.h"

/* Where the serial number comes from: the profile says it, or leaves it to the values. */
np_serial_source x509_profile_source(const np_profile *profile, const np_profile_values *values);
