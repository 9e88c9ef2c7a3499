/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What clouds answered to the files of an export, read back: which row became a device, and which
 * was refused and why. The index of the export tells whose rows these are. Answers are other
 * people's bytes: what is missing or of another type is told, what is unknown is left alone.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

/* Answers are as long as what was sent, at most. Not tuned. */
#define NP_CLOUD_ANSWER_MAX (INT64_C(1) << 28)

typedef enum np_cloud_outcome {
    NP_CLOUD_UNANSWERED,
    NP_CLOUD_REGISTERED,
    NP_CLOUD_FAILED,
    NP_CLOUD_OUTCOME_COUNT
} np_cloud_outcome;

typedef struct np_cloud_answered {
    const char *target;
    const char *serial; /* UTF-8 */
    const char *device; /* its name at the cloud */
    np_cloud_outcome outcome;
    const char *text; /* why it was refused; else "" */
} np_cloud_answered;

typedef struct np_cloud_check {
    const char *folder; /* of the export */
    const char *target; /* NULL: the one that the index names, which must be the same */
    const char *part;   /* whose answer it is; NULL: the export has one alone */
    const char *answer; /* file */
    /* Of each device of the part that the answer says something about, in order. */
    NP_MUST_USE np_code (*take)(void *self, const np_cloud_answered *answered, np_error *err);
    void *self;
} np_cloud_check;

typedef struct np_cloud_check_counts {
    char target[32];
    size_t outcomes[NP_CLOUD_OUTCOME_COUNT];
} np_cloud_check_counts;

/*
 * NP_EUSAGE for a part that is not there or must be named, and for a target that gives no answers;
 * NP_ECONFLICT_OTHER for the export of another target; NP_EINPUT_MISSING, NP_EINPUT_FORMAT when
 * index or answer cannot be read, before anything is handed out; NP_ESTATION_IO,
 * NP_ESTATION_MEMORY.
 */
NP_MUST_USE np_code np_cloud_check_result(const np_cloud_check *check, np_cloud_check_counts *ret,
                                          np_error *err);
