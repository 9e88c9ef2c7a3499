/* SPDX-License-Identifier: Apache-2.0 */
#include "link/whole_file.h"

#include "base/format.h"
#include "base/wipe.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void close_at(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

static np_code io_error(const char *path, const char *what, np_error *err)
{
    int reason = errno;
    return np_error_set_sub(err, NP_ESTATION_IO, reason, "%s: %s: %s", path, what,
                            strerror(reason));
}

bool np_file_write(int fd, np_bytes bytes)
{
    for (size_t done = 0; done < bytes.len;) {
        ssize_t count = write(fd, bytes.data + done, bytes.len - done);
        if (count < 0 && errno != EINTR) {
            return false;
        }
        done += count > 0 ? (size_t)count : 0;
    }
    return fsync(fd) == 0;
}

np_code np_file_sync_name(const char *path, np_error *err)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t length = slash == NULL || slash == path ? 1 : (size_t)(slash - path);
    np_format(folder, sizeof(folder), "%.*s", (int)length, slash == NULL ? "." : path);
    NP_CLEANUP(close_at) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    /* Some file systems refuse to sync a folder (EINVAL); there is nothing better to do then. */
    return fd < 0 || (fsync(fd) != 0 && errno != EINVAL) ? io_error(folder, "cannot be synced", err)
                                                         : NP_OK;
}

/* On disk, but for its name. */
static np_code write_new(const char *path, mode_t mode, np_bytes bytes, np_error *err)
{
    NP_CLEANUP(close_at)
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd < 0 && errno == EEXIST) {
        return np_error_set(err, NP_EINPUT_EXISTS, "%s: exists already and is not overwritten",
                            path);
    }
    if (fd < 0) {
        return io_error(path, "cannot be made", err);
    }
    if (!np_file_write(fd, bytes)) {
        np_code code = io_error(path, "cannot be written", err);
        unlink(path);
        return code;
    }
    return NP_OK;
}

np_code np_file_create(const char *path, mode_t mode, np_bytes bytes, np_error *err)
{
    NP_TRY(write_new(path, mode, bytes, err));
    return np_file_sync_name(path, err);
}

static np_code name_fresh(const char *path, char ret[static PATH_MAX], np_error *err)
{
    return np_format(ret, PATH_MAX, "%s.new", path) < PATH_MAX
               ? NP_OK
               : np_error_set(err, NP_EINPUT_RANGE, "%.*s...: the path is too long", 100, path);
}

np_code np_file_replace(const char *path, mode_t mode, np_bytes bytes, np_error *err)
{
    char fresh[PATH_MAX];
    NP_TRY(name_fresh(path, fresh, err));
    unlink(fresh); /* of a run that was killed */
    NP_TRY(write_new(fresh, mode, bytes, err));
    if (rename(fresh, path) != 0) {
        np_code code = io_error(path, "cannot be replaced", err);
        unlink(fresh);
        return code;
    }
    return np_file_sync_name(path, err);
}
