/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices by the million, with their keys and certificates, from outside. Each row is a device that
 * is stored wholly or not at all; rows come in lots, a transaction each, so that a run that ends
 * anywhere can be run again: what is there and equal is passed over. A row that is there and
 * differs is refused, kept as it is, or brought up to date, as the caller says.
 *
 * Into a registry without devices a database that can do so loads: everything in one transaction
 * without indexes, which are made at the end. What a run leaves that is killed is nothing then; nor
 * is there anything when a whole registry was to go into an empty one, on any database.
 *
 * Rule for callers: begin, devices, end_load, devices once more for the rows that it names, finish.
 */
#pragma once

#include "registry/devices.h"

enum {
    NP_IMPORT_LOT_MAX = 1024, /* not tuned */
    NP_IMPORT_REASON_SIZE = 160,
};

typedef enum np_import_policy {
    NP_IMPORT_REJECT, /* what is there and differs is refused */
    NP_IMPORT_KEEP,   /* stays as it is */
    NP_IMPORT_UPDATE, /* becomes what the row says; its other keys and certificates stay */
    NP_IMPORT_POLICY_COUNT
} np_import_policy;

/* "reject", "keep", "update" */
const char *np_import_policy_name(np_import_policy policy);

typedef struct np_import_key {
    uint8_t sha256[NP_FINGERPRINT_BYTES]; /* of the SubjectPublicKeyInfo */
    bool is_blocked;
} np_import_key;

typedef struct np_import_certificate {
    np_bytes der;
    uint8_t sha256[NP_FINGERPRINT_BYTES];
    uint8_t key_sha256[NP_FINGERPRINT_BYTES]; /* one of the row's keys */
    bool has_authority;
    uint8_t authority[NP_FINGERPRINT_BYTES]; /* SHA-256 of the registered CA that it came in by */
    np_pin pin;
    bool is_blocked;
    int64_t added_at; /* 0: now */
} np_import_certificate;

typedef enum np_import_outcome {
    NP_IMPORT_ADDED,
    NP_IMPORT_SAME,
    NP_IMPORT_UPDATED,
    NP_IMPORT_KEPT,
    NP_IMPORT_REFUSED,
    NP_IMPORT_OUTCOME_COUNT
} np_import_outcome;

/* Slices live until the lot is stored. */
typedef struct np_import_row {
    uint64_t number; /* in its file, counted from 1: by it a refusal is named */
    np_bytes org;
    np_bytes identifier;
    np_bytes product; /* data NULL, here and below: the row does not say */
    np_bytes tags;    /* a JSON array of strings */
    np_bytes description;
    bool has_state;
    np_device_state state;
    int64_t rekey_until; /* 0: not said */
    int64_t first_seen;
    int64_t last_seen;
    int64_t added_at; /* 0: now */
    const np_import_key *keys;
    size_t key_count;
    const np_import_certificate *certificates;
    size_t certificate_count;
    np_import_outcome outcome;
    char reason[NP_IMPORT_REASON_SIZE]; /* of a refusal */
} np_import_row;

typedef struct np_import_options {
    np_store *store;
    const np_actor *actor;
    const char *source; /* what is imported, for the list of changes; as long as the import */
    np_import_policy policy;
    bool is_dry_run; /* everything is judged, in one transaction that is taken back */
    bool may_load;   /* the caller can read the same rows again */
    bool is_whole;   /* all of a registry: into an empty one it goes wholly or not at all */
} np_import_options;

typedef struct np_import np_import;

NP_MUST_USE np_code np_import_begin(const np_import_options *options, np_import **ret,
                                    np_error *err);

/* Without a finish before, what is not in a lot that was stored is taken back. Accepts NULL. */
void np_import_free(np_import *import);

static inline void np_import_free_at(np_import **import)
{
    np_import_free(*import);
}

bool np_import_is_load(const np_import *import);

/*
 * Stores a lot; each row has its outcome then. A row that comes as NP_IMPORT_REFUSED is passed
 * over. While loading, an outcome is not yet final.
 */
NP_MUST_USE np_code np_import_devices(np_import *import, np_import_row *rows, size_t count,
                                      np_error *err);

/*
 * Ends the load, if this is one: rows with something that an earlier row has as well are taken out,
 * and named in the order of their numbers. They must be given to np_import_devices once more. The
 * list is the import's.
 */
NP_MUST_USE np_code np_import_end_load(np_import *import, const uint64_t **ret_again,
                                       size_t *ret_count, np_error *err);

NP_MUST_USE np_code np_import_finish(np_import *import, np_error *err);
