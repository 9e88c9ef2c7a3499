/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that other people's clouds take, made of a record, and never a word on the
 * network. A folder gets part-0001 and so on in the target's shape, refused.json with the devices
 * that the target would refuse, and at last index.json, which tells where each device went; a
 * folder without it is not complete. Kept in memory are one device, and a hash of each name.
 */
#pragma once

#include "base/error.h"
#include "record/line.h"

typedef struct np_cloud_export_options {
    const char *target;
    const char *folder; /* new or empty; as long as the export */
    unsigned chunk;     /* devices in a part; 0: the target's own */
} np_cloud_export_options;

typedef struct np_cloud_summary {
    size_t exported;
    size_t refused;
    size_t parts;
} np_cloud_summary;

typedef struct np_cloud_export np_cloud_export;

/*
 * NP_EUSAGE for a target that is not in the table, with those that are as the hint, and for more
 * devices in a part than the target takes; NP_EINPUT_EXISTS when the folder has files in it;
 * NP_ESTATION_IO, NP_ESTATION_MEMORY.
 */
NP_MUST_USE np_code np_cloud_export_open(const np_cloud_export_options *options,
                                         np_cloud_export **ret, np_error *err);

/* A unit's line. A device that is refused is counted and listed, and is no error. */
NP_MUST_USE np_code np_cloud_export_add(np_cloud_export *exporting, const np_record_line *line,
                                        np_error *err);

/* Everything is on disk when this returns NP_OK. */
NP_MUST_USE np_code np_cloud_export_finish(np_cloud_export *exporting, np_cloud_summary *ret,
                                           np_error *err);

/* Releases; accepts NULL. */
void np_cloud_export_free(np_cloud_export *exporting);

static inline void np_cloud_export_free_at(np_cloud_export **exporting)
{
    np_cloud_export_free(*exporting);
}
