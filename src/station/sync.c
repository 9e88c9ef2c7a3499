/* SPDX-License-Identifier: Apache-2.0 */
#include "station/sync.h"

#include "base/format.h"
#include "link/whole_file.h"
#include "record/file.h"
#include "record/read.h"
#include "registry/devices.h"
#include "registry/exports.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CHUNK = 65536, MARKS_MAX = 256 /* in one transaction. Not tuned */ };

/* By what the registry remembers which units it has from us (registry/exports.h). */
static const char target[] = "station";

bool np_sync_is_registry(const char *to)
{
    static const char *const schemes[] = {"sqlite:", "postgresql:", "postgres:"};
    for (size_t i = 0; i < NP_COUNT_OF(schemes); i++) {
        if (strncmp(to, schemes[i], strlen(schemes[i])) == 0) {
            return true;
        }
    }
    return false;
}

/* What is signed: up to the last trailer. */

typedef struct signed_part {
    uint64_t bytes;
    uint64_t lines;
    uint64_t seen_bytes;
    uint64_t seen_lines;
    const uint8_t *key;
} signed_part;

static np_code measure(void *self, const np_record_line *line, const np_record_trailer *trailer,
                       np_error *err)
{
    signed_part *part = self;
    part->seen_bytes += line->text.len + 1;
    part->seen_lines++;
    if (trailer != NULL) {
        NP_TRY(np_record_trailer_verify(trailer, part->key, err));
        part->bytes = part->seen_bytes;
        part->lines = part->seen_lines;
    }
    return NP_OK;
}

static np_code read_record(const np_record_storage *storage, signed_part *ret, np_error *err)
{
    np_record_report report = {0};
    const np_record_reading reading = {.storage = storage, .visit = measure, .self = ret};
    np_code code = np_record_read(&reading, &report, err);
    /* what is being written at this moment may look torn */
    return code == NP_EINPUT_FORMAT && report.is_torn ? NP_OK : code;
}

/* A folder */

static void close_fd(const int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

static np_code refuse_io(const char *path, np_error *err)
{
    int number = errno;
    return np_error_set_sub(err, NP_ESTATION_IO, number, "%s: %s", path, strerror(number));
}

/* Does the copy begin as the record does? *ret_len is how long it is; 0: there is none. */
static np_code compare(const np_record_storage *record, const char *path, uint64_t *ret_len,
                       np_error *err)
{
    uint8_t ours[CHUNK];
    uint8_t theirs[CHUNK];
    NP_CLEANUP(close_fd) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    *ret_len = 0;
    if (fd < 0) {
        return errno == ENOENT ? NP_OK : refuse_io(path, err);
    }
    for (ssize_t count; (count = read(fd, theirs, sizeof(theirs))) != 0;) {
        size_t len = 0;
        if (count < 0) {
            return refuse_io(path, err);
        }
        NP_TRY(record->read(record->self, *ret_len, ours, (size_t)count, &len, err));
        if (len != (size_t)count || memcmp(ours, theirs, len) != 0) {
            np_error_set(err, NP_ECONFLICT_OTHER, "%s is no beginning of this record", path);
            return np_error_hint(err, NP_ECONFLICT_OTHER,
                                 "was the record rolled back, or is it another station's of this "
                                 "name? move one of them away");
        }
        *ret_len += len;
    }
    return NP_OK;
}

/* A record only grows: what is signed of it stays where it is. */
static np_code write_copy(const np_sync_options *options, uint64_t bytes, const char *path,
                          np_error *err)
{
    NP_CLEANUP(close_fd) int fd = open(options->record, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return refuse_io(options->record, err);
    }
    void *map = mmap(NULL, (size_t)bytes, PROT_READ, MAP_SHARED, fd, 0);
    if (map == MAP_FAILED) {
        return refuse_io(options->record, err);
    }
    np_code code = np_file_replace(path, 0644, np_bytes_of(map, (size_t)bytes), err);
    munmap(map, (size_t)bytes);
    return code;
}

static np_code check_folder(const char *folder, np_error *err)
{
    struct stat status;
    bool is_folder = stat(folder, &status) == 0 && S_ISDIR(status.st_mode);
    return is_folder ? NP_OK
                     : np_error_set(err, NP_EINPUT_MISSING, "%s: there is no such folder", folder);
}

static np_code to_folder(const np_sync_options *options, const np_record_storage *record,
                         const signed_part *part, np_sync_done *ret, np_error *err)
{
    uint64_t there = 0;
    NP_TRY(check_folder(options->to, err));
    if (strchr(options->station, '/') != NULL || options->station[0] == '.') {
        return np_error_set(err, NP_EINPUT_FORMAT, "'%s' cannot name a file", options->station);
    }
    np_format(ret->place, sizeof(ret->place), "%s/%s.npj", options->to, options->station);
    NP_TRY(compare(record, ret->place, &there, err));
    if (there >= part->bytes) {
        return NP_OK; /* another run has brought more since we looked, or just this */
    }
    ret->bytes = part->bytes - there;
    return write_copy(options, part->bytes, ret->place, err);
}

/* A registry */

typedef struct announcing {
    const np_sync_options *options;
    np_store *store;
    np_sync_done *done;
    uint64_t left; /* signed lines */
    np_export_mark marks[MARKS_MAX];
    char serials[MARKS_MAX][NP_UNIT_SERIAL_SIZE];
    size_t count;
} announcing;

static np_code store_marks(announcing *on, np_error *err)
{
    size_t count = on->count;
    on->count = 0;
    return count == 0 ? NP_OK
                      : np_exports_mark(on->store, target, on->marks, count, on->options->now, err);
}

/* A device that is there already came by another way, or by a run that was interrupted. */
static np_code add_device(announcing *on, const np_record_line *line, np_error *err)
{
    const np_actor actor = {.name = "station sync", .now = on->options->now};
    np_bytes id = np_record_line_text(line, "device_id");
    const np_device device = {
        .org = np_bytes_text(on->options->organisation),
        .identifier = id.len > 0 ? id : np_record_line_text(line, "serial"),
        .product = np_record_line_text(line, "sku"),
        .tags = on->options->tags,
        .description = np_record_line_text(line, "uid"),
    };
    np_code code = np_device_add(on->store, &device, &actor, err);
    on->done->devices += code == NP_OK ? 1 : 0;
    return code == NP_EPOLICY ? NP_OK : code;
}

static np_code announce(announcing *on, const np_record_line *line, np_error *err)
{
    bool is_missing = false;
    np_bytes serial = np_record_line_text(line, "serial");
    if (serial.len == 0 || serial.len >= NP_UNIT_SERIAL_SIZE) {
        return NP_OK;
    }
    NP_TRY(np_exports_is_missing(on->store, target, serial, &is_missing, err));
    if (!is_missing) {
        return NP_OK;
    }
    NP_TRY(add_device(on, line, err));
    memcpy(on->serials[on->count], serial.data, serial.len);
    on->marks[on->count] = (np_export_mark){
        .serial = np_bytes_of(on->serials[on->count], serial.len), .state = NP_EXPORT_REGISTERED};
    return ++on->count == MARKS_MAX ? store_marks(on, err) : NP_OK;
}

static np_code visit(void *self, const np_record_line *line, const np_record_trailer *trailer,
                     np_error *err)
{
    announcing *on = self;
    (void)trailer;
    bool is_signed = on->left > 0;
    on->left -= is_signed ? 1 : 0;
    bool has_passed = np_record_line_value(line, "result").len == 0 ||
                      np_record_line_says(line, "result", np_bytes_text("pass"));
    if (!is_signed || line->kind != NP_RECORD_UNIT || !has_passed) {
        return NP_OK;
    }
    on->done->units++;
    return announce(on, line, err);
}

static np_code to_registry(const np_sync_options *options, const np_record_storage *record,
                           const signed_part *part, np_sync_done *ret, np_error *err)
{
    np_record_report report = {0};
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    if (options->organisation[0] == '\0') {
        return np_error_set(err, NP_EUSAGE,
                            "sync.organisation is missing: whose devices are they?");
    }
    NP_TRY(np_store_open(options->to, NP_STORE_WAIT_MS, &store, err));
    np_format(ret->place, sizeof(ret->place), "%s", np_store_name(store));
    announcing *on = calloc(1, sizeof(*on));
    if (on == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory to sync");
    }
    *on = (announcing){.options = options, .store = store, .done = ret, .left = part->lines};
    const np_record_reading reading = {.storage = record, .visit = visit, .self = on};
    np_code code = np_record_read(&reading, &report, err);
    code = code == NP_EINPUT_FORMAT && report.is_torn ? NP_OK : code;
    code = code == NP_OK ? store_marks(on, err) : code;
    free(on);
    return code;
}

np_code np_sync(const np_sync_options *options, np_sync_done *ret, np_error *err)
{
    NP_CLEANUP(np_record_file_close) np_record_file file = {.fd = -1};
    np_record_storage storage;
    signed_part part = {.key = options->station_key};
    *ret = (np_sync_done){.lines = 0};
    NP_TRY(np_record_file_open(&file, options->record, &storage, err));
    np_code code = read_record(&storage, &part, err);
    if (code != NP_OK) {
        return np_error_class(code) == NP_CLASS_STATION
                   ? code
                   : np_error_prefix(err, code, "%s", options->record);
    }
    ret->lines = part.lines;
    return np_sync_is_registry(options->to) ? to_registry(options, &storage, &part, ret, err)
                                            : to_folder(options, &storage, &part, ret, err);
}
