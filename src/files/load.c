/* SPDX-License-Identifier: Apache-2.0 */
#include "files/load.h"

#include "base/wipe.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void np_file_clear(np_file *file)
{
    if (file->data != NULL) {
        np_wipe(file->data, file->len);
    }
    free(file->data);
    *file = (np_file){0};
}

static void close_at(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

static np_code io_error(const char *path, const char *what, np_error *err)
{
    return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: %s: %s", path, what, strerror(errno));
}

/* Reads to the end or until the buffer is full. */
static np_code read_to_end(int fd, const char *path, np_file *file, np_error *err)
{
    for (;;) {
        ssize_t count = read(fd, file->data + file->len, NP_FILE_MAX + 1 - file->len);
        if (count < 0 && errno != EINTR) {
            return io_error(path, "cannot be read", err);
        }
        file->len += count > 0 ? (size_t)count : 0;
        if (file->len > NP_FILE_MAX) {
            return np_error_set(err, NP_EINPUT_RANGE, "%s: larger than %d bytes", path,
                                NP_FILE_MAX);
        }
        if (count == 0) {
            return NP_OK;
        }
    }
}

np_code np_file_open(const char *path, int *ret_fd, np_error *err)
{
    struct stat status;
    *ret_fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*ret_fd < 0 && (errno == ENOENT || errno == ENOTDIR)) {
        return np_error_set(err, NP_EINPUT_MISSING, "%s: no such file", path);
    }
    if (*ret_fd < 0 || fstat(*ret_fd, &status) != 0) {
        return io_error(path, "cannot be opened", err);
    }
    return S_ISDIR(status.st_mode)
               ? np_error_set(err, NP_EINPUT_FORMAT, "%s: a folder, not a file", path)
               : NP_OK;
}

np_code np_file_load(const char *path, np_file *ret, np_error *err)
{
    NP_CLEANUP(close_at) int fd = -1;
    NP_TRY(np_file_open(path, &fd, err));
    NP_CLEANUP(np_file_clear) np_file file = {.data = malloc(NP_FILE_MAX + 1)};
    if (file.data == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for %s", path);
    }
    NP_TRY(read_to_end(fd, path, &file, err));
    *ret = file;
    file = (np_file){0};
    return NP_OK;
}
