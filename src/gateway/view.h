/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the registry has, as JSON: the same on the command line and over HTTP. Keys are stable; a
 * time is "2026-11-20T09:00:00Z" or null. NULL: out of memory.
 */
#pragma once

#include "registry/changes.h"
#include "registry/credentials.h"
#include "registry/devices.h"
#include "registry/firmware.h"
#include "registry/secrets.h"
#include "registry/tokens.h"
#include <jansson.h>

/* The CA's certificate (gateway/refusal_view.h), and how it admits. */
json_t *np_authority_view(const np_authority *authority);

json_t *np_device_view(const np_device *device);
/* Its certificate; key is the SHA-256 of the key. */
json_t *np_credential_view(const np_credential *credential);
json_t *np_trusted_key_view(const np_trusted_key *key);
json_t *np_accepted_firmware_view(const np_accepted_firmware *firmware);
json_t *np_secret_view(const np_shared_secret *secret); /* without the secret itself */
json_t *np_token_view(const np_token *token);
json_t *np_change_view(const np_change *change);

json_t *np_text_view(np_bytes text); /* null when it is no UTF-8 */
json_t *np_time_view(int64_t seconds);
json_t *np_digest_view(const uint8_t sha256[static NP_FINGERPRINT_BYTES]);
