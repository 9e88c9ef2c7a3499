/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder of certificates, each in a file that is called like its unit's serial. It has its name
 * when it is complete and on disk, as a file of certificates has.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

typedef struct cli_issue_folder {
    const char *path;   /* NULL: there is none */
    const char *ending; /* of its files: ".pem" */
    bool is_compared;   /* it has its name: what is put must be there already */
    int fd;             /* of the folder, with or without its name; only when path is there */
    uint64_t count;     /* files that were put */
} cli_issue_folder;

/*
 * Begins PATH.new, without what an interrupted run has left there, or opens a folder that exists
 * to compare. NP_EINPUT_EXISTS when it exists and may_exist is false.
 */
NP_MUST_USE np_code cli_issue_folder_open(const char *path, const char *ending, bool may_exist,
                                          cli_issue_folder *ret, np_error *err);

/* NP_EINPUT_EXISTS when another certificate is there. */
NP_MUST_USE np_code cli_issue_folder_put(cli_issue_folder *folder, np_bytes serial, np_bytes bytes,
                                         np_error *err);

/* Everything is on disk and has its name. NP_EINPUT_EXISTS when a folder that was there has more.
 */
NP_MUST_USE np_code cli_issue_folder_finish(cli_issue_folder *folder, np_error *err);

/* For NP_CLEANUP; accepts all zero. */
void cli_issue_folder_close(cli_issue_folder *folder);
