/* SPDX-License-Identifier: Apache-2.0 */
/*
 * All of the fleet from one registry to another: what is there, kind by kind, as values that any
 * text can carry, and back. Kinds with few rows are tables of columns; devices, of which there are
 * millions, come with their keys and certificates as rows of an import (registry/import.h). Left
 * out are challenges, which live for a day, the list of changes, and what stations count.
 */
#pragma once

#include "registry/import.h"

enum { NP_TRANSFER_COLUMNS_MAX = 16 };

typedef enum np_transfer_form {
    NP_TRANSFER_TEXT,
    NP_TRANSFER_JSON,   /* a text that is JSON */
    NP_TRANSFER_HEX,    /* bytes */
    NP_TRANSFER_BASE64, /* bytes */
    NP_TRANSFER_NUMBER,
    NP_TRANSFER_FLAG, /* 0 or 1 */
    NP_TRANSFER_TIME, /* seconds since 1970 */
    NP_TRANSFER_NAME, /* a number that has a name */
} np_transfer_form;

typedef struct np_transfer_column {
    const char *name;
    np_transfer_form form;
    bool is_optional;
    bool is_of_its_time; /* differs between equal things: when they were added, last used */
    const char *(*name_of)(unsigned number); /* NULL beyond the last; of NP_TRANSFER_NAME */
} np_transfer_column;

typedef struct np_transfer_value {
    bool is_given;
    int64_t number;
    np_bytes bytes;
} np_transfer_value;

typedef struct np_transfer_kind {
    const char *name;
    np_transfer_column columns[NP_TRANSFER_COLUMNS_MAX]; /* the first is the organisation's name */
    size_t count;
} np_transfer_kind;

/* In an order in which they can be put; NULL at the end. */
const np_transfer_kind *np_transfer_kind_at(size_t index);

/* Values are the kind's columns, and live during the call, which must not use the store. */
typedef np_code (*np_transfer_visit)(void *self, const np_transfer_value *values, np_error *err);

/* Those of an organisation, or all (org empty), by their names as the database orders texts. */
NP_MUST_USE np_code np_transfer_each(np_store *store, size_t kind, np_bytes org,
                                     np_transfer_visit visit, void *self, np_error *err);

/*
 * Stores one. *ret is NP_IMPORT_ADDED, _SAME, _KEPT or _REFUSED, with the reason then; what is
 * there already and differs is never changed.
 */
NP_MUST_USE np_code np_transfer_put(np_import *import, size_t kind, const np_transfer_value *values,
                                    np_import_outcome *ret,
                                    char ret_reason[static NP_IMPORT_REASON_SIZE], np_error *err);

typedef np_code (*np_transfer_device_visit)(void *self, const np_import_row *row, np_error *err);

/* By organisation and identifier; keys and certificates by their hashes. Memory is that of one. */
NP_MUST_USE np_code np_transfer_each_device(np_store *store, np_bytes org,
                                            np_transfer_device_visit visit, void *self,
                                            np_error *err);
