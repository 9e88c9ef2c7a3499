/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/fresh_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PUBLIC_MODE = 0666 /* less the umask */, PRIVATE_MODE = 0600 };

static np_code io_error(const char *path, np_error *err)
{
    int reason = errno;
    return np_error_set_sub(err, NP_ESTATION_IO, reason, "%s: cannot be written: %s", path,
                            strerror(reason));
}

static np_code exists_error(const char *path, np_error *err)
{
    np_error_set(err, NP_EINPUT_EXISTS, "%s: exists, and nothing is overwritten", path);
    return np_error_hint(err, NP_EINPUT_EXISTS, "name another file, or move this one away");
}

static bool name_new(const char *path, char ret_name[static PATH_MAX])
{
    return snprintf(ret_name, PATH_MAX, "%s.new", path) < PATH_MAX;
}

/* Of another's file of that name, which a run that was killed left, nothing stays: not its mode. */
static int open_new(const char *name, mode_t mode)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
    if (fd >= 0 && mode == PRIVATE_MODE && fchmod(fd, mode) != 0) {
        close(fd);
        return -1;
    }
    return fd;
}

static np_code open_file(const char *path, mode_t mode, cloud_fresh_file *ret, np_error *err)
{
    char name[PATH_MAX];
    *ret = (cloud_fresh_file){0};
    if (!name_new(path, name)) {
        errno = ENAMETOOLONG;
        return io_error(path, err);
    }
    if (faccessat(AT_FDCWD, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0) {
        return exists_error(path, err);
    }
    int fd = open_new(name, mode);
    if (fd < 0) {
        return io_error(name, err);
    }
    ret->file = fdopen(fd, "w");
    if (ret->file == NULL) {
        close(fd);
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for %s", path);
    }
    ret->path = path;
    return NP_OK;
}

np_code cloud_fresh_file_open(const char *path, cloud_fresh_file *ret, np_error *err)
{
    return open_file(path, PUBLIC_MODE, ret, err);
}

np_code cloud_fresh_file_open_private(const char *path, cloud_fresh_file *ret, np_error *err)
{
    return open_file(path, PRIVATE_MODE, ret, err);
}

np_code cloud_fresh_file_put_line(cloud_fresh_file *file, np_bytes bytes, np_error *err)
{
    bool is_put = fwrite(bytes.data, 1, bytes.len, file->file) == bytes.len &&
                  putc_unlocked('\n', file->file) == '\n';
    return is_put ? NP_OK : io_error(file->path, err);
}

/* The folder's entry as well. */
static bool sync_folder(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    size_t len = slash == NULL ? 0 : (size_t)(slash - path) + 1;
    memcpy(folder, path, len);
    memcpy(folder + len, ".", 2);
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_synced = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0) {
        close(fd);
    }
    return is_synced;
}

np_code cloud_fresh_file_finish(cloud_fresh_file *file, np_error *err)
{
    char name[PATH_MAX];
    (void)name_new(file->path, name);
    /* an earlier error left its errno to others; a full disk refuses here again */
    errno = EIO;
    if (fflush(file->file) != 0 || ferror(file->file) || fsync(fileno(file->file)) != 0) {
        return io_error(file->path, err);
    }
    if (renameat2(AT_FDCWD, name, AT_FDCWD, file->path, RENAME_NOREPLACE) != 0) {
        return errno == EEXIST ? exists_error(file->path, err) : io_error(file->path, err);
    }
    const char *path = file->path;
    fclose(file->file);
    *file = (cloud_fresh_file){0};
    return sync_folder(path) ? NP_OK : io_error(path, err);
}

void cloud_fresh_file_clear(cloud_fresh_file *file)
{
    char name[PATH_MAX];
    if (file->path == NULL) {
        return;
    }
    (void)name_new(file->path, name);
    fclose(file->file);
    unlink(name);
    *file = (cloud_fresh_file){0};
}
