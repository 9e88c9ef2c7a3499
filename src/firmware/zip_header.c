/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/zip_header.h"

#include "base/civil.h"

enum {
    FLAG_ENCRYPTED = 1 << 0,
    FLAGS_OF_DEFLATE = 3 << 1,
    FLAG_UTF8 = 1 << 11,
    FLAG_MASKED = 1 << 13,
    FLAGS_KNOWN = FLAGS_OF_DEFLATE | NP_ZIP_HAS_DESCRIPTOR | FLAG_UTF8,
    EXTRA_ZIP64 = 0x0001,
    EXTRA_TIMES = 0x5455,
    EXTRA_AES = 0x9901,
    MODE_TYPE = 0170000, /* of a Unix mode, in the upper half of the attributes */
    MODE_FILE = 0100000,
    MODE_FOLDER = 0040000,
};

np_code zip_read(const np_firmware_source *source, uint64_t at, uint8_t *ret, size_t size,
                 np_error *err)
{
    size_t len = 0;
    NP_TRY(source->read_at(source->self, at, ret, size, &len, err));
    return len == size
               ? NP_OK
               : firmware_refuse(err, NP_FIRMWARE_TRUNCATED,
                                 "the archive ends where %zu more bytes should be", size - len);
}

np_code zip_signature_at(const np_firmware_source *source, uint64_t at, uint32_t *ret,
                         np_error *err)
{
    uint8_t bytes[4];
    size_t len = 0;
    NP_TRY(source->read_at(source->self, at, bytes, sizeof(bytes), &len, err));
    np_reader reader = np_reader_of(np_bytes_of(bytes, len));
    *ret = np_read_u32_le(&reader);
    return NP_OK;
}

/* What both kinds of header have, in their order (APPNOTE 4.3.7, 4.3.12). */
static void take_common(np_reader *reader, np_zip_header *ret)
{
    ret->flags = np_read_u16_le(reader);
    ret->method = np_read_u16_le(reader);
    ret->time = np_read_u16_le(reader);
    ret->date = np_read_u16_le(reader);
    ret->crc = np_read_u32_le(reader);
    ret->packed = np_read_u32_le(reader);
    ret->size = np_read_u32_le(reader);
    ret->name_len = np_read_u16_le(reader);
    ret->extra_len = np_read_u16_le(reader);
}

np_code zip_read_local(const np_firmware_source *source, uint64_t at, np_zip_header *ret,
                       np_error *err)
{
    uint8_t bytes[NP_ZIP_LOCAL_SIZE];
    NP_TRY(zip_read(source, at, bytes, sizeof(bytes), err));
    np_reader reader = np_reader_of(NP_BYTES(bytes));
    *ret = (np_zip_header){0};
    if (np_read_u32_le(&reader) != ZIP_LOCAL_SIGNATURE) {
        return firmware_refuse(err, NP_FIRMWARE_DIRECTORY,
                               "there is no entry where the one before ends");
    }
    np_read_u16_le(&reader); /* version needed */
    take_common(&reader, ret);
    return NP_OK;
}

np_code zip_read_directory(const np_firmware_source *source, uint64_t at, np_zip_header *ret,
                           np_error *err)
{
    uint8_t bytes[NP_ZIP_DIRECTORY_SIZE];
    NP_TRY(zip_read(source, at, bytes, sizeof(bytes), err));
    np_reader reader = np_reader_of(NP_BYTES(bytes));
    *ret = (np_zip_header){0};
    if (np_read_u32_le(&reader) != ZIP_DIRECTORY_SIGNATURE) {
        return firmware_refuse(err, NP_FIRMWARE_DIRECTORY, "the central directory is damaged");
    }
    np_read_u32_le(&reader); /* version made by, version needed */
    take_common(&reader, ret);
    ret->comment_len = np_read_u16_le(&reader);
    ret->disk = np_read_u16_le(&reader);
    np_read_u16_le(&reader); /* internal attributes */
    ret->attributes = np_read_u32_le(&reader);
    ret->local_at = np_read_u32_le(&reader);
    return NP_OK;
}

static bool is_component(np_bytes part)
{
    return part.len > 0 && !np_bytes_equal(part, np_bytes_text(".")) &&
           !np_bytes_equal(part, np_bytes_text(".."));
}

/* Parts between slashes, the last may be empty: a folder. */
static bool is_plain_path(np_bytes name)
{
    size_t start = 0;
    for (size_t i = 0; i < name.len; i++) {
        if (name.data[i] < ' ' || name.data[i] == '\\' || name.data[i] == 0x7f) {
            return false;
        }
        if (name.data[i] == '/') {
            if (!is_component(np_bytes_of(name.data + start, i - start))) {
                return false;
            }
            start = i + 1;
        }
    }
    np_bytes last = np_bytes_of(name.data + start, name.len - start);
    return name.len > 0 && (last.len == 0 || is_component(last));
}

np_code zip_read_name(const np_firmware_source *source, uint64_t at, const np_zip_header *header,
                      np_zip_entry *ret, np_error *err)
{
    if (header->name_len > NP_ZIP_NAME_MAX) {
        return firmware_refuse(err, NP_FIRMWARE_ENTRY_NAME,
                               "an entry's name has more than %d bytes", NP_ZIP_NAME_MAX);
    }
    ret->name_len = header->name_len;
    NP_TRY(zip_read(source, at, (uint8_t *)ret->name, ret->name_len, err));
    ret->name[ret->name_len] = '\0';
    return is_plain_path(np_bytes_of(ret->name, ret->name_len))
               ? NP_OK
               : firmware_refuse(err, NP_FIRMWARE_ENTRY_NAME,
                                 "an entry's name is not a plain relative path");
}

static np_code take_times(const np_firmware_source *source, uint64_t at, size_t len,
                          np_zip_entry *ret, np_error *err)
{
    uint8_t bytes[5];
    if (len < sizeof(bytes)) {
        return NP_OK;
    }
    NP_TRY(zip_read(source, at, bytes, sizeof(bytes), err));
    np_reader reader = np_reader_of(NP_BYTES(bytes));
    if ((np_read_u8(&reader) & 1) != 0) {
        ret->modified = (int32_t)np_read_u32_le(&reader);
    }
    return NP_OK;
}

static np_code take_extra(const np_firmware_source *source, uint64_t at, const uint16_t *id_and_len,
                          np_zip_entry *ret, np_error *err)
{
    switch (id_and_len[0]) {
    case EXTRA_ZIP64:
        return firmware_refuse(err, NP_FIRMWARE_ZIP64,
                               "%s: ZIP64 is not read; fwup writes none below 4 GiB", ret->name);
    case EXTRA_AES:
        return firmware_refuse(err, NP_FIRMWARE_ENCRYPTED, "%s: encrypted", ret->name);
    case EXTRA_TIMES:
        return take_times(source, at, id_and_len[1], ret, err);
    default:
        return NP_OK;
    }
}

np_code zip_read_extra(const np_firmware_source *source, uint64_t at, size_t len, np_zip_entry *ret,
                       np_error *err)
{
    while (len > 0) {
        uint8_t bytes[4] = {0};
        NP_TRY(zip_read(source, at, bytes, len < sizeof(bytes) ? len : sizeof(bytes), err));
        np_reader reader = np_reader_of(NP_BYTES(bytes));
        uint16_t field[2];
        field[0] = np_read_u16_le(&reader);
        field[1] = np_read_u16_le(&reader);
        if (len < sizeof(bytes) || field[1] > len - sizeof(bytes)) {
            return firmware_refuse(err, NP_FIRMWARE_HEADERS, "%s: its extra fields are damaged",
                                   ret->name);
        }
        NP_TRY(take_extra(source, at + sizeof(bytes), field, ret, err));
        at += sizeof(bytes) + field[1];
        len -= sizeof(bytes) + field[1];
    }
    return NP_OK;
}

static bool is_plain_type(uint32_t attributes, bool is_folder)
{
    uint32_t type = attributes >> 16 & MODE_TYPE;
    return type == 0 || type == MODE_FILE || (is_folder && type == MODE_FOLDER);
}

np_code zip_check_header(const np_zip_header *header, const np_zip_entry *entry, np_error *err)
{
    if ((header->flags & (FLAG_ENCRYPTED | FLAG_MASKED)) != 0) {
        return firmware_refuse(err, NP_FIRMWARE_ENCRYPTED, "%s: encrypted", entry->name);
    }
    if (header->packed == UINT32_MAX || header->size == UINT32_MAX ||
        header->local_at == UINT32_MAX) {
        return firmware_refuse(err, NP_FIRMWARE_ZIP64, "%s: ZIP64 is not read", entry->name);
    }
    if (header->method != NP_ZIP_STORED && header->method != NP_ZIP_DEFLATED) {
        return firmware_refuse(err, NP_FIRMWARE_METHOD,
                               "%s: compressed by method %u; only stored and deflated are read",
                               entry->name, (unsigned)header->method);
    }
    bool is_folder = entry->name[entry->name_len - 1] == '/';
    if (!is_plain_type(header->attributes, is_folder) || (is_folder && header->size != 0)) {
        return firmware_refuse(err, NP_FIRMWARE_ENTRY_TYPE,
                               "%s: neither a file nor an empty folder", entry->name);
    }
    return (header->flags & ~FLAGS_KNOWN) != 0 || header->disk != 0
               ? firmware_refuse(err, NP_FIRMWARE_HEADERS, "%s: its header has unknown flags",
                                 entry->name)
               : NP_OK;
}

static bool says(uint32_t local, uint32_t directory, bool may_be_zero)
{
    return local == directory || (may_be_zero && local == 0);
}

np_code zip_compare(const np_zip_header *local, const np_zip_header *directory, const char *name,
                    np_error *err)
{
    bool is_later = (directory->flags & NP_ZIP_HAS_DESCRIPTOR) != 0;
    bool is_same = local->flags == directory->flags && local->method == directory->method &&
                   local->time == directory->time && local->date == directory->date &&
                   says(local->crc, directory->crc, is_later) &&
                   says(local->packed, directory->packed, is_later) &&
                   says(local->size, directory->size, is_later);
    if (!is_same) {
        return firmware_refuse(err, NP_FIRMWARE_HEADERS,
                               "%s: its own header and the central directory disagree", name);
    }
    return directory->method == NP_ZIP_STORED && directory->packed != directory->size
               ? firmware_refuse(err, NP_FIRMWARE_HEADERS, "%s: stored, yet with two sizes", name)
               : NP_OK;
}

np_code zip_check_descriptor(const np_firmware_source *source, uint64_t at,
                             const np_zip_header *header, const char *name, np_error *err)
{
    uint8_t bytes[NP_ZIP_DESCRIPTOR_SIZE];
    NP_TRY(zip_read(source, at, bytes, sizeof(bytes), err));
    np_reader reader = np_reader_of(NP_BYTES(bytes));
    bool is_same = np_read_u32_le(&reader) == ZIP_DESCRIPTOR_SIGNATURE &&
                   np_read_u32_le(&reader) == header->crc &&
                   np_read_u32_le(&reader) == header->packed &&
                   np_read_u32_le(&reader) == header->size;
    return is_same ? NP_OK
                   : firmware_refuse(err, NP_FIRMWARE_DESCRIPTOR,
                                     "%s: the descriptor behind its data is not as the directory "
                                     "says",
                                     name);
}
