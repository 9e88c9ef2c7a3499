/* SPDX-License-Identifier: Apache-2.0 */
#include <nameplate/psa_store.h>

#include "base/wipe.h"
#include "link/lock_file.h"
#include "psa/records.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Software keys lie here as well: RSA keys of 4096 bits and certificates. Not tuned. */
enum { CONTENTS_MAX = 16 * 1024, UID_DIGITS = 16 };

static const char suffix[] = ".psa_its";
static const char fresh_suffix[] = ".psa_its.new";

typedef struct file_bytes {
    uint8_t bytes[PSA_ITS_HEADER_SIZE + CONTENTS_MAX + 1];
    size_t len;
} file_bytes;

static void clear_file(file_bytes *file)
{
    np_wipe(file->bytes, file->len);
}

static void close_at(const int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

static void name_file(const np_psa_store *store, uint64_t uid, const char *ending,
                      char ret_path[PATH_MAX])
{
    snprintf(ret_path, PATH_MAX, "%s/%016" PRIx64 "%s", store->folder, uid, ending);
}

static np_psa_status fail(np_psa_store *store, const char *path, const char *what)
{
    int cause = errno;
    np_error_set_sub(&store->error, NP_ESTATION_IO, cause, "%s: %s: %s", path, what,
                     strerror(cause));
    return cause == ENOSPC || cause == EDQUOT ? NP_PSA_ERROR_INSUFFICIENT_STORAGE
                                              : NP_PSA_ERROR_STORAGE_FAILURE;
}

static bool read_all(int fd, file_bytes *ret)
{
    ret->len = 0;
    while (ret->len < sizeof(ret->bytes)) {
        ssize_t count = read(fd, ret->bytes + ret->len, sizeof(ret->bytes) - ret->len);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        if (count == 0) {
            return true;
        }
        ret->len += count > 0 ? (size_t)count : 0;
    }
    errno = EFBIG;
    return false;
}

static np_psa_status store_get(void *self, uint64_t uid, uint8_t *ret, size_t size, size_t *ret_len)
{
    np_psa_store *store = self;
    char path[PATH_MAX];
    np_bytes contents;
    NP_CLEANUP(clear_file) file_bytes file;
    file.len = 0;
    name_file(store, uid, suffix, path);
    NP_CLEANUP(close_at) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return errno == ENOENT ? NP_PSA_ERROR_DOES_NOT_EXIST
                               : fail(store, path, "cannot be opened");
    }
    if (!read_all(fd, &file)) {
        return fail(store, path, "cannot be read");
    }
    if (psa_its_decode(np_bytes_of(file.bytes, file.len), &contents, &store->error) != NP_OK) {
        np_error_prefix(&store->error, NP_EINPUT_FORMAT, "%s", path);
        return NP_PSA_ERROR_DATA_CORRUPT;
    }
    *ret_len = contents.len < size ? contents.len : size;
    memcpy(ret, contents.data, *ret_len);
    return NP_PSA_SUCCESS;
}

static bool write_all(int fd, np_bytes bytes)
{
    for (size_t done = 0; done < bytes.len;) {
        ssize_t count = write(fd, bytes.data + done, bytes.len - done);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        done += count > 0 ? (size_t)count : 0;
    }
    return true;
}

static np_psa_status sync_folder(np_psa_store *store)
{
    NP_CLEANUP(close_at) int fd = open(store->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = fd >= 0 && (fsync(fd) == 0 || errno == EINVAL);
    return is_synced ? NP_PSA_SUCCESS : fail(store, store->folder, "cannot be synced");
}

static np_psa_status write_fresh(np_psa_store *store, const char *path, np_bytes bytes)
{
    uint8_t header[PSA_ITS_HEADER_SIZE];
    psa_its_header_encode(bytes.len, header);
    NP_CLEANUP(close_at)
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
    bool is_written =
        fd >= 0 && write_all(fd, NP_BYTES(header)) && write_all(fd, bytes) && fsync(fd) == 0;
    return is_written ? NP_PSA_SUCCESS : fail(store, path, "cannot be written");
}

static np_psa_status store_set(void *self, uint64_t uid, const uint8_t *data, size_t len)
{
    np_psa_store *store = self;
    char path[PATH_MAX];
    char fresh[PATH_MAX];
    if (len > CONTENTS_MAX) {
        return NP_PSA_ERROR_INSUFFICIENT_STORAGE;
    }
    name_file(store, uid, suffix, path);
    name_file(store, uid, fresh_suffix, fresh);
    np_psa_status status = write_fresh(store, fresh, np_bytes_of(data, len));
    if (status == NP_PSA_SUCCESS && rename(fresh, path) != 0) {
        status = fail(store, path, "cannot be replaced");
    }
    if (status != NP_PSA_SUCCESS) {
        unlink(fresh);
        return status;
    }
    return sync_folder(store);
}

static np_psa_status store_remove(void *self, uint64_t uid)
{
    np_psa_store *store = self;
    char path[PATH_MAX];
    name_file(store, uid, suffix, path);
    if (unlink(path) != 0) {
        return errno == ENOENT ? NP_PSA_ERROR_DOES_NOT_EXIST
                               : fail(store, path, "cannot be removed");
    }
    return sync_folder(store);
}

np_psa_storage np_psa_store_table(np_psa_store *store)
{
    return (np_psa_storage){store, store_get, store_set, store_remove};
}

/* The uid in a file's name; false for all other names. */
static bool parse_name(const char *name, const char *ending, uint64_t *ret)
{
    char *end = NULL;
    if (strlen(name) != UID_DIGITS + strlen(ending) || strcmp(name + UID_DIGITS, ending) != 0 ||
        strspn(name, "0123456789abcdef") != UID_DIGITS) {
        return false;
    }
    *ret = strtoull(name, &end, 16);
    return true;
}

static void close_folder(DIR **folder)
{
    if (*folder != NULL) {
        closedir(*folder);
    }
}

static np_code report_folder(const np_psa_store *store, np_error *err)
{
    return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: the store cannot be read: %s",
                            store->folder, strerror(errno));
}

static np_code discard_rests(np_psa_store *store, np_error *err)
{
    NP_CLEANUP(close_folder) DIR *folder = opendir(store->folder);
    const struct dirent *entry;
    uint64_t uid = 0;
    if (folder == NULL) {
        return report_folder(store, err);
    }
    while ((entry = readdir(folder)) != NULL) {
        if (parse_name(entry->d_name, fresh_suffix, &uid)) {
            unlinkat(dirfd(folder), entry->d_name, 0);
        }
    }
    return NP_OK;
}

static int compare_ids(const void *a, const void *b)
{
    uint32_t left = *(const uint32_t *)a;
    uint32_t right = *(const uint32_t *)b;
    return (left > right) - (left < right);
}

np_code np_psa_store_keys(np_psa_store *store, uint32_t *ret_ids, size_t *ret_count, np_error *err)
{
    NP_CLEANUP(close_folder) DIR *folder = opendir(store->folder);
    const struct dirent *entry;
    uint64_t uid = 0;
    *ret_count = 0;
    if (folder == NULL) {
        return report_folder(store, err);
    }
    while ((entry = readdir(folder)) != NULL && *ret_count < NP_PSA_STORE_KEYS) {
        bool is_key = parse_name(entry->d_name, suffix, &uid) && uid > 0 && uid <= PSA_KEY_ID_MAX;
        if (is_key) {
            ret_ids[(*ret_count)++] = (uint32_t)uid;
        }
    }
    qsort(ret_ids, *ret_count, sizeof(*ret_ids), compare_ids);
    return NP_OK;
}

static void name_lock(const np_psa_store *store, char ret_path[PATH_MAX])
{
    snprintf(ret_path, PATH_MAX, "%s/store", store->folder);
}

np_code np_psa_store_open(const char *folder, unsigned wait_ms, np_psa_store *ret, np_error *err)
{
    char lock[PATH_MAX];
    *ret = (np_psa_store){.lock = -1};
    if (snprintf(ret->folder, sizeof(ret->folder), "%s", folder) >= (int)sizeof(ret->folder)) {
        return np_error_set(err, NP_EINPUT_RANGE, "the path of the store is too long");
    }
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: the store cannot be made: %s",
                                folder, strerror(errno));
    }
    name_lock(ret, lock);
    NP_TRY(lock_file_take(lock, wait_ms, &ret->lock, err));
    np_code code = discard_rests(ret, err);
    if (code != NP_OK) {
        np_psa_store_close(ret);
    }
    return code;
}

void np_psa_store_close(np_psa_store *store)
{
    char lock[PATH_MAX];
    if (store->folder[0] != '\0' && store->lock >= 0) {
        name_lock(store, lock);
        lock_file_release(lock, store->lock);
    }
    store->lock = -1;
}
