/* SPDX-License-Identifier: Apache-2.0 */
/* Files of rows on disk: read whole, appended to or replaced, durable when the call returns. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

/* 1000 rows have below 1 MB; tokens of a million devices a quarter of a gigabyte. Not tuned. */
#define CLOUD_TEXT_MAX (INT64_C(1) << 28)

typedef struct cloud_text {
    uint8_t *data; /* heap, with a NUL behind it */
    size_t len;
} cloud_text;

/* For NP_CLEANUP; accepts all zero. */
void cloud_text_clear(cloud_text *text);

/* NP_EINPUT_MISSING, NP_EINPUT_RANGE above the limit, NP_ESTATION_IO. "-" is the standard input. */
NP_MUST_USE np_code cloud_text_load(const char *path, cloud_text *ret, np_error *err);

/*
 * Makes the file when there is none; what it has behind "keep" is cut off first. After a failure
 * the file is as it was, but for what was cut off.
 */
NP_MUST_USE np_code cloud_text_append(const char *path, size_t keep, np_bytes bytes, np_error *err);
