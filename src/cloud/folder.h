/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The folder of an export: new or empty, or what an export has left there that did not come to its
 * end. Nothing else is ever removed or written over.
 */
#pragma once

#include "base/error.h"
#include <stdbool.h>
#include <stdio.h>

/* What a folder has until it is complete; its writer holds an flock on it. */
#define CLOUD_FOLDER_UNFINISHED "index.json.new"

typedef struct cloud_folder {
    const char *path; /* the caller's, as long as the folder */
    int fd;
} cloud_folder;

/*
 * Removes what was left unfinished. NP_EINPUT_EXISTS when there is anything else in it,
 * NP_ESTATION_BUSY when another export is just being written into it, NP_ESTATION_IO.
 */
NP_MUST_USE np_code cloud_folder_open(const char *path, cloud_folder *ret, np_error *err);

/* A new file; to be closed with cloud_folder_finish, or fclose when all is lost. */
NP_MUST_USE np_code cloud_folder_create(const cloud_folder *folder, const char *name, FILE **ret,
                                        np_error *err);

/* On disk when this returns; *file is NULL then in any case. Accepts NULL in it. */
NP_MUST_USE np_code cloud_folder_finish(const cloud_folder *folder, const char *name, FILE **file,
                                        np_error *err);

/* Gives a file its name, and makes all names durable. */
NP_MUST_USE np_code cloud_folder_publish(const cloud_folder *folder, const char *from,
                                         const char *name, np_error *err);

/* For NP_CLEANUP; accepts all zero. */
void cloud_folder_close(cloud_folder *folder);
