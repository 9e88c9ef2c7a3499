/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/archive.h"

#include "base/wipe.h"
#include "firmware/resource.h"
#include "firmware/zip_stream.h"
#include <stdlib.h>

static const char signature_name[] = "meta.conf.ed25519";
static const char meta_name[] = "meta.conf";

np_firmware_facts *np_firmware_facts_create(void)
{
    return calloc(1, sizeof(np_firmware_facts));
}

void np_firmware_facts_free_at(np_firmware_facts **facts)
{
    free(*facts);
}

/* A defect becomes a fact; everything else stays an error. */
static np_code note_defect(np_firmware_facts *facts, np_code code, const np_error *found,
                           bool is_in_front, np_error *err)
{
    if (code == NP_EINPUT_FORMAT) {
        facts->defect = (np_firmware_reason)found->sub;
        facts->is_defect_in_front = is_in_front;
        size_t len = strnlen(found->message, sizeof(facts->detail) - 1);
        memcpy(facts->detail, found->message, len);
        facts->detail[len] = '\0';
        return NP_OK;
    }
    if (code != NP_OK && err != NULL) {
        *err = *found;
    }
    return code;
}

/* The order that the strict reading wants: signature, meta.conf, the rest. */
static np_code check_place(const np_zip_entry *entry, size_t *position, bool *has_meta,
                           np_error *err)
{
    if (np_zip_is_folder(entry)) {
        return NP_OK;
    }
    size_t at = (*position)++;
    if (np_zip_is_named(entry, signature_name)) {
        return at == 0 ? NP_OK
                       : firmware_refuse(err, NP_FIRMWARE_SIGNATURE_PLACE,
                                         "%s is not the first entry", signature_name);
    }
    if (!np_zip_is_named(entry, meta_name)) {
        return *has_meta ? NP_OK
                         : firmware_refuse(err, NP_FIRMWARE_META_PLACE, "%s stands before %s",
                                           entry->name, meta_name);
    }
    if (*has_meta) {
        return firmware_refuse(err, NP_FIRMWARE_META_TWICE, "there are two entries %s", meta_name);
    }
    *has_meta = true;
    return NP_OK;
}

/* All headers before any data: what is wrong with the container is known first. */
static np_code check_headers(np_zip zip, np_error *err)
{
    size_t position = 0;
    bool has_meta = false;
    for (;;) {
        np_zip_entry entry;
        bool is_end;
        NP_TRY(np_zip_next(&zip, &entry, &is_end, err));
        if (is_end) {
            return has_meta ? NP_OK
                            : firmware_refuse(err, NP_FIRMWARE_META_MISSING, "there is no %s",
                                              meta_name);
        }
        NP_TRY(check_place(&entry, &position, &has_meta, err));
    }
}

/* All of an entry that is at most size bytes, one more than is good. */
static np_code read_small(np_firmware_facts *facts, const np_zip_entry *entry, uint8_t *ret,
                          size_t size, size_t *ret_len, np_error *err)
{
    NP_CLEANUP(np_zip_stream_close) np_zip_stream stream = {0};
    NP_TRY(np_zip_stream_open(&stream, facts->zip.source, entry, err));
    NP_TRY(np_zip_stream_read(&stream, ret, size, ret_len, err));
    if (*ret_len == size) {
        return NP_OK; /* refused by its size in a moment */
    }
    return np_zip_stream_finish(&stream, &facts->zip, err);
}

static np_code skip_entry(np_firmware_facts *facts, const np_zip_entry *entry, np_error *err)
{
    uint8_t none[1];
    size_t len;
    NP_CLEANUP(np_zip_stream_close) np_zip_stream stream = {0};
    NP_TRY(np_zip_stream_open(&stream, facts->zip.source, entry, err));
    NP_TRY(np_zip_stream_read(&stream, none, sizeof(none), &len, err));
    return np_zip_stream_finish(&stream, &facts->zip, err);
}

/* The next entry that is no folder. */
static np_code next_file(np_firmware_facts *facts, np_zip_entry *ret, bool *ret_is_end,
                         np_error *err)
{
    for (;;) {
        NP_TRY(np_zip_next(&facts->zip, ret, ret_is_end, err));
        if (*ret_is_end || !np_zip_is_folder(ret)) {
            return NP_OK;
        }
        NP_TRY(skip_entry(facts, ret, err));
    }
}

/* As long as the signature and a little more: fwup takes what is longer. */
enum { SIGNATURE_ROOM = 4096 };

static np_code read_signature(np_firmware_facts *facts, const np_zip_entry *entry, np_error *err)
{
    uint8_t bytes[SIGNATURE_ROOM];
    size_t len = 0;
    NP_TRY(read_small(facts, entry, bytes, sizeof(bytes), &len, err));
    if (len < sizeof(facts->signature) || (len > sizeof(facts->signature) && !facts->is_lenient) ||
        len == sizeof(bytes)) {
        return firmware_refuse(err, NP_FIRMWARE_SIGNATURE_SIZE, "%s has %zu bytes, not %zu",
                               signature_name, len, sizeof(facts->signature));
    }
    memcpy(facts->signature, bytes, sizeof(facts->signature));
    facts->has_signature = true;
    return NP_OK;
}

static np_code read_text(np_firmware_facts *facts, const np_zip_entry *entry, np_error *err)
{
    NP_TRY(read_small(facts, entry, facts->text, sizeof(facts->text), &facts->text_len, err));
    if (facts->text_len < NP_META_SIZE_MIN || facts->text_len > NP_META_SIZE_MAX) {
        return firmware_refuse(err, NP_FIRMWARE_META_SIZE, "%s has not %d to %d bytes", meta_name,
                               NP_META_SIZE_MIN, NP_META_SIZE_MAX);
    }
    facts->created = entry->modified;
    np_meta_format_uuid(np_firmware_text(facts), facts->uuid);
    return NP_OK;
}

static np_code read_front(np_firmware_facts *facts, const np_firmware_source *source, np_error *err)
{
    np_zip_entry entry;
    bool is_end;
    NP_TRY(np_zip_open(&facts->zip, source, facts->is_lenient, err));
    if (!facts->is_lenient) {
        NP_TRY(check_headers(facts->zip, err));
    }
    NP_TRY(next_file(facts, &entry, &is_end, err));
    if (!is_end && np_zip_is_named(&entry, signature_name)) {
        NP_TRY(read_signature(facts, &entry, err));
        NP_TRY(next_file(facts, &entry, &is_end, err));
    }
    if (is_end || !np_zip_is_named(&entry, meta_name)) {
        return firmware_refuse(err, is_end ? NP_FIRMWARE_META_MISSING : NP_FIRMWARE_META_PLACE,
                               "%s is not where it has to be", meta_name);
    }
    return read_text(facts, &entry, err);
}

np_code np_firmware_read_front(np_firmware_facts *facts, const np_firmware_source *source,
                               bool is_lenient, np_error *err)
{
    np_error found;
    facts->is_lenient = is_lenient;
    facts->is_whole = facts->has_signature = facts->is_parsed = false;
    facts->defect = NP_FIRMWARE_ACCEPTED;
    facts->detail[0] = '\0';
    facts->text_len = facts->delta_count = 0;
    memset(facts->is_seen, 0, sizeof(facts->is_seen));
    return note_defect(facts, read_front(facts, source, &found), &found, true, err);
}

np_code np_firmware_read_meta(np_firmware_facts *facts, np_error *err)
{
    np_error found;
    if (facts->defect != NP_FIRMWARE_ACCEPTED || facts->is_parsed) {
        return NP_OK;
    }
    np_code code = np_meta_parse(np_firmware_text(facts), facts->is_lenient, &facts->meta, &found);
    facts->is_parsed = code == NP_OK;
    return note_defect(facts, code, &found, false, err);
}

static np_code read_entry(np_firmware_facts *facts, const np_zip_entry *entry,
                          const np_firmware_source *delta_source, np_error *err)
{
    const np_meta_resource *resource = np_meta_find(&facts->meta, entry->name);
    if (resource == NULL) {
        return firmware_refuse(err, NP_FIRMWARE_RESOURCE_UNDECLARED,
                               "%s: meta.conf declares no such resource", entry->name);
    }
    bool *is_seen = &facts->is_seen[resource - facts->meta.resources];
    if (*is_seen) {
        return firmware_refuse(err, NP_FIRMWARE_RESOURCE_TWICE, "%s: stands there twice",
                               entry->name);
    }
    *is_seen = true;
    firmware_resource_check check = {
        .zip = &facts->zip, .entry = entry, .resource = resource, .delta_source = delta_source};
    facts->delta_count += firmware_resource_is_delta(&check);
    return firmware_check_resource(&check, err);
}

static np_code check_all_seen(const np_firmware_facts *facts, np_error *err)
{
    for (size_t i = 0; i < facts->meta.resource_count; i++) {
        np_bytes name = facts->meta.resources[i].name;
        if (!facts->is_seen[i]) {
            return firmware_refuse(err, NP_FIRMWARE_RESOURCE_MISSING,
                                   "%.*s: declared, but not in the archive",
                                   (int)(name.len < 100 ? name.len : 100), (const char *)name.data);
        }
    }
    return NP_OK;
}

static np_code read_resources(np_firmware_facts *facts, const np_firmware_source *delta_source,
                              np_error *err)
{
    for (;;) {
        np_zip_entry entry;
        bool is_end;
        NP_TRY(next_file(facts, &entry, &is_end, err));
        if (is_end) {
            return check_all_seen(facts, err);
        }
        NP_TRY(read_entry(facts, &entry, delta_source, err));
    }
}

np_code np_firmware_read_resources(np_firmware_facts *facts, const np_firmware_source *delta_source,
                                   np_error *err)
{
    np_error found;
    if (facts->defect != NP_FIRMWARE_ACCEPTED) {
        return NP_OK;
    }
    np_code code = read_resources(facts, delta_source, &found);
    facts->is_whole = code == NP_OK;
    return note_defect(facts, code, &found, false, err);
}
