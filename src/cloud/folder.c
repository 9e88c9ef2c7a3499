/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/folder.h"

#include "base/error.h"
#include "base/wipe.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static np_code folder_error(const cloud_folder *folder, const char *what, np_error *err)
{
    int reason = errno;
    return np_error_set_sub(err, NP_ESTATION_IO, reason, "%s: %s: %s", folder->path, what,
                            strerror(reason));
}

static np_code file_error(const cloud_folder *folder, const char *name, np_error *err)
{
    int reason = errno;
    return np_error_set_sub(err, NP_ESTATION_IO, reason, "%s/%s: cannot be written: %s",
                            folder->path, name, strerror(reason));
}

static void close_listing(DIR **listing)
{
    if (*listing != NULL) {
        closedir(*listing);
    }
}

static np_code check_empty(const cloud_folder *folder, np_error *err)
{
    NP_CLEANUP(close_listing) DIR *listing = opendir(folder->path);
    const struct dirent *entry;
    if (listing == NULL) {
        return folder_error(folder, "cannot be read", err);
    }
    while ((entry = readdir(listing)) != NULL) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0) {
            np_error_set(err, NP_EINPUT_EXISTS, "%s: has files in it, and nothing is overwritten",
                         folder->path);
            return np_error_hint(err, NP_EINPUT_EXISTS, "name a folder that is new or empty");
        }
    }
    return NP_OK;
}

np_code cloud_folder_open(const char *path, cloud_folder *ret, np_error *err)
{
    *ret = (cloud_folder){.path = path, .fd = -1};
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        return folder_error(ret, "cannot be made", err);
    }
    NP_TRY(check_empty(ret, err));
    ret->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return ret->fd < 0 ? folder_error(ret, "cannot be opened", err) : NP_OK;
}

np_code cloud_folder_create(const cloud_folder *folder, const char *name, FILE **ret, np_error *err)
{
    int fd = openat(folder->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd < 0) {
        return file_error(folder, name, err);
    }
    *ret = fdopen(fd, "w");
    if (*ret == NULL) {
        np_code code = file_error(folder, name, err);
        close(fd);
        return code;
    }
    return NP_OK;
}

np_code cloud_folder_finish(const cloud_folder *folder, const char *name, FILE **file,
                            np_error *err)
{
    FILE *closing = *file;
    *file = NULL;
    if (closing == NULL) {
        return NP_OK;
    }
    /* an earlier error left its errno to others; a full disk refuses here again */
    errno = EIO;
    bool is_written = fflush(closing) == 0 && !ferror(closing) && fsync(fileno(closing)) == 0;
    np_code code = is_written ? NP_OK : file_error(folder, name, err);
    if (fclose(closing) != 0 && code == NP_OK) {
        return file_error(folder, name, err);
    }
    return code;
}

np_code cloud_folder_publish(const cloud_folder *folder, const char *from, const char *name,
                             np_error *err)
{
    if (renameat(folder->fd, from, folder->fd, name) != 0 || fsync(folder->fd) != 0) {
        return file_error(folder, name, err);
    }
    return NP_OK;
}

void cloud_folder_close(cloud_folder *folder)
{
    if (folder->path != NULL && folder->fd >= 0) {
        close(folder->fd);
    }
    *folder = (cloud_folder){.path = NULL, .fd = -1};
}
