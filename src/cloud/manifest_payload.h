/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the room: what one element says of its chip, once its signature has been verified. */
#pragma once

#include "cloud/manifest.h"
#include "cloud/slices.h"

typedef struct manifest_reading {
    np_p256_verifier *verifier;
    np_writer room; /* for what is decoded */
    np_manifest_entry *entry;
} manifest_reading;

/* Refuses the entry for this reason, unless it was before; false. */
bool manifest_refuse(manifest_reading *on, const char *format, ...) NP_PRINTF(2, 3);

/* The text of a member that must be there; else the entry is refused. */
bool manifest_text(manifest_reading *on, const cloud_members *members, const char *name,
                   np_bytes *ret);

/* The entry's identifier: 18 hex digits of either case, lower from now on. */
bool manifest_take_id(manifest_reading *on, np_bytes text);

/* Makes the entry's line of it, or refuses the entry. */
void manifest_read_payload(manifest_reading *on, np_bytes json, np_bytes unique_id);
