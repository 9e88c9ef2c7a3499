/* SPDX-License-Identifier: Apache-2.0 */
/* From a target URI to a port, for programs on an operating system. */
#pragma once

#include "link/link.h"
#include <nameplate/psa_wire.h>

typedef np_code (*psa_wire_opener)(const char *uri, const np_link_options *options, np_link **ret,
                                   np_error *err);

/* np_psa_wire_open with another way to open a link, such as that of virtual chips. */
NP_MUST_USE np_code psa_wire_open_by(psa_wire_opener open, const char *uri, unsigned wait_ms,
                                     np_psa_wire **ret, np_error *err);
