/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The devices of the fleet as their owners see them: announced, looked up, blocked, deleted, moved
 * to another organisation, allowed another key. How they come in is registry/gate.h. A deleted
 * device stays on record, so that it stays out; its certificates and keys with it.
 */
#pragma once

#include "registry/fleet.h"

typedef enum np_device_state {
    NP_DEVICE_ACTIVE,
    NP_DEVICE_BLOCKED,
    NP_DEVICE_DELETED,
    NP_DEVICE_STATE_COUNT
} np_device_state;

/* "active", "blocked", "deleted" */
const char *np_device_state_name(np_device_state state);

typedef struct np_device {
    np_bytes org;
    np_bytes identifier; /* 1 to NP_IDENTIFIER_MAX bytes of UTF-8 without control characters */
    np_bytes product;
    np_bytes tags; /* a JSON array of strings */
    np_bytes description;
    np_device_state state;
    uint64_t certificates;
    int64_t rekey_until; /* 0: closed */
    int64_t first_seen;  /* 0: never */
    int64_t last_seen;
} np_device;

/* Announces a device. NP_EPOLICY when the organisation has one of this identifier. */
NP_MUST_USE np_code np_device_add(np_store *store, const np_device *device, const np_actor *actor,
                                  np_error *err);

typedef np_code (*np_device_visit)(void *self, const np_device *device, np_error *err);

typedef struct np_device_query {
    np_bytes org;        /* empty: all */
    np_bytes identifier; /* empty: all; else this one, whatever else is asked for */
    np_bytes prefix;     /* identifiers that begin so; empty: all */
    np_bytes after_org;  /* for pages: those behind this device; both empty: from the first one */
    np_bytes after;
    const np_device_state *state; /* NULL: any */
    uint64_t limit;               /* 0: no limit */
} np_device_query;

/* By organisation and identifier. Slices live during the call, which must not use the store. */
NP_MUST_USE np_code np_device_each(np_store *store, const np_device_query *query,
                                   np_device_visit visit, void *self, np_error *err);

/* What is done to a device; each writes down what it changed. NP_EINPUT_MISSING when it is not
 * there.
 */
NP_MUST_USE np_code np_device_set_state(np_store *store, np_bytes org, np_bytes identifier,
                                        np_device_state state, const np_actor *actor,
                                        np_error *err);

/* Until then a new key is welcome, once. */
NP_MUST_USE np_code np_device_open_rekey(np_store *store, np_bytes org, np_bytes identifier,
                                         int64_t until, const np_actor *actor, np_error *err);

/* NP_EPOLICY when the other organisation has a device of this identifier. */
NP_MUST_USE np_code np_device_move(np_store *store, np_bytes org, np_bytes identifier,
                                   np_bytes to_org, const np_actor *actor, np_error *err);
