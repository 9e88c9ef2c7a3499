/* SPDX-License-Identifier: Apache-2.0 */
/* Single records of a ZIP archive, taken apart and compared. */
#pragma once

#include "firmware/zip.h"

enum {
    ZIP_LOCAL_SIGNATURE = 0x04034b50,
    ZIP_DIRECTORY_SIGNATURE = 0x02014b50,
    ZIP_END_SIGNATURE = 0x06054b50,
    ZIP_DESCRIPTOR_SIGNATURE = 0x08074b50,
    ZIP_END64_LOCATOR_SIGNATURE = 0x07064b50,
    ZIP_END64_LOCATOR_SIZE = 20,
};

/* The first four bytes there, or 0 where there are none. */
NP_MUST_USE np_code zip_signature_at(const np_firmware_source *source, uint64_t at, uint32_t *ret,
                                     np_error *err);

NP_MUST_USE np_code zip_read_local(const np_firmware_source *source, uint64_t at,
                                   np_zip_header *ret, np_error *err);
NP_MUST_USE np_code zip_read_directory(const np_firmware_source *source, uint64_t at,
                                       np_zip_header *ret, np_error *err);

/* Name and name_len; every name is refused that is not a plain relative path. */
NP_MUST_USE np_code zip_read_name(const np_firmware_source *source, uint64_t at,
                                  const np_zip_header *header, np_zip_entry *ret, np_error *err);

/* Refuses ZIP64 and encryption; takes the time from UT, if it is there. */
NP_MUST_USE np_code zip_read_extra(const np_firmware_source *source, uint64_t at, size_t len,
                                   np_zip_entry *ret, np_error *err);

/* What no archive of fwup has: encryption, other methods, links, several disks, ZIP64. */
NP_MUST_USE np_code zip_check_header(const np_zip_header *header, const np_zip_entry *entry,
                                     np_error *err);

/* Do the two say the same? Local fields may be zero when a descriptor follows. */
NP_MUST_USE np_code zip_compare(const np_zip_header *local, const np_zip_header *directory,
                                const char *name, np_error *err);

/* The 16 bytes behind the data. */
NP_MUST_USE np_code zip_check_descriptor(const np_firmware_source *source, uint64_t at,
                                         const np_zip_header *header, const char *name,
                                         np_error *err);
