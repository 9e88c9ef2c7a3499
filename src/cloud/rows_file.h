/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A CSV file that gets a row a device: onboard.csv, devinfo.csv, attestation_tokens.csv. It is read
 * once, when it is opened, and then known by an index; a row is durable when the call returns. A
 * file with a limit of rows is continued in others: onboard.csv, onboard-2.csv, onboard-3.csv.
 *
 * Rule for callers: a device is asked for (np_rows_file_check) before anything is done to it that a
 * refused row would have made worthless. One process at a time has the file.
 */
#pragma once

#include "base/error.h"
#include "cloud/nrf_row.h"

/* What its rows are like. */
typedef struct np_rows_form {
    const char *what; /* a row, for people */
    size_t columns_min;
    size_t columns_max;
    size_t key;           /* which field names the device, from 0 */
    size_t rows_max;      /* in one file; 0: any number */
    bool is_case_blind;   /* names that differ in case only are one name */
    bool has_certificate; /* the last field; a key is for one device */
} np_rows_form;

extern const np_rows_form np_rows_onboard;
extern const np_rows_form np_rows_info;
extern const np_rows_form np_rows_attestation;

typedef struct np_rows_file np_rows_file;

/*
 * The file may be missing. What a crash left of a last row is cut off when the next one is written;
 * *ret_torn is its length. NP_EINPUT_FORMAT names the row that is none, NP_ESTATION_BUSY after
 * wait_ms, NP_ESTATION_IO, NP_ESTATION_MEMORY.
 */
NP_MUST_USE np_code np_rows_file_open(const char *path, const np_rows_form *form, unsigned wait_ms,
                                      np_rows_file **ret, np_error *err);

/* Bytes of a last row that a crash left incomplete; 0: none. */
size_t np_rows_file_torn(const np_rows_file *file);

/* Is there a row of this device? */
bool np_rows_file_has(const np_rows_file *file, np_bytes key);

/* NP_EPOLICY when there is one, with --replace as the hint. */
NP_MUST_USE np_code np_rows_file_check(const np_rows_file *file, np_bytes key, np_error *err);

/* NP_EPOLICY when this public key (64 bytes) stands there under another name. */
NP_MUST_USE np_code np_rows_file_check_key(const np_rows_file *file, np_bytes key,
                                           const uint8_t point[static 64], np_error *err);

/* Is there a row of this device for just this key? */
bool np_rows_file_has_key(const np_rows_file *file, np_bytes key, const uint8_t point[static 64]);

/*
 * Adds the row, which ends with a line feed, as it is. With "replaces" the rows that the device has
 * are taken out; without it they are refused (np_rows_file_check).
 */
NP_MUST_USE np_code np_rows_file_put(np_rows_file *file, np_bytes key, np_bytes row, bool replaces,
                                     np_error *err);

/* Accepts NULL. */
void np_rows_file_free(np_rows_file *file);

static inline void np_rows_file_free_at(np_rows_file **file)
{
    np_rows_file_free(*file);
}
