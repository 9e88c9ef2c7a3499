/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record's file on disk: the one place of this room that talks to the operating system. One
 * process writes at a time, by an flock on the file itself, which dies with its holder. A new file
 * is made as PATH.new and gets its name when its header is on disk, so that there is never half a
 * header under the name; an unused PATH.new is taken over.
 */
#pragma once

#include "record/storage.h"

typedef struct np_record_file {
    const char *path; /* the caller's, as long as the file */
    int fd;           /* -1: not open */
} np_record_file;

/* For writing: opened by the record. Errors name the path. */
np_record_storage np_record_file_storage(np_record_file *file, const char *path);

/* For reading alone, without a lock: NP_EINPUT_MISSING, NP_EINPUT_FORMAT when it is no file. */
NP_MUST_USE np_code np_record_file_open(np_record_file *file, const char *path,
                                        np_record_storage *ret, np_error *err);

/* For NP_CLEANUP; accepts all zero. Gives the lock back. */
void np_record_file_close(np_record_file *file);
