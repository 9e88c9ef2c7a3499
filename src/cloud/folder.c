/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/folder.h"

#include "base/bytes.h"
#include "base/wipe.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
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

static bool is_of_export(const char *name)
{
    static const char *const names[] = {CLOUD_FOLDER_UNFINISHED, "refused.json", "template.json"};
    for (size_t i = 0; i < NP_COUNT_OF(names); i++) {
        if (strcmp(name, names[i]) == 0) {
            return true;
        }
    }
    return strncmp(name, "part-", strlen("part-")) == 0;
}

static np_code refuse_files(const cloud_folder *folder, np_error *err)
{
    np_error_set(err, NP_EINPUT_EXISTS, "%s: has files in it, and nothing is overwritten",
                 folder->path);
    return np_error_hint(err, NP_EINPUT_EXISTS, "name a folder that is new or empty");
}

/* Of each entry but the folder itself and its parent; stops at the first that is not taken. */
static np_code each_entry(const cloud_folder *folder, bool (*take)(void *self, const char *name),
                          void *self, bool *ret_is_taken, np_error *err)
{
    NP_CLEANUP(close_listing) DIR *listing = opendir(folder->path);
    const struct dirent *entry;
    if (listing == NULL) {
        return folder_error(folder, "cannot be read", err);
    }
    *ret_is_taken = true;
    while (*ret_is_taken && (entry = readdir(listing)) != NULL) {
        bool is_own = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
        *ret_is_taken = is_own || take(self, entry->d_name);
    }
    return NP_OK;
}

static bool count_entry(void *self, const char *name)
{
    ++*(size_t *)self;
    return is_of_export(name);
}

static bool remove_entry(void *self, const char *name)
{
    const cloud_folder *folder = self;
    return strcmp(name, CLOUD_FOLDER_UNFINISHED) == 0 || unlinkat(folder->fd, name, 0) == 0;
}

static void close_file(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

/* That a folder was unfinished is known by one file, which goes last. */
static np_code remove_unfinished(cloud_folder *folder, np_error *err)
{
    bool is_removed = false;
    NP_CLEANUP(close_file)
    int fd = openat(folder->fd, CLOUD_FOLDER_UNFINISHED, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return errno == ENOENT ? refuse_files(folder, err)
                               : file_error(folder, CLOUD_FOLDER_UNFINISHED, err);
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        return np_error_set(err, NP_ESTATION_BUSY, "%s: another export is writing into it",
                            folder->path);
    }
    NP_TRY(each_entry(folder, remove_entry, folder, &is_removed, err));
    if (!is_removed || unlinkat(folder->fd, CLOUD_FOLDER_UNFINISHED, 0) != 0) {
        return folder_error(folder, "cannot be cleared", err);
    }
    return NP_OK;
}

np_code cloud_folder_open(const char *path, cloud_folder *ret, np_error *err)
{
    size_t count = 0;
    bool is_of_exports = false;
    *ret = (cloud_folder){.path = path, .fd = -1};
    if (mkdir(path, 0777) != 0 && errno != EEXIST) {
        return folder_error(ret, "cannot be made", err);
    }
    ret->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (ret->fd < 0) {
        return folder_error(ret, "cannot be opened", err);
    }
    NP_TRY(each_entry(ret, count_entry, &count, &is_of_exports, err));
    if (!is_of_exports) {
        return refuse_files(ret, err);
    }
    return count == 0 ? NP_OK : remove_unfinished(ret, err);
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
