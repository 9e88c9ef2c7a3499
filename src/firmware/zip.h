/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A ZIP archive from its first byte to its last (APPNOTE 6.3.3, as far as fwup uses it). The strict
 * walk accounts for every byte: local headers and central directory say the same in the same order,
 * nothing stands before, between or behind them but the end record's comment. The lenient one looks
 * at local headers alone, as fwup does. Constant memory; each entry's data must be read to its end
 * (firmware/zip_stream.h) before the next entry is asked for.
 *
 * What is wrong with an archive is raised by firmware_refuse.
 */
#pragma once

#include "firmware/reason.h"
#include "firmware/source.h"

enum {
    NP_ZIP_NAME_MAX = 255, /* bytes; the longest that a file system takes */
    NP_ZIP_LOCAL_SIZE = 30,
    NP_ZIP_DIRECTORY_SIZE = 46,
    NP_ZIP_END_SIZE = 22,
    NP_ZIP_DESCRIPTOR_SIZE = 16, /* with its signature; the form without is refused */
    NP_ZIP_STORED = 0,
    NP_ZIP_DEFLATED = 8,
    NP_ZIP_HAS_DESCRIPTOR = 1 << 3, /* of the flags */
};

/* Local header and directory record, without signature and names. */
typedef struct np_zip_header {
    uint16_t flags;
    uint16_t method;
    uint16_t time; /* MS-DOS */
    uint16_t date;
    uint32_t crc;
    uint32_t packed;
    uint32_t size;
    uint16_t name_len;
    uint16_t extra_len;
    uint16_t comment_len; /* these are of the directory alone */
    uint16_t disk;
    uint32_t attributes;
    uint32_t local_at;
} np_zip_header;

typedef struct np_zip_entry {
    char name[NP_ZIP_NAME_MAX + 1];
    size_t name_len;
    np_zip_header header; /* as the directory says; in the lenient walk as the local header does */
    bool has_packed;      /* false in the lenient walk of a deflated entry with a descriptor */
    int64_t modified;     /* seconds since 1970, from its extra field, or from the MS-DOS time */
    uint64_t at;          /* of the local header */
    uint64_t data_at;
    uint64_t end_at;       /* behind data and descriptor; only the strict walk knows it */
    uint64_t directory_at; /* of the directory record; only the strict walk knows these two */
    uint64_t directory_len;
} np_zip_entry;

typedef struct np_zip {
    const np_firmware_source *source;
    bool is_lenient;
    uint64_t at; /* of the next local header; the lenient walk learns it from the stream */
    uint64_t directory_start;
    uint64_t directory_at; /* of the next record */
    uint64_t end_at;       /* of the end record, which the comment follows */
    uint32_t left;         /* records of the directory */
} np_zip;

/* Looks at both ends. The source must outlive the walk. */
NP_MUST_USE np_code np_zip_open(np_zip *zip, const np_firmware_source *source, bool is_lenient,
                                np_error *err);

/* The next entry, or *ret_is_end. Names that could leave a folder are refused here. */
NP_MUST_USE np_code np_zip_next(np_zip *zip, np_zip_entry *ret, bool *ret_is_end, np_error *err);

/* An empty folder: such entries mean nothing. */
bool np_zip_is_folder(const np_zip_entry *entry);

bool np_zip_is_named(const np_zip_entry *entry, const char *name);

/* Exactly size bytes. NP_FIRMWARE_TRUNCATED. */
NP_MUST_USE np_code zip_read(const np_firmware_source *source, uint64_t at, uint8_t *ret,
                             size_t size, np_error *err);
