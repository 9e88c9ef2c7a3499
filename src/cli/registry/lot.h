/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rows on their way into the registry, some hundred at a time, with the memory that their slices
 * point into. What a file says about a unit becomes a row here, whatever the file's form; what it
 * says wrongly becomes the reason of a refusal.
 */
#pragma once

#include "registry/import.h"

/* What a unit can say. */
typedef enum cli_unit_field {
    CLI_UNIT_IDENTIFIER,
    CLI_UNIT_DEVICE_ID, /* stands in for it */
    CLI_UNIT_SERIAL,    /* and so does this */
    CLI_UNIT_ORG,
    CLI_UNIT_PRODUCT,
    CLI_UNIT_TAGS, /* a JSON array, or texts with | , or ; between them */
    CLI_UNIT_DESCRIPTION,
    CLI_UNIT_STATE,
    CLI_UNIT_CERTIFICATE, /* PEM, or DER in Base64 */
    CLI_UNIT_PUBLIC_KEY,  /* a SubjectPublicKeyInfo: PEM, or DER in Base64 */
    CLI_UNIT_KEY_SHA256,  /* of it, in hex */
    CLI_UNIT_FIELD_COUNT  /* also: a name that is not known */
} cli_unit_field;

/* The field of a column or member of this name; CLI_UNIT_FIELD_COUNT when there is none. */
cli_unit_field cli_unit_field_of(np_bytes name);

typedef struct cli_unit {
    uint64_t number;
    np_bytes fields[CLI_UNIT_FIELD_COUNT]; /* empty: does not say */
} cli_unit;

typedef struct cli_lot_chunk cli_lot_chunk;

typedef struct cli_lot {
    np_import_row rows[NP_IMPORT_LOT_MAX];
    size_t count;
    cli_lot_chunk *chunks; /* heap: kept and used again */
    size_t used;           /* bytes of the first */
} cli_lot;

/* Memory until the lot is emptied, aligned for any row's parts. NULL: there is none. */
void *cli_lot_take(cli_lot *lot, size_t size);

/* The bytes, kept as long. NP_ESTATION_MEMORY. */
NP_MUST_USE np_code cli_lot_keep(cli_lot *lot, np_bytes *bytes, np_error *err);

/* A new last row, all zero. The lot must have room. */
np_import_row *cli_lot_add_row(cli_lot *lot, uint64_t number);

/* Refuses the row, unless it was. */
void cli_row_refuse(np_import_row *row, const char *format, ...) NP_PRINTF(2, 3);

/*
 * A certificate as key and certificate of the row; parts were taken from the lot, and the pin is
 * set. Refuses the row when it is none, or one that admission would refuse for what it is.
 */
void cli_row_read_certificate(np_import_row *row, np_import_certificate *certificate,
                              np_import_key *key);

/* The unit becomes a row; org is of those that name none, and may be NULL. */
NP_MUST_USE np_code cli_lot_add_unit(cli_lot *lot, const cli_unit *unit, const char *org,
                                     np_error *err);

/* The state of this name. */
bool cli_find_device_state(np_bytes name, np_device_state *ret);

void cli_lot_empty(cli_lot *lot);

/* For NP_CLEANUP. */
void cli_lot_clear(cli_lot *lot);
