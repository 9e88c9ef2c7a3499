/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/sign.h"

#include "base/wipe.h"
#include "firmware/zip_header.h"
#include <stdlib.h>
#include <zlib.h>

enum {
    COPY_SIZE = 64 * 1024, /* not tuned */
    ENTRIES_MAX = UINT16_MAX - 1,
    LOCAL_AT_OFFSET = 42, /* of its field in a directory record */
    /* What the new entry says of itself, as the archives of fwup do. */
    VERSION = 20,
    MADE_ON_UNIX = 3 << 8,
    FIRST_DATE = 1 << 5 | 1, /* 1980-01-01 */
    FILE_MODE = 0100644,
};

static const char signature_name[] = "meta.conf.ed25519";

enum {
    NAME_LEN = sizeof(signature_name) - 1,
    NEW_SIZE = NP_ZIP_LOCAL_SIZE + NAME_LEN + NP_ED25519_SIGNATURE_SIZE,
    RECORD_SIZE = NP_ZIP_DIRECTORY_SIZE + NAME_LEN,
};

np_code np_firmware_check_signable(const np_firmware_signing *signing, np_firmware_facts *facts,
                                   np_error *err)
{
    NP_TRY(np_firmware_read_front(facts, signing->source, false, err));
    NP_TRY(np_firmware_read_meta(facts, err));
    NP_TRY(np_firmware_read_resources(facts, NULL, err));
    if (facts->defect == NP_FIRMWARE_ACCEPTED) {
        return NP_OK;
    }
    return np_error_set_sub(err, NP_EINPUT_FORMAT, (int)facts->defect, "%s (%s)", facts->detail,
                            np_firmware_reason_name(facts->defect));
}

/* One run of copying: what there was, and where it goes. */
typedef struct copy_run {
    const np_firmware_source *source;
    const np_firmware_sink *sink;
    np_zip zip;      /* as it was opened: its ends */
    uint64_t old_at; /* of the signature that is left out; equal: there is none */
    uint64_t old_end;
    uint32_t entries;
    uint64_t directory_size; /* of the new one */
    uint8_t *buffer;         /* heap */
} copy_run;

static void copy_run_clear(copy_run *run)
{
    free(run->buffer);
}

static np_code copy_range(copy_run *run, uint64_t at, uint64_t end, np_error *err)
{
    while (at < end) {
        size_t len = end - at < COPY_SIZE ? (size_t)(end - at) : COPY_SIZE;
        NP_TRY(zip_read(run->source, at, run->buffer, len, err));
        NP_TRY(run->sink->write(run->sink->self, np_bytes_of(run->buffer, len), err));
        at += len;
    }
    return NP_OK;
}

/* What local header and directory record have in common, in their order. */
static void write_common(np_writer *writer, const uint8_t *signature)
{
    np_write_u16_le(writer, VERSION);
    np_write_u16_le(writer, 0); /* flags */
    np_write_u16_le(writer, NP_ZIP_STORED);
    np_write_u16_le(writer, 0); /* time */
    np_write_u16_le(writer, FIRST_DATE);
    np_write_u32_le(writer, (uint32_t)crc32(0, signature, NP_ED25519_SIGNATURE_SIZE));
    np_write_u32_le(writer, NP_ED25519_SIGNATURE_SIZE); /* packed */
    np_write_u32_le(writer, NP_ED25519_SIGNATURE_SIZE);
    np_write_u16_le(writer, NAME_LEN);
    np_write_u16_le(writer, 0); /* extra fields */
}

static np_code put_entry(copy_run *run, const uint8_t *signature, np_error *err)
{
    uint8_t bytes[NEW_SIZE];
    np_writer writer = np_writer_of(bytes, sizeof(bytes));
    np_write_u32_le(&writer, ZIP_LOCAL_SIGNATURE);
    write_common(&writer, signature);
    np_write_text(&writer, signature_name);
    np_write_bytes(&writer, np_bytes_of(signature, NP_ED25519_SIGNATURE_SIZE));
    return run->sink->write(run->sink->self, np_writer_bytes(&writer), err);
}

static np_code put_record(copy_run *run, const uint8_t *signature, np_error *err)
{
    uint8_t bytes[RECORD_SIZE];
    np_writer writer = np_writer_of(bytes, sizeof(bytes));
    np_write_u32_le(&writer, ZIP_DIRECTORY_SIGNATURE);
    np_write_u16_le(&writer, MADE_ON_UNIX | VERSION);
    write_common(&writer, signature);
    np_write_u16_le(&writer, 0); /* comment */
    np_write_u16_le(&writer, 0); /* disk */
    np_write_u16_le(&writer, 0); /* internal attributes */
    np_write_u32_le(&writer, (uint32_t)FILE_MODE << 16);
    np_write_u32_le(&writer, 0); /* it is the first */
    np_write_text(&writer, signature_name);
    return run->sink->write(run->sink->self, np_writer_bytes(&writer), err);
}

static uint64_t moved(const copy_run *run, uint64_t at)
{
    bool is_behind = at >= run->old_end;
    return at + NEW_SIZE - (is_behind ? run->old_end - run->old_at : 0);
}

/* A record as it was, but for where its entry is now. */
static np_code copy_record(copy_run *run, const np_zip_entry *entry, np_error *err)
{
    uint8_t bytes[4];
    np_writer writer = np_writer_of(bytes, sizeof(bytes));
    uint64_t field_at = entry->directory_at + LOCAL_AT_OFFSET;
    np_write_u32_le(&writer, (uint32_t)moved(run, entry->at));
    NP_TRY(copy_range(run, entry->directory_at, field_at, err));
    NP_TRY(run->sink->write(run->sink->self, NP_BYTES(bytes), err));
    return copy_range(run, field_at + sizeof(bytes), entry->directory_at + entry->directory_len,
                      err);
}

static bool is_old_signature(const copy_run *run, const np_zip_entry *entry)
{
    return run->old_end > run->old_at && entry->at == run->old_at;
}

/* What is left out and how large the directory becomes. */
static np_code measure(copy_run *run, np_error *err)
{
    np_zip zip = run->zip;
    run->directory_size = RECORD_SIZE;
    run->entries = 1;
    for (;;) {
        np_zip_entry entry;
        bool is_end;
        NP_TRY(np_zip_next(&zip, &entry, &is_end, err));
        if (is_end) {
            break;
        }
        if (np_zip_is_named(&entry, signature_name)) {
            run->old_at = entry.at;
            run->old_end = entry.end_at;
        } else {
            run->entries++;
            run->directory_size += entry.directory_len;
        }
    }
    uint64_t end = moved(run, run->zip.directory_start) + run->directory_size;
    return end < UINT32_MAX && run->entries <= ENTRIES_MAX
               ? NP_OK
               : np_error_set(err, NP_EINPUT_RANGE, "with a signature the archive is too large");
}

static np_code copy_directory(copy_run *run, const uint8_t *signature, np_error *err)
{
    np_zip zip = run->zip;
    NP_TRY(put_record(run, signature, err));
    for (;;) {
        np_zip_entry entry;
        bool is_end;
        NP_TRY(np_zip_next(&zip, &entry, &is_end, err));
        if (is_end) {
            return NP_OK;
        }
        if (!is_old_signature(run, &entry)) {
            NP_TRY(copy_record(run, &entry, err));
        }
    }
}

/* The comment belongs to the archive and stays. */
static np_code put_end(copy_run *run, np_error *err)
{
    enum { COMMENT_LEN_OFFSET = NP_ZIP_END_SIZE - 2 };
    uint8_t bytes[COMMENT_LEN_OFFSET];
    np_writer writer = np_writer_of(bytes, sizeof(bytes));
    np_write_u32_le(&writer, ZIP_END_SIGNATURE);
    np_write_u32_le(&writer, 0); /* disks */
    np_write_u16_le(&writer, (uint16_t)run->entries);
    np_write_u16_le(&writer, (uint16_t)run->entries);
    np_write_u32_le(&writer, (uint32_t)run->directory_size);
    np_write_u32_le(&writer, (uint32_t)moved(run, run->zip.directory_start));
    NP_TRY(run->sink->write(run->sink->self, np_writer_bytes(&writer), err));
    return copy_range(run, run->zip.end_at + COMMENT_LEN_OFFSET, run->source->size, err);
}

np_code np_firmware_write_signed(const np_firmware_signing *signing, const np_firmware_facts *facts,
                                 const np_firmware_sink *sink, np_error *err)
{
    uint8_t signature[NP_ED25519_SIGNATURE_SIZE];
    NP_CLEANUP(copy_run_clear)
    copy_run run = {.source = signing->source, .sink = sink, .buffer = malloc(COPY_SIZE)};
    if (run.buffer == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory to copy the archive");
    }
    NP_TRY(np_zip_open(&run.zip, signing->source, false, err));
    NP_TRY(measure(&run, err));
    np_ed25519_sign(signing->key->seed, np_firmware_text(facts), signature);
    NP_TRY(put_entry(&run, signature, err));
    NP_TRY(copy_range(&run, 0, run.old_at, err));
    NP_TRY(copy_range(&run, run.old_end, run.zip.directory_start, err));
    NP_TRY(copy_directory(&run, signature, err));
    return put_end(&run, err);
}
