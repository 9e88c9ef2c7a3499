/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bringing a record to where others need it: a folder (a stick, a share), which gets a copy that
 * verifies, or a registry, where the units that passed become devices. Done again it does what is
 * still missing; interrupted, it has done a part. It reads the record beside whoever writes it.
 */
#pragma once

#include "registry/store.h"
#include "station/config.h"

typedef struct np_sync_options {
    const char *record;         /* its path */
    const uint8_t *station_key; /* 64 bytes: whose it must be */
    const char *station;        /* its name: the copy is called so */
    const char *to;             /* a folder, or the URI of a registry */
    const char *organisation;   /* of the devices in a registry */
    np_bytes tags;              /* of these: a JSON array of strings; may be empty */
    int64_t now;                /* seconds since 1970 */
} np_sync_options;

typedef struct np_sync_done {
    uint64_t lines;                   /* that are signed: no others go anywhere */
    uint64_t bytes;                   /* that the copy did not have */
    uint64_t units;                   /* that have passed */
    uint64_t devices;                 /* that the registry did not have */
    char place[NP_STATION_TEXT_SIZE]; /* the copy's path, or the registry's name */
} np_sync_done;

/*
 * NP_EINPUT_MISSING without a record or a folder, NP_EINPUT_FORMAT and NP_EINPUT_KEY when the
 * record does not verify, NP_ECONFLICT_OTHER when the folder has another record of this name, or a
 * longer one; NP_EUSAGE for a registry without an organisation; NP_ESTATION_IO, and what stores
 * say.
 */
NP_MUST_USE np_code np_sync(const np_sync_options *options, np_sync_done *ret, np_error *err);

/* "sqlite:...", "postgresql://..." or "postgres://..."; else it is a folder. */
bool np_sync_is_registry(const char *to);
