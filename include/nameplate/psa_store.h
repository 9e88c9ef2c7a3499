/* SPDX-License-Identifier: Apache-2.0 */
/*
 * PSA's Internal Trusted Storage in a folder, for programs on an operating system: the folder is
 * chosen when the program runs, one process at a time uses it, every file is readable by its owner
 * alone and replaced whole, and on disk when the call returns. The files are those of Mbed TLS's
 * own file storage, byte for byte; either can follow the other.
 *
 * An Mbed TLS that is built without MBEDTLS_PSA_ITS_FILE_C, and with <nameplate/mbedtls> among its
 * include folders, calls the store that np_psa_store_attach names.
 */
#pragma once

#include <nameplate/psa.h>

#ifdef __cplusplus
extern "C" {
#endif

enum { NP_PSA_FOLDER_SIZE = 3072, NP_PSA_STORE_KEYS = 256 };

/* An open store. The room is the caller's; must stay where it is. */
typedef struct np_psa_store {
    char folder[NP_PSA_FOLDER_SIZE];
    int lock;             /* the open lock file; -1: none */
    np_error error;       /* behind the last NP_PSA_ERROR_STORAGE_FAILURE or _DATA_CORRUPT */
    np_psa_status untold; /* of a key that Mbed TLS could not store, until it is told */
} np_psa_store;

/*
 * Makes the folder if it is not there, takes its lock and removes what a process left that was
 * killed while it wrote. NP_ESTATION_BUSY names who has it, after wait_ms; NP_ESTATION_IO,
 * NP_EINPUT_RANGE for a path that is too long.
 */
NP_MUST_USE np_code np_psa_store_open(const char *folder, unsigned wait_ms, np_psa_store *ret,
                                      np_error *err);

/* Gives the lock back. Does nothing for one that was never opened (all zero). */
void np_psa_store_close(np_psa_store *store);

/* The same as a table of functions; the store must outlive it. */
np_psa_storage np_psa_store_table(np_psa_store *store);

/* The store that Mbed TLS's psa_its_ functions use from now on; NULL: none. */
void np_psa_store_attach(np_psa_store *store);

/* Ids of all keys in ascending order, at most NP_PSA_STORE_KEYS; returns how many there are. */
NP_MUST_USE np_code np_psa_store_keys(np_psa_store *store, uint32_t *ret_ids, size_t *ret_count,
                                      np_error *err);

#ifdef __cplusplus
}
#endif
