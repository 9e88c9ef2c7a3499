/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/zip.h"

#include "base/civil.h"
#include "firmware/zip_header.h"

enum {
    COMMENT_MAX = UINT16_MAX,
    SCAN_SIZE = 4096, /* of the end, at a time; not tuned */
};

/* MS-DOS has two-second steps from 1980 on and no time zone; fwup takes it for UTC. */
static int64_t dos_seconds(uint16_t date, uint16_t time)
{
    np_civil civil = {
        .year = 1980 + (date >> 9),
        .month = date >> 5 & 15,
        .day = date & 31,
        .hour = time >> 11,
        .minute = time >> 5 & 63,
        .second = (time & 31) * 2,
    };
    return np_civil_is_valid(&civil) ? np_civil_to_seconds(&civil) : 0;
}

typedef struct end_search {
    bool is_found; /* a record whose comment ends with the archive */
    bool is_cut;   /* one whose comment does not */
    uint64_t at;
} end_search;

/* Is there an end record at this offset of the piece? */
static void look_for_end(np_bytes piece, size_t offset, uint64_t piece_at, uint64_t size,
                         end_search *ret)
{
    np_reader reader = np_reader_of(np_bytes_of(piece.data + offset, piece.len - offset));
    if (np_read_u32_le(&reader) != ZIP_END_SIGNATURE) {
        return;
    }
    np_read_bytes(&reader, NP_ZIP_END_SIZE - 4 - 2);
    uint16_t comment_len = np_read_u16_le(&reader);
    uint64_t at = piece_at + offset;
    if (!reader.failed && at + NP_ZIP_END_SIZE + comment_len == size) {
        ret->is_found = true;
        ret->at = at;
    } else {
        ret->is_cut = true;
    }
}

/* Backwards, in pieces that overlap by a record: the last one that fits is meant. */
static np_code search_end(const np_firmware_source *source, end_search *ret, np_error *err)
{
    uint8_t bytes[SCAN_SIZE + NP_ZIP_END_SIZE];
    uint64_t limit = source->size > COMMENT_MAX + NP_ZIP_END_SIZE
                         ? source->size - COMMENT_MAX - NP_ZIP_END_SIZE
                         : 0;
    *ret = (end_search){0};
    for (uint64_t top = source->size; top > limit && !ret->is_found;) {
        uint64_t at = top - limit > SCAN_SIZE ? top - SCAN_SIZE : limit;
        uint64_t wanted = top - at + NP_ZIP_END_SIZE;
        size_t len = (size_t)(wanted < source->size - at ? wanted : source->size - at);
        NP_TRY(zip_read(source, at, bytes, len, err));
        for (size_t i = (size_t)(top - at); i-- > 0 && !ret->is_found;) {
            look_for_end(np_bytes_of(bytes, len), i, at, source->size, ret);
        }
        top = at;
    }
    return NP_OK;
}

static np_code refuse_end(const end_search *found, uint32_t signature, np_error *err)
{
    if (signature != ZIP_LOCAL_SIGNATURE && !found->is_found && !found->is_cut) {
        return firmware_refuse(err, NP_FIRMWARE_NOT_ZIP,
                               "not an fwup archive, which is a ZIP file");
    }
    if (signature != ZIP_LOCAL_SIGNATURE && signature != ZIP_END_SIGNATURE) {
        return firmware_refuse(err, NP_FIRMWARE_LEADING_BYTES,
                               "other bytes stand before the archive");
    }
    if (found->is_found) {
        return NP_OK;
    }
    return found->is_cut ? firmware_refuse(err, NP_FIRMWARE_TRAILING_BYTES,
                                           "other bytes stand behind the archive")
                         : firmware_refuse(err, NP_FIRMWARE_TRUNCATED, "the archive has no end");
}

static np_code refuse_zip64(const np_firmware_source *source, uint64_t end_at, np_error *err)
{
    uint32_t signature = 0;
    if (end_at >= ZIP_END64_LOCATOR_SIZE) {
        NP_TRY(zip_signature_at(source, end_at - ZIP_END64_LOCATOR_SIZE, &signature, err));
    }
    return signature == ZIP_END64_LOCATOR_SIGNATURE
               ? firmware_refuse(err, NP_FIRMWARE_ZIP64,
                                 "the archive is a ZIP64, which is not read")
               : NP_OK;
}

static np_code read_end(np_zip *zip, np_error *err)
{
    uint8_t bytes[NP_ZIP_END_SIZE];
    NP_TRY(zip_read(zip->source, zip->end_at, bytes, sizeof(bytes), err));
    np_reader reader = np_reader_of(NP_BYTES(bytes));
    np_read_u32_le(&reader);
    uint32_t disks = np_read_u32_le(&reader);
    uint16_t here = np_read_u16_le(&reader);
    zip->left = np_read_u16_le(&reader);
    uint32_t size = np_read_u32_le(&reader);
    uint32_t start = np_read_u32_le(&reader);
    if (zip->left == UINT16_MAX || size == UINT32_MAX || start == UINT32_MAX) {
        return firmware_refuse(err, NP_FIRMWARE_ZIP64, "the archive is a ZIP64, which is not read");
    }
    zip->directory_start = zip->directory_at = start;
    return disks == 0 && here == zip->left && (uint64_t)start + size == zip->end_at
               ? NP_OK
               : firmware_refuse(err, NP_FIRMWARE_DIRECTORY,
                                 "the end record does not fit the central directory");
}

np_code np_zip_open(np_zip *zip, const np_firmware_source *source, bool is_lenient, np_error *err)
{
    end_search found;
    uint32_t signature = 0;
    *zip = (np_zip){.source = source, .is_lenient = is_lenient};
    NP_TRY(zip_signature_at(source, 0, &signature, err));
    if (is_lenient) {
        return signature == ZIP_LOCAL_SIGNATURE
                   ? NP_OK
                   : firmware_refuse(err, NP_FIRMWARE_NOT_ZIP, "unrecognized archive format");
    }
    NP_TRY(search_end(source, &found, err));
    NP_TRY(refuse_end(&found, signature, err));
    zip->end_at = found.at;
    NP_TRY(refuse_zip64(source, found.at, err));
    return read_end(zip, err);
}

static np_code check_end(const np_zip *zip, np_error *err)
{
    return zip->directory_at == zip->end_at && zip->at == zip->directory_start
               ? NP_OK
               : firmware_refuse(err, NP_FIRMWARE_DIRECTORY,
                                 "the archive has bytes that belong to no entry");
}

static np_code read_local(np_zip *zip, np_zip_entry *ret, np_error *err)
{
    np_zip_header local;
    np_zip_entry named = {0};
    NP_TRY(zip_read_local(zip->source, zip->at, &local, err));
    NP_TRY(zip_read_name(zip->source, zip->at + NP_ZIP_LOCAL_SIZE, &local, &named, err));
    if (ret->name_len != named.name_len || strcmp(ret->name, named.name) != 0) {
        return firmware_refuse(err, NP_FIRMWARE_HEADERS,
                               "%s: named otherwise in the central directory", named.name);
    }
    uint64_t extra_at = zip->at + NP_ZIP_LOCAL_SIZE + local.name_len;
    NP_TRY(zip_read_extra(zip->source, extra_at, local.extra_len, ret, err));
    NP_TRY(zip_compare(&local, &ret->header, ret->name, err));
    ret->at = zip->at;
    ret->data_at = extra_at + local.extra_len;
    ret->end_at = ret->data_at + ret->header.packed;
    if ((ret->header.flags & NP_ZIP_HAS_DESCRIPTOR) != 0) {
        NP_TRY(zip_check_descriptor(zip->source, ret->end_at, &ret->header, ret->name, err));
        ret->end_at += NP_ZIP_DESCRIPTOR_SIZE;
    }
    return ret->end_at <= zip->directory_start
               ? NP_OK
               : firmware_refuse(err, NP_FIRMWARE_DIRECTORY, "%s: runs into the central directory",
                                 ret->name);
}

static np_code next_strictly(np_zip *zip, np_zip_entry *ret, np_error *err)
{
    uint64_t at = zip->directory_at;
    np_zip_header *header = &ret->header;
    NP_TRY(zip_read_directory(zip->source, at, header, err));
    NP_TRY(zip_read_name(zip->source, at + NP_ZIP_DIRECTORY_SIZE, header, ret, err));
    ret->modified = dos_seconds(header->date, header->time);
    ret->has_packed = true;
    NP_TRY(zip_check_header(header, ret, err));
    uint64_t extra_at = at + NP_ZIP_DIRECTORY_SIZE + header->name_len;
    NP_TRY(zip_read_extra(zip->source, extra_at, header->extra_len, ret, err));
    ret->directory_at = at;
    ret->directory_len = (uint64_t)NP_ZIP_DIRECTORY_SIZE + header->name_len + header->extra_len +
                         header->comment_len;
    if (header->local_at != zip->at || ret->directory_len > zip->end_at - at) {
        return firmware_refuse(err, NP_FIRMWARE_DIRECTORY,
                               "%s: does not begin where the entry before it ends", ret->name);
    }
    NP_TRY(read_local(zip, ret, err));
    zip->directory_at += ret->directory_len;
    zip->at = ret->end_at;
    zip->left--;
    return NP_OK;
}

static np_code next_leniently(np_zip *zip, np_zip_entry *ret, bool *ret_is_end, np_error *err)
{
    uint32_t signature;
    NP_TRY(zip_signature_at(zip->source, zip->at, &signature, err));
    *ret_is_end = signature == ZIP_DIRECTORY_SIGNATURE || signature == ZIP_END_SIGNATURE;
    if (*ret_is_end) {
        return NP_OK;
    }
    NP_TRY(zip_read_local(zip->source, zip->at, &ret->header, err));
    NP_TRY(zip_read_name(zip->source, zip->at + NP_ZIP_LOCAL_SIZE, &ret->header, ret, err));
    NP_TRY(zip_check_header(&ret->header, ret, err));
    ret->modified = dos_seconds(ret->header.date, ret->header.time);
    uint64_t extra_at = zip->at + NP_ZIP_LOCAL_SIZE + ret->header.name_len;
    NP_TRY(zip_read_extra(zip->source, extra_at, ret->header.extra_len, ret, err));
    ret->has_packed =
        (ret->header.flags & NP_ZIP_HAS_DESCRIPTOR) == 0 || ret->header.method == NP_ZIP_STORED;
    ret->at = zip->at;
    ret->data_at = extra_at + ret->header.extra_len;
    return NP_OK;
}

np_code np_zip_next(np_zip *zip, np_zip_entry *ret, bool *ret_is_end, np_error *err)
{
    *ret = (np_zip_entry){0};
    *ret_is_end = false;
    if (zip->is_lenient) {
        return next_leniently(zip, ret, ret_is_end, err);
    }
    if (zip->left == 0) {
        *ret_is_end = true;
        return check_end(zip, err);
    }
    return next_strictly(zip, ret, err);
}

bool np_zip_is_folder(const np_zip_entry *entry)
{
    return entry->name[entry->name_len - 1] == '/';
}

bool np_zip_is_named(const np_zip_entry *entry, const char *name)
{
    return strcmp(entry->name, name) == 0;
}
