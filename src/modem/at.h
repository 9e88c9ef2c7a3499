/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The AT grammar of nRF91 modems as tables: commands, the shape of their answers, how long they may
 * take, and what error numbers mean. Host (modem/modem.h) and virtual modem read the same rows. It
 * is not the dialogue (modem/dialogue.h). Pure; no heap.
 */
#pragma once

#include "base/bytes.h"

typedef enum np_at_id {
    NP_AT_ATTENTION,
    NP_AT_ERRORS, /* +CMEE: errors with numbers */
    NP_AT_MODE,   /* +CFUN */
    NP_AT_IMEI,   /* +CGSN */
    NP_AT_FIRMWARE,
    NP_AT_MODEL,
    NP_AT_MAKER,
    NP_AT_HARDWARE,
    NP_AT_SHORT_VERSION,
    NP_AT_FIRMWARE_UUID,
    NP_AT_DEVICE_UUID,
    NP_AT_CREDENTIAL, /* %CMNG */
    NP_AT_KEYGEN,
    NP_AT_ATTEST,
    NP_AT_FACTORY_RESET,
    NP_AT_COUNT
} np_at_id;

/* What the information lines of an answer look like; every other line is somebody else's. */
typedef enum np_at_shape {
    NP_AT_NOTHING,  /* none: OK alone */
    NP_AT_PREFIXED, /* "%CMNG: ..." */
    NP_AT_BARE,     /* begins with none of + % #, and is printable */
    NP_AT_DIGITS,   /* 15 digits, or prefixed */
} np_at_shape;

typedef struct np_at_row {
    np_at_id id;
    const char *name;   /* "%CMNG", behind "AT" */
    const char *prefix; /* of its information lines, without the colon; NULL: none */
    np_at_shape shape;
    bool spans_lines; /* line breaks within quotes belong to a line of its answer */
    unsigned timeout_ms;
    const char *section; /* of the specs of the modem, as listed in doc/references.md */
} np_at_row;

/* One for each id, in their order. */
const np_at_row *np_at_row_of(np_at_id id);

/*
 * The row whose name the command has, "AT" in upper or lower case before it, and what follows the
 * name: empty, "?", or "=" and parameters. NULL for a command that no row has.
 */
const np_at_row *np_at_row_by_command(np_bytes command, np_bytes *ret_rest);

/* Errors by number (+CME ERROR; specs of the modem 2.3). */
enum {
    NP_CME_UNKNOWN = 0,
    NP_CME_PARAMETERS = 50,
    NP_CME_NOT_IMPLEMENTED = 51,
    NP_CME_NOT_FOUND = 513,
    NP_CME_NO_ACCESS = 514,
    NP_CME_MEMORY_FULL = 515,
    NP_CME_NOT_IN_THIS_STATE = 518,
    NP_CME_EXISTS = 519,
    NP_CME_XSUDO = 520,
    NP_CME_KEYGEN_FAILED = 523,
    NP_CME_JWT_FAILED = 525,
    NP_CME_INVALID_CONTENT = 527,
    NP_CME_POWER_WARNING = 528,
    NP_CME_CLAIM_TOKEN = 529,
};

/* "not found"; "unknown error" for a number that no source names. Never NULL. */
const char *np_cme_name(unsigned code);

/* What to do about it; NULL where nothing better is known than the name. */
const char *np_cme_hint(unsigned code);

/* Types of credentials (specs of the modem 2.3); more may come. */
typedef enum np_credential_type {
    NP_CREDENTIAL_ROOT_CA = 0,
    NP_CREDENTIAL_CERTIFICATE = 1,
    NP_CREDENTIAL_KEY = 2,
    NP_CREDENTIAL_PSK = 3,
    NP_CREDENTIAL_PSK_IDENTITY = 4,
    NP_CREDENTIAL_PUBLIC_KEY = 5,
    NP_CREDENTIAL_IDENTITY_KEY = 6,
    NP_CREDENTIAL_ENDORSEMENT_KEY = 8,
    NP_CREDENTIAL_OWNERSHIP_KEY = 9,
    NP_CREDENTIAL_NORDIC_ROOT = 10,
    NP_CREDENTIAL_NORDIC_KEY = 11,
    NP_CREDENTIAL_NAMED_COUNT,
} np_credential_type;

/* "root-ca", "client-cert", "client-key", ...; NULL for a type without a name. */
const char *np_credential_type_name(unsigned type);

/* Takes the same names, and the numbers. */
bool np_credential_type_by_name(const char *name, unsigned *ret);

/*
 * Parameters: numbers and texts in quotes, commas between them, blanks anywhere. Each take is false
 * when something else stands there, and the reader is then of no more use.
 */
bool np_at_take_number(np_reader *reader, uint64_t *ret);
bool np_at_take_text(np_reader *reader,
                     np_bytes *ret); /* without the quotes; they cannot be in it */
bool np_at_take_comma(np_reader *reader);

/* Nothing is left but blanks. */
bool np_at_is_done(np_reader *reader);

/* In decimal. */
void np_at_write_number(np_writer *writer, uint64_t number);

/* The last line of an answer. */
typedef enum np_at_final {
    NP_AT_NOT_FINAL,
    NP_AT_OK,
    NP_AT_ERROR,     /* without a number */
    NP_AT_CME_ERROR, /* with one */
    NP_AT_CMS_ERROR,
} np_at_final;

np_at_final np_at_final_of(np_bytes line, unsigned *ret_code);

/* Is this line what a modem or its board says when it starts? */
bool np_at_is_boot_text(np_bytes line);
