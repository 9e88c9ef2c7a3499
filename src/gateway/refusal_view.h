/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A refusal as JSON, the same on the command line and over HTTP: why, what can be done, and the
 * certificates that were presented. Texts that a device has chosen are in it as they are; whoever
 * shows them sees to it that they stay texts.
 */
#pragma once

#include "registry/refusals.h"
#include <jansson.h>

/* with_chain: the certificates too, as PEM and in words. NULL: out of memory. */
json_t *np_refusal_view(const np_refusal *refusal, bool with_chain);

/* One certificate as JSON: names, dates, key, SHA-256, is_ca, PEM. What cannot be read of it is
 * null. */
json_t *np_certificate_view(np_bytes der);
