/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/file.h"

#include "base/wipe.h"
#include "crypto/hash.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_BUFFER_SIZE = 16384 }; /* not tuned */

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

static const char *any_path(const char *path)
{
    return strcmp(path, "-") == 0 ? "/dev/stdin" : path;
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
    NP_TRY(np_file_open(any_path(path), &fd, err));
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
