/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that other people's clouds take, made of a record, and never a word on the
 * network. A folder gets part-0001 and so on in the target's shape, refused.json with the devices
 * that the target would refuse, and at last index.json, which tells where each device went; a
 * folder without it is not complete. Kept in memory are one device, the certificates of issuers,
 * and a hash of each name.
 */
#pragma once

#include "base/error.h"
#include "crypto/signing.h"
#include "record/line.h"

typedef struct np_cloud_export_options {
    const char *target;
    const char *folder; /* new or empty; as long as the export */
    unsigned chunk;     /* devices in a part; 0: the target's own */
    /* What some targets want to know besides; NULL and 0: not given. As long as the export. */
    const char *project;                /* golioth: the organization in certificates */
    const char *identity;               /* mender: a template (cloud/identity.h) */
    const np_signing *manifest_signing; /* manifest: who signs */
    np_bytes manifest_certificate;      /* DER */
    unsigned manifest_version;          /* 1 or 3 */
} np_cloud_export_options;

typedef struct np_cloud_summary {
    size_t exported;
    size_t refused;
    size_t parts;
} np_cloud_summary;

typedef struct np_cloud_export np_cloud_export;

/*
 * NP_EUSAGE for a target that is not in the table, with those that are as the hint, for more
 * devices in a part than the target takes, and for an option that is missing or of another target;
 * NP_EINPUT_KEY when certificate and key of a manifest's signer do not fit; NP_EINPUT_EXISTS when
 * the folder has files in it; NP_ESTATION_IO, NP_ESTATION_MEMORY.
 */
NP_MUST_USE np_code np_cloud_export_open(const np_cloud_export_options *options,
                                         np_cloud_export **ret, np_error *err);

/*
 * A line of the record: its header first, then units; others are passed over. A device that is
 * refused is counted and listed, and is no error. What the signing of a manifest returns.
 */
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
