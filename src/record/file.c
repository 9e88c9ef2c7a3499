/* SPDX-License-Identifier: Apache-2.0 */
#include "record/file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RECORD_MODE = 0644 /* no secret is in a record; umask decides */ };

void np_record_file_close(np_record_file *file)
{
    if (file->path != NULL && file->fd >= 0) {
        close(file->fd);
    }
    *file = (np_record_file){0};
}

static np_code io_error(const char *path, const char *what, np_error *err)
{
    return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: %s: %s", path, what, strerror(errno));
}

static np_code name_fresh(const char *path, char ret_name[PATH_MAX], np_error *err)
{
    int length = snprintf(ret_name, PATH_MAX, "%s.new", path);
    if (length < 0 || length >= PATH_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "%.*s...: the path is too long", 100, path);
    }
    return NP_OK;
}

static np_code check_regular(const np_record_file *file, np_error *err)
{
    struct stat status;
    if (fstat(file->fd, &status) != 0) {
        return io_error(file->path, "cannot be read", err);
    }
    return S_ISREG(status.st_mode)
               ? NP_OK
               : np_error_set(err, NP_EINPUT_FORMAT, "%s: not a regular file", file->path);
}

static np_code lock(const np_record_file *file, np_error *err)
{
    if (flock(file->fd, LOCK_EX | LOCK_NB) == 0) {
        return NP_OK;
    }
    if (errno != EWOULDBLOCK) {
        return io_error(file->path, "cannot be locked", err);
    }
    np_error_set(err, NP_ESTATION_BUSY, "%s: another process is writing to it", file->path);
    return np_error_hint(err, NP_ESTATION_BUSY, "run this again when that has ended");
}

/* Without NONBLOCK a FIFO of that name would be waited for. */
static np_code open_existing(void *self, bool *ret_exists, np_error *err)
{
    np_record_file *file = self;
    file->fd = open(file->path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    *ret_exists = file->fd >= 0;
    if (file->fd < 0) {
        return errno == ENOENT ? NP_OK : io_error(file->path, "cannot be opened", err);
    }
    NP_TRY(check_regular(file, err));
    return lock(file, err);
}

/* A second process may come between opening and locking; then its file has a name by now. */
static np_code create_fresh(void *self, np_error *err)
{
    np_record_file *file = self;
    char fresh[PATH_MAX];
    NP_TRY(name_fresh(file->path, fresh, err));
    file->fd = open(fresh, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, RECORD_MODE);
    if (file->fd < 0) {
        return io_error(file->path, "cannot be made", err);
    }
    NP_TRY(check_regular(file, err));
    NP_TRY(lock(file, err));
    struct stat held;
    struct stat named;
    bool is_ours = fstat(file->fd, &held) == 0 && lstat(fresh, &named) == 0 &&
                   held.st_ino == named.st_ino && held.st_dev == named.st_dev;
    if (!is_ours) {
        return np_error_set(err, NP_ESTATION_BUSY, "%s: another process is making it", file->path);
    }
    return ftruncate(file->fd, 0) == 0 ? NP_OK : io_error(fresh, "cannot be emptied", err);
}

/* Some file systems cannot rename without overwriting (EINVAL); a second name does the same. */
static int name_without_overwriting(const char *fresh, const char *path)
{
    int result = renameat2(AT_FDCWD, fresh, AT_FDCWD, path, RENAME_NOREPLACE);
    if (result == 0 || errno != EINVAL) {
        return result;
    }
    result = link(fresh, path);
    return result == 0 ? unlink(fresh) : result;
}

static np_code publish(void *self, np_error *err)
{
    const np_record_file *file = self;
    char fresh[PATH_MAX];
    NP_TRY(name_fresh(file->path, fresh, err));
    if (name_without_overwriting(fresh, file->path) == 0) {
        return NP_OK;
    }
    return errno == EEXIST ? np_error_set(err, NP_ESTATION_BUSY,
                                          "%s: made by another process meanwhile", file->path)
                           : io_error(file->path, "cannot be made", err);
}

static np_code read_at(void *self, uint64_t offset, uint8_t *ret, size_t size, size_t *ret_len,
                       np_error *err)
{
    const np_record_file *file = self;
    *ret_len = 0;
    while (*ret_len < size) {
        ssize_t count =
            pread(file->fd, ret + *ret_len, size - *ret_len, (off_t)(offset + *ret_len));
        if (count == 0) {
            return NP_OK;
        }
        if (count < 0 && errno != EINTR) {
            return io_error(file->path, "cannot be read", err);
        }
        *ret_len += count > 0 ? (size_t)count : 0;
    }
    return NP_OK;
}

static np_code write_at(void *self, uint64_t offset, np_bytes bytes, np_error *err)
{
    const np_record_file *file = self;
    for (size_t done = 0; done < bytes.len;) {
        ssize_t count =
            pwrite(file->fd, bytes.data + done, bytes.len - done, (off_t)(offset + done));
        if (count < 0 && errno != EINTR) {
            return io_error(file->path, "cannot be written", err);
        }
        done += count > 0 ? (size_t)count : 0;
    }
    return NP_OK;
}

static np_code truncate_to(void *self, uint64_t size, np_error *err)
{
    const np_record_file *file = self;
    return ftruncate(file->fd, (off_t)size) == 0 ? NP_OK
                                                 : io_error(file->path, "cannot be cut", err);
}

static np_code sync_contents(void *self, np_error *err)
{
    const np_record_file *file = self;
    return fsync(file->fd) == 0 ? NP_OK : io_error(file->path, "cannot be synced", err);
}

static np_code sync_folder(void *self, np_error *err)
{
    const np_record_file *file = self;
    char folder[PATH_MAX];
    const char *slash = strrchr(file->path, '/');
    size_t length = slash == NULL || slash == file->path ? 1 : (size_t)(slash - file->path);
    snprintf(folder, sizeof(folder), "%.*s", (int)length, slash == NULL ? "." : file->path);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return io_error(folder, "cannot be opened", err);
    }
    /* Some file systems refuse to sync a folder (EINVAL); there is nothing better to do then. */
    bool is_synced = fsync(fd) == 0 || errno == EINVAL;
    np_code code = is_synced ? NP_OK : io_error(folder, "cannot be synced", err);
    close(fd);
    return code;
}

static np_record_storage storage_of(np_record_file *file)
{
    return (np_record_storage){
        .open = open_existing,
        .create = create_fresh,
        .publish = publish,
        .read = read_at,
        .write = write_at,
        .truncate = truncate_to,
        .sync = sync_contents,
        .sync_folder = sync_folder,
        .self = file,
    };
}

np_record_storage np_record_file_storage(np_record_file *file, const char *path)
{
    *file = (np_record_file){.path = path, .fd = -1};
    return storage_of(file);
}

np_code np_record_file_open(np_record_file *file, const char *path, np_record_storage *ret,
                            np_error *err)
{
    *file = (np_record_file){.path = path, .fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
    *ret = storage_of(file);
    if (file->fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        return np_error_set(err, NP_EINPUT_MISSING, "%s: no such file", path);
    }
    return file->fd < 0 ? io_error(path, "cannot be opened", err) : check_regular(file, err);
}
