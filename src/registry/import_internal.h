/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the room: an import, and what its files share. */
#pragma once

#include "registry/fleet_internal.h"
#include "registry/import.h"

enum { IMPORT_VALUES_MAX = 12 /* of one statement of an import */ };

/* The number of what was looked up last: rows come sorted more often than not. */
typedef struct import_memo {
    bool is_set;
    uint8_t key[NP_ORG_NAME_MAX + NP_FINGERPRINT_BYTES];
    size_t key_len;
    int64_t id;
} import_memo;

struct np_import {
    np_import_options options;
    bool is_load;
    bool has_indexes;   /* of a load: they are made, and devices that follow are stored later */
    bool is_open;       /* a transaction that lasts until the end: of all, or of a dry run */
    bool takes_history; /* nothing had ever changed in the registry */
    bool has_history;   /* and what has came with the import: it notes nothing of its own */
    import_memo org;
    import_memo authority;
    uint64_t *again; /* heap: rows that a load has taken out */
    size_t again_count;
    size_t again_size;
    store_value *values; /* heap: sets of a statement, IMPORT_VALUES_MAX each */
    size_t values_size;  /* sets */
    uint64_t *changed;   /* heap: as many */
};

/* Room for count sets; what was in it is lost. */
NP_MUST_USE np_code import_make_room(np_import *import, size_t count, np_error *err);

/* The organisation's number; it is made when it is not there. */
NP_MUST_USE np_code import_take_org(np_import *import, np_bytes name, int64_t *ret, np_error *err);

/* The number of a CA of this organisation; 0 when it has none with this fingerprint. */
NP_MUST_USE np_code import_find_authority(np_import *import, int64_t org,
                                          const uint8_t sha256[static NP_FINGERPRINT_BYTES],
                                          int64_t *ret, np_error *err);

/* Before the end of the transaction: when the list of changes has come along, nothing is added. */
void import_end_history(const np_import *import);

/* registry/load.c */
/* Devices can be looked up from now on: they were all given. */
NP_MUST_USE np_code import_prepare_lookups(np_import *import, np_error *err);
NP_MUST_USE np_code import_begin_load(np_import *import, np_error *err);
NP_MUST_USE np_code import_load_rows(np_import *import, np_import_row *rows, size_t count,
                                     np_error *err);
NP_MUST_USE np_code import_finish_load(np_import *import, np_error *err);
void import_cancel_load(np_import *import);

/* The statements that both ways share. */
extern const store_query import_add_device; /* 12 values: see import_device_values */
extern const store_query import_add_key;
extern const store_query import_add_certificate;

/* now stands for times that the row does not say. */
void import_device_values(const np_import_row *row, int64_t org, int64_t now, store_value *ret);
void import_certificate_values(const np_import_certificate *certificate, int64_t authority,
                               int64_t now, store_value *ret);
