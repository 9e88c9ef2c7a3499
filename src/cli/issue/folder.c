/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/issue/folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    FOLDER_MODE = 0755, /* certificates are no secrets; umask decides */
    FILE_MODE = 0644,
    CERTIFICATE_MAX = 8192, /* the longest in PEM */
};

static np_code io_error(const char *path, np_error *err)
{
    int number = errno;
    return np_error_set_sub(err, NP_ESTATION_IO, number, "%s: %s", path, strerror(number));
}

static np_code exists_error(const cli_issue_folder *folder, const char *why, np_error *err)
{
    return np_error_set(err, NP_EINPUT_EXISTS, "%s: exists already%s", folder->path, why);
}

static np_code name_fresh(const char *path, char ret[static PATH_MAX], np_error *err)
{
    int length = snprintf(ret, PATH_MAX, "%s.new", path);
    return length > 0 && length < PATH_MAX
               ? NP_OK
               : np_error_set(err, NP_EINPUT_RANGE, "%.*s...: the path is too long", 100, path);
}

void cli_issue_folder_close(cli_issue_folder *folder)
{
    if (folder->path != NULL && folder->fd >= 0) {
        close(folder->fd);
    }
    *folder = (cli_issue_folder){.path = NULL};
}

static bool is_hidden(const char *name)
{
    return name[0] == '.';
}

/* How many files it has; with removes, it has none of them any more. */
static np_code count_files(const cli_issue_folder *folder, bool removes, uint64_t *ret,
                           np_error *err)
{
    int fd = openat(folder->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *files = fd < 0 ? NULL : fdopendir(fd);
    const struct dirent *entry;
    *ret = 0;
    if (files == NULL) {
        return io_error(folder->path, err);
    }
    while ((entry = readdir(files)) != NULL) {
        bool is_counted = !is_hidden(entry->d_name);
        *ret += is_counted;
        if (is_counted && removes) {
            unlinkat(folder->fd, entry->d_name, 0);
        }
    }
    closedir(files);
    return NP_OK;
}

static np_code open_fresh(cli_issue_folder *folder, np_error *err)
{
    char fresh[PATH_MAX];
    uint64_t removed;
    NP_TRY(name_fresh(folder->path, fresh, err));
    if (mkdir(fresh, FOLDER_MODE) != 0 && errno != EEXIST) {
        return io_error(fresh, err);
    }
    folder->fd = open(fresh, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    return folder->fd < 0 ? io_error(fresh, err) : count_files(folder, true, &removed, err);
}

np_code cli_issue_folder_open(const char *path, const char *ending, bool may_exist,
                              cli_issue_folder *ret, np_error *err)
{
    struct stat status;
    *ret = (cli_issue_folder){.path = path, .ending = ending, .fd = -1};
    ret->is_compared = lstat(path, &status) == 0;
    if (!ret->is_compared) {
        return open_fresh(ret, err);
    }
    if (!may_exist || !S_ISDIR(status.st_mode)) {
        return exists_error(ret, "", err);
    }
    ret->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return ret->fd < 0 ? io_error(path, err) : NP_OK;
}

/* Letters, digits and a few signs stand for themselves, all other bytes as %XX: no two are alike.
 */
static void name_file(np_bytes serial, const char *ending, char *ret)
{
    static const char as_they_are[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "0123456789-_.:";
    size_t len = 0;
    for (size_t i = 0; i < serial.len; i++) {
        uint8_t byte = serial.data[i];
        bool stands = byte != '\0' && strchr(as_they_are, byte) != NULL && (i > 0 || byte != '.');
        len += (size_t)sprintf(ret + len, stands ? "%c" : "%%%02X", byte);
    }
    strcpy(ret + len, ending);
}

static np_code write_file(const cli_issue_folder *folder, const char *name, np_bytes bytes,
                          np_error *err)
{
    int fd = openat(folder->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, FILE_MODE);
    if (fd < 0) {
        return io_error(name, err);
    }
    ssize_t count = write(fd, bytes.data, bytes.len);
    np_code code = count == (ssize_t)bytes.len ? NP_OK : io_error(name, err);
    close(fd);
    return code;
}

static np_code compare_file(const cli_issue_folder *folder, const char *name, np_bytes bytes,
                            np_error *err)
{
    uint8_t there[CERTIFICATE_MAX];
    int fd = openat(folder->fd, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    ssize_t count = fd < 0 ? -1 : read(fd, there, sizeof(there));
    if (fd >= 0) {
        close(fd);
    }
    return count >= 0 && np_bytes_equal(np_bytes_of(there, (size_t)count), bytes)
               ? NP_OK
               : exists_error(folder, ", and is of another run", err);
}

np_code cli_issue_folder_put(cli_issue_folder *folder, np_bytes serial, np_bytes bytes,
                             np_error *err)
{
    char name[NAME_MAX + 1];
    if (3 * serial.len + strlen(folder->ending) > NAME_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "%.*s: is too long for the name of a file",
                            (int)serial.len, (const char *)serial.data);
    }
    name_file(serial, folder->ending, name);
    folder->count++;
    return folder->is_compared ? compare_file(folder, name, bytes, err)
                               : write_file(folder, name, bytes, err);
}

static np_code sync_parent(const char *path, np_error *err)
{
    char parent[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int length = slash == NULL || slash == path ? 1 : (int)(slash - path);
    snprintf(parent, sizeof(parent), "%.*s", length, slash == NULL ? "." : path);
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) {
        return io_error(parent, err);
    }
    bool is_synced = fsync(fd) == 0 || errno == EINVAL; /* some file systems refuse */
    np_code code = is_synced ? NP_OK : io_error(parent, err);
    close(fd);
    return code;
}

/* One sync for all: a sync for each file takes longer than their signatures. */
np_code cli_issue_folder_finish(cli_issue_folder *folder, np_error *err)
{
    char fresh[PATH_MAX];
    uint64_t there = 0;
    if (folder->is_compared) {
        NP_TRY(count_files(folder, false, &there, err));
        NP_TRY(there == folder->count ? NP_OK
                                      : exists_error(folder, ", and has more than this run", err));
        return sync_parent(folder->path, err);
    }
    NP_TRY(name_fresh(folder->path, fresh, err));
    if (syncfs(folder->fd) != 0) {
        return io_error(fresh, err);
    }
    if (renameat2(AT_FDCWD, fresh, AT_FDCWD, folder->path, RENAME_NOREPLACE) != 0) {
        return errno == EEXIST ? exists_error(folder, "", err) : io_error(folder->path, err);
    }
    return sync_parent(folder->path, err);
}
