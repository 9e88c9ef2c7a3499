/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All of a registry to another one: what is there, kind by kind, as values that any text can carry,
 * and back. Kinds are tables of columns; devices, of which there are millions, come with their keys
 * and certificates as rows of an import (registry/import.h).
 *
 * Things come in the order of their numbers, which is the order in which they came: so a registry
 * that was empty gives them in the same order, whatever its database and its collation are. Its
 * list of changes is then that of the other one too, without a word about the import.
 */
#pragma once

#include "registry/import.h"

enum {
    NP_TRANSFER_COLUMNS_MAX = 16,
    NP_TRANSFER_LOT_MAX = 256, /* not tuned */
};

typedef enum np_transfer_form {
    NP_TRANSFER_TEXT,
    NP_TRANSFER_JSON,   /* a text that is JSON */
    NP_TRANSFER_HEX,    /* bytes */
    NP_TRANSFER_DIGEST, /* 32 bytes, in hex */
    NP_TRANSFER_BASE64, /* bytes */
    NP_TRANSFER_KEY,    /* 32 bytes, in Base64 */
    NP_TRANSFER_NUMBER,
    NP_TRANSFER_FLAG, /* 0 or 1 */
    NP_TRANSFER_TIME, /* seconds since 1970 */
    NP_TRANSFER_NAME, /* a number that has a name */
    NP_TRANSFER_ORG,  /* a text: the name of an organisation, which is made when it is missing */
} np_transfer_form;

typedef struct np_transfer_column {
    const char *name;
    np_transfer_form form;
    bool is_optional;
    bool is_of_its_time; /* differs between equal things: when they were added, last used. These
                            are the last columns */
    const char *(*name_of)(unsigned number); /* NULL beyond the last; of NP_TRANSFER_NAME */
} np_transfer_column;

typedef struct np_transfer_value {
    bool is_given;
    int64_t number;
    np_bytes bytes;
} np_transfer_value;

typedef struct np_transfer_kind {
    const char *name;
    np_transfer_column columns[NP_TRANSFER_COLUMNS_MAX];
    size_t count;
    bool is_secret;     /* whoever reads it can be somebody */
    bool is_of_devices; /* refers to devices: behind them */
    bool is_note;       /* where something else is there, that stays, and nothing is refused */
    bool is_history;    /* of the list of changes: taken by a registry that was empty alone */
} np_transfer_kind;

/* In an order in which they can be put; NULL at the end. */
const np_transfer_kind *np_transfer_kind_at(size_t index);

/* Values are the kind's columns, and live during the call, which must not use the store. */
typedef np_code (*np_transfer_visit)(void *self, const np_transfer_value *values, np_error *err);

/* Those of an organisation, or all (org empty). What is of none comes with all alone. */
NP_MUST_USE np_code np_transfer_each(np_store *store, size_t kind, np_bytes org,
                                     np_transfer_visit visit, void *self, np_error *err);

typedef struct np_transfer_item {
    uint64_t number; /* of its line */
    np_transfer_value values[NP_TRANSFER_COLUMNS_MAX];
    np_import_outcome outcome;
    char reason[NP_IMPORT_REASON_SIZE]; /* of a refusal */
} np_transfer_item;

/*
 * Stores up to NP_TRANSFER_LOT_MAX of a kind in one transaction. Each has its outcome then:
 * NP_IMPORT_ADDED, _SAME, _KEPT or _REFUSED; what is there already and differs is never changed.
 * Those that come as NP_IMPORT_REFUSED are passed over.
 */
NP_MUST_USE np_code np_transfer_put(np_import *import, size_t kind, np_transfer_item *items,
                                    size_t count, np_error *err);

typedef np_code (*np_transfer_device_visit)(void *self, const np_import_row *row, np_error *err);

/* In the order in which they came; keys and certificates by their hashes. Memory is that of one. */
NP_MUST_USE np_code np_transfer_each_device(np_store *store, np_bytes org,
                                            np_transfer_device_visit visit, void *self,
                                            np_error *err);
