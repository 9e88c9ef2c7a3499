/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk with one file, that forgets as real ones may: of what was written and not
 * synced, each page survives a power cut or not, alone; so does the size, and so does the name. A
 * sync can fail, once: the system then goes on showing what the disk never got.
 */
#pragma once

#include "crypto/random.h"
#include "record/storage.h"

enum { DISK_SIZE = 1024 * 1024 };

typedef enum disk_name { DISK_NO_NAME, DISK_FRESH_NAME, DISK_NAME } disk_name;

typedef struct disk_state {
    uint8_t *bytes; /* DISK_SIZE, zero behind the size */
    size_t size;
    disk_name name;
} disk_state;

/* Several files can have one supply: then all fail in the same moment. */
typedef struct disk_power {
    unsigned operations_left; /* then everything fails; 0: for ever */
    bool is_off;
} disk_power;

typedef struct unsure_disk {
    disk_state seen;    /* what programs see */
    disk_state durable; /* what a power cut leaves at least */
    bool *is_dirty;     /* by page */
    size_t page_size;
    size_t smallest; /* size since the last sync */
    size_t largest;
    bool had_fresh_name; /* since the last sync of the folder */
    np_random_seeded random;
    disk_power own_power;
    disk_power *power;   /* its own, unless it shares another's */
    unsigned syncs_left; /* then one fails; 0: none does */
    size_t room;         /* bytes that there are for the file; 0: DISK_SIZE */
    unsigned failed_syncs;
} unsure_disk;

void disk_open(unsure_disk *disk, uint64_t seed);
void disk_close(unsure_disk *disk);
void disk_share_power(unsure_disk *disk, unsure_disk *with);
np_record_storage disk_storage(unsure_disk *disk);

/* A number below limit, by the disk's own lot. */
uint64_t disk_lot(unsure_disk *disk, uint64_t limit);

/* After so many more operations the power fails, in the middle of one. */
void disk_cut_after(unsure_disk *disk, unsigned operations);

/* The power is back; what was not synced is there or not. */
void disk_restart(unsure_disk *disk);

/* The file never had a name, and who had it open is gone: it is empty once more. */
void disk_forget(unsure_disk *disk);

/* The process ended and the system did not: everything seen is still seen. */
void disk_resume(unsure_disk *disk);
