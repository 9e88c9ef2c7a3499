/* SPDX-License-Identifier: Apache-2.0 */
/* Where an archive's bytes come from: anything that can be read at an offset. */
#pragma once

#include "base/bytes.h"
#include "base/error.h"

typedef struct np_firmware_source {
    /* Fewer than size bytes only at the end. */
    NP_MUST_USE np_code (*read_at)(const void *self, uint64_t offset, uint8_t *ret, size_t size,
                                   size_t *ret_len, np_error *err);
    const void *self;
    uint64_t size; /* of all of it */
} np_firmware_source;

/*
 * An open file; the descriptor must stay where it is as long as the source. NP_EUSAGE when it is no
 * regular file, NP_ESTATION_IO.
 */
NP_MUST_USE np_code np_firmware_source_of_fd(const int *fd, np_firmware_source *ret, np_error *err);

/* Bytes in memory, which must outlive it. */
np_firmware_source np_firmware_source_of_bytes(const np_bytes *bytes);
