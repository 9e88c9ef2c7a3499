/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/file.h"

#include "base/wipe.h"
#include "crypto/hash.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BUFFER_SIZE = 16384 }; /* not tuned */

void cli_file_clear(cli_file *file)
{
    if (file->data != NULL) {
        np_wipe(file->data, file->len);
    }
    free(file->data);
    *file = (cli_file){0};
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
static np_code read_to_end(int fd, const char *path, cli_file *file, np_error *err)
{
    for (;;) {
        ssize_t count = read(fd, file->data + file->len, CLI_FILE_MAX + 1 - file->len);
        if (count < 0 && errno != EINTR) {
            return io_error(path, "cannot be read", err);
        }
        file->len += count > 0 ? (size_t)count : 0;
        if (file->len > CLI_FILE_MAX) {
            return np_error_set(err, NP_EINPUT_RANGE, "%s: larger than %d bytes", path,
                                CLI_FILE_MAX);
        }
        if (count == 0) {
            return NP_OK;
        }
    }
}

static const char *any_path(const char *path)
{
    return strcmp(path, "-") == 0 ? "/dev/stdin" : path;
}

static np_code open_file(const char *path, int *ret_fd, np_error *err)
{
    *ret_fd = open(path, O_RDONLY | O_CLOEXEC);
    if (*ret_fd >= 0) {
        return NP_OK;
    }
    if (errno == ENOENT || errno == ENOTDIR) {
        return np_error_set(err, NP_EINPUT_MISSING, "%s: no such file", path);
    }
    return io_error(path, "cannot be opened", err);
}

np_code cli_file_load(const char *path, cli_file *ret, np_error *err)
{
    NP_CLEANUP(close_at) int fd = -1;
    NP_TRY(open_file(path, &fd, err));
    NP_CLEANUP(cli_file_clear) cli_file file = {.data = malloc(CLI_FILE_MAX + 1)};
    if (file.data == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for %s", path);
    }
    NP_TRY(read_to_end(fd, path, &file, err));
    *ret = file;
    file = (cli_file){0};
    return NP_OK;
}

np_code cli_file_load_any(const char *path, cli_file *ret, np_error *err)
{
    return cli_file_load(any_path(path), ret, err);
}

np_code cli_file_digest(const char *path, uint8_t ret_digest[static 32], np_error *err)
{
    uint8_t buffer[FILE_BUFFER_SIZE];
    np_sha256_stream stream;
    NP_CLEANUP(close_at) int fd = -1;
    NP_TRY(open_file(any_path(path), &fd, err));
    np_sha256_begin(&stream);
    for (ssize_t count = -1; count != 0;) {
        count = read(fd, buffer, sizeof(buffer));
        if (count < 0 && errno != EINTR) {
            return io_error(path, "cannot be read", err);
        }
        np_sha256_add(&stream, np_bytes_of(buffer, count > 0 ? (size_t)count : 0));
    }
    np_sha256_end(&stream, ret_digest);
    return NP_OK;
}

static np_code exists_error(const char *path, np_error *err)
{
    return np_error_set(err, NP_EINPUT_EXISTS, "%s: exists already and is not overwritten", path);
}

np_code cli_file_check_free(const char *path, np_error *err)
{
    struct stat status;
    if (lstat(path, &status) == 0) {
        return exists_error(path, err);
    }
    return errno == ENOENT ? NP_OK : io_error(path, "cannot be made", err);
}
