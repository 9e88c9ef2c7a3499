/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a record is written to: one file that grows, as a table of functions. The real one is
 * record/file.h. What was written and not synced may be gone after a crash, in part and in any
 * order; so may a name whose folder was not synced. After a sync that failed, nothing that it
 * should have made durable may be believed, not even if a later sync succeeds.
 */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

typedef struct np_record_storage {
    /* Opens what is there, for this process alone; *ret_exists is false when nothing is. */
    NP_MUST_USE np_code (*open)(void *self, bool *ret_exists, np_error *err);
    /* Begins an empty file that has no name yet. */
    NP_MUST_USE np_code (*create)(void *self, np_error *err);
    /* Gives it its name, unless there is something of that name: NP_ESTATION_BUSY. */
    NP_MUST_USE np_code (*publish)(void *self, np_error *err);
    /* Less than size only at the end of the file. */
    NP_MUST_USE np_code (*read)(void *self, uint64_t offset, uint8_t *ret, size_t size,
                                size_t *ret_len, np_error *err);
    /* At the end, or over what is there. */
    NP_MUST_USE np_code (*write)(void *self, uint64_t offset, np_bytes bytes, np_error *err);
    NP_MUST_USE np_code (*truncate)(void *self, uint64_t size, np_error *err);
    /* Contents and size. */
    NP_MUST_USE np_code (*sync)(void *self, np_error *err);
    /* The name. */
    NP_MUST_USE np_code (*sync_folder)(void *self, np_error *err);
    void *self;
} np_record_storage;
