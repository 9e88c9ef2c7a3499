/* SPDX-License-Identifier: Apache-2.0 */
#include "support/disk.h"

#include <stdlib.h>

uint64_t disk_lot(unsure_disk *disk, uint64_t limit)
{
    uint64_t value = 0;
    np_random random = np_random_by_seed(&disk->random);
    if (random.fill(random.self, (uint8_t *)&value, sizeof(value), NULL) != NP_OK) {
        abort();
    }
    return limit == 0 ? 0 : value % limit;
}

void disk_open(unsure_disk *disk, uint64_t seed)
{
    static const size_t page_sizes[] = {1, 7, 64, 512, 4096};
    *disk = (unsure_disk){.random = {.seed = seed}};
    disk->seen.bytes = calloc(1, DISK_SIZE);
    disk->durable.bytes = calloc(1, DISK_SIZE);
    disk->is_dirty = calloc(DISK_SIZE, sizeof(bool));
    if (disk->seen.bytes == NULL || disk->durable.bytes == NULL || disk->is_dirty == NULL) {
        abort();
    }
    disk->power = &disk->own_power;
    disk->page_size = page_sizes[disk_lot(disk, NP_COUNT_OF(page_sizes))];
}

void disk_close(unsure_disk *disk)
{
    free(disk->seen.bytes);
    free(disk->durable.bytes);
    free(disk->is_dirty);
}

void disk_share_power(unsure_disk *disk, unsure_disk *with)
{
    disk->power = with->power;
}

void disk_cut_after(unsure_disk *disk, unsigned operations)
{
    disk->power->operations_left = operations;
}

static void keep_page(unsure_disk *disk, size_t page)
{
    size_t at = page * disk->page_size;
    size_t len = DISK_SIZE - at < disk->page_size ? DISK_SIZE - at : disk->page_size;
    memcpy(disk->durable.bytes + at, disk->seen.bytes + at, len);
}

static size_t page_count(const unsure_disk *disk)
{
    return (disk->largest + disk->page_size - 1) / disk->page_size;
}

/* Each page that was not synced is kept or not, alone. */
static void keep_some_pages(unsure_disk *disk)
{
    for (size_t page = 0; page < page_count(disk); page++) {
        if (disk->is_dirty[page] && disk_lot(disk, 2) == 0) {
            keep_page(disk, page);
        }
    }
}

static void mark_clean(unsure_disk *disk)
{
    memset(disk->is_dirty, 0, page_count(disk) * sizeof(bool));
    disk->smallest = disk->seen.size;
    disk->largest = disk->seen.size > disk->durable.size ? disk->seen.size : disk->durable.size;
}

/* Nothing but zeros is behind the largest size since the last sync. */
static void zero_behind(disk_state *state, size_t largest)
{
    if (state->size < largest) {
        memset(state->bytes + state->size, 0, largest - state->size);
    }
}

static size_t any_size(unsure_disk *disk)
{
    size_t low = disk->smallest < disk->durable.size ? disk->smallest : disk->durable.size;
    size_t high = disk->largest > disk->durable.size ? disk->largest : disk->durable.size;
    size_t choices[] = {disk->durable.size, disk->seen.size,
                        low + (size_t)disk_lot(disk, high - low + 1)};
    return choices[disk_lot(disk, NP_COUNT_OF(choices))];
}

static disk_name any_name(unsure_disk *disk)
{
    disk_name choices[3] = {disk->durable.name, disk->seen.name, DISK_FRESH_NAME};
    return choices[disk_lot(disk, disk->had_fresh_name ? 3 : 2)];
}

void disk_restart(unsure_disk *disk)
{
    keep_some_pages(disk);
    disk->durable.size = any_size(disk);
    disk->durable.name = any_name(disk);
    if (disk->durable.name == DISK_NO_NAME) {
        disk->durable.size = 0;
    }
    zero_behind(&disk->durable, disk->largest);
    memcpy(disk->seen.bytes, disk->durable.bytes, disk->largest);
    disk->seen.size = disk->durable.size;
    disk->seen.name = disk->durable.name;
    mark_clean(disk);
    disk->had_fresh_name = disk->seen.name == DISK_FRESH_NAME;
    disk_resume(disk);
}

void disk_forget(unsure_disk *disk)
{
    disk->seen.size = 0;
    disk->durable.size = 0;
    zero_behind(&disk->seen, disk->largest);
    zero_behind(&disk->durable, disk->largest);
    mark_clean(disk);
}

void disk_resume(unsure_disk *disk)
{
    *disk->power = (disk_power){.is_off = false};
}

static np_code off_error(np_error *err)
{
    return np_error_set(err, NP_ESTATION_IO, "the power is off");
}

/* False when the power fails in this operation; it may have begun. */
static bool stays_on(unsure_disk *disk)
{
    disk_power *power = disk->power;
    if (power->is_off) {
        return false;
    }
    if (power->operations_left > 0 && --power->operations_left == 0) {
        power->is_off = true;
    }
    return !power->is_off;
}

static np_code open_file(void *self, bool *ret_exists, np_error *err)
{
    unsure_disk *disk = self;
    *ret_exists = disk->seen.name == DISK_NAME;
    return stays_on(disk) ? NP_OK : off_error(err);
}

static void resize(unsure_disk *disk, size_t size)
{
    disk->seen.size = size;
    zero_behind(&disk->seen, disk->largest);
    disk->smallest = size < disk->smallest ? size : disk->smallest;
    disk->largest = size > disk->largest ? size : disk->largest;
}

static void mark_dirty(unsure_disk *disk, size_t from, size_t to)
{
    for (size_t at = from / disk->page_size; at * disk->page_size < to; at++) {
        disk->is_dirty[at] = true;
    }
}

static np_code create_file(void *self, np_error *err)
{
    unsure_disk *disk = self;
    if (disk->seen.name != DISK_FRESH_NAME) {
        disk->seen.name = DISK_FRESH_NAME;
        disk->had_fresh_name = true;
    }
    mark_dirty(disk, 0, disk->seen.size);
    resize(disk, 0);
    return stays_on(disk) ? NP_OK : off_error(err);
}

static np_code publish_file(void *self, np_error *err)
{
    unsure_disk *disk = self;
    if (!stays_on(disk) && disk_lot(disk, 2) == 0) {
        return off_error(err);
    }
    disk->seen.name = DISK_NAME;
    return disk->power->is_off ? off_error(err) : NP_OK;
}

static np_code read_file(void *self, uint64_t offset, uint8_t *ret, size_t size, size_t *ret_len,
                         np_error *err)
{
    unsure_disk *disk = self;
    if (disk->power->is_off) {
        return off_error(err);
    }
    size_t from = offset < disk->seen.size ? (size_t)offset : disk->seen.size;
    *ret_len = disk->seen.size - from < size ? disk->seen.size - from : size;
    memcpy(ret, disk->seen.bytes + from, *ret_len);
    return NP_OK;
}

static size_t room_behind(const unsure_disk *disk, size_t from)
{
    size_t end = disk->room == 0 ? DISK_SIZE : disk->room;
    return from < end ? end - from : 0;
}

/* A power cut can come after any byte; a disk that fills up takes what it has room for. */
static np_code write_file(void *self, uint64_t offset, np_bytes bytes, np_error *err)
{
    unsure_disk *disk = self;
    size_t from = (size_t)offset;
    bool is_on = stays_on(disk);
    size_t len = is_on ? bytes.len : (size_t)disk_lot(disk, bytes.len + 1);
    if (offset > disk->seen.size) {
        return np_error_set(err, NP_ESTATION_IO, "nothing is there");
    }
    bool is_full = len > room_behind(disk, from);
    len = is_full ? room_behind(disk, from) : len;
    if (from + len > disk->seen.size) {
        resize(disk, from + len);
    }
    if (len > 0) {
        memcpy(disk->seen.bytes + from, bytes.data, len);
    }
    mark_dirty(disk, from, from + len);
    if (is_full) {
        return np_error_set(err, NP_ESTATION_IO, "the disk is full");
    }
    return is_on ? NP_OK : off_error(err);
}

static np_code truncate_file(void *self, uint64_t size, np_error *err)
{
    unsure_disk *disk = self;
    if (!stays_on(disk)) {
        return off_error(err);
    }
    mark_dirty(disk, (size_t)size, disk->seen.size);
    resize(disk, (size_t)size);
    return NP_OK;
}

static np_code fail_sync(unsure_disk *disk, np_error *err)
{
    disk->failed_syncs++;
    keep_some_pages(disk);
    disk->durable.size = any_size(disk);
    zero_behind(&disk->durable, disk->largest);
    mark_clean(disk);
    return np_error_set(err, NP_ESTATION_IO, "the disk does not answer");
}

static np_code sync_file(void *self, np_error *err)
{
    unsure_disk *disk = self;
    if (!stays_on(disk)) {
        return off_error(err);
    }
    if (disk->syncs_left > 0 && --disk->syncs_left == 0) {
        return fail_sync(disk, err);
    }
    for (size_t page = 0; page < page_count(disk); page++) {
        if (disk->is_dirty[page]) {
            keep_page(disk, page);
        }
    }
    disk->durable.size = disk->seen.size;
    zero_behind(&disk->durable, disk->largest);
    mark_clean(disk);
    return NP_OK;
}

static np_code sync_name(void *self, np_error *err)
{
    unsure_disk *disk = self;
    if (!stays_on(disk)) {
        return off_error(err);
    }
    disk->durable.name = disk->seen.name;
    disk->had_fresh_name = disk->seen.name == DISK_FRESH_NAME;
    return NP_OK;
}

np_record_storage disk_storage(unsure_disk *disk)
{
    return (np_record_storage){
        .open = open_file,
        .create = create_file,
        .publish = publish_file,
        .read = read_file,
        .write = write_file,
        .truncate = truncate_file,
        .sync = sync_file,
        .sync_folder = sync_name,
        .self = disk,
    };
}
