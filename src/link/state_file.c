/* SPDX-License-Identifier: Apache-2.0 */
#include "link/state_file.h"

#include "base/wipe.h"
#include "virtual/image.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const state_kind state_kind_chip = {"chip", "atecc608b", NP_CHIP_IMAGE_SIZE, NP_CHIP_IMAGE_SIZE};

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

static np_code open_error(const char *path, const state_kind *kind, np_error *err)
{
    if (errno != ENOENT && errno != ENOTDIR) {
        return io_error(path, "cannot be opened", err);
    }
    np_error_set(err, NP_EINPUT_MISSING, "%s: no such file", path);
    return np_error_hint(err, NP_EINPUT_MISSING,
                         "make one with: nameplate virtual create %s --model %s", path,
                         kind->example);
}

static np_code read_all(int fd, const char *path, uint8_t *ret, size_t size, np_error *err)
{
    for (size_t done = 0; done < size;) {
        ssize_t count = read(fd, ret + done, size - done);
        if (count < 0 && errno != EINTR) {
            return io_error(path, "cannot be read", err);
        }
        if (count == 0) {
            return np_error_set(err, NP_EINPUT_FORMAT, "%s: ends after %zu bytes", path, done);
        }
        done += count > 0 ? (size_t)count : 0;
    }
    return NP_OK;
}

static np_code check_size(const char *path, const state_kind *kind, size_t size, np_error *err)
{
    if (size >= kind->size_min && size <= kind->size_max) {
        return NP_OK;
    }
    if (kind->size_min == kind->size_max) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "%s: not the state of a virtual %s: it has %zu bytes instead of %zu",
                            path, kind->part, size, kind->size_min);
    }
    return np_error_set(err, NP_EINPUT_FORMAT,
                        "%s: not the state of a virtual %s: it has %zu bytes", path, kind->part,
                        size);
}

np_code state_file_load(const char *path, const state_kind *kind, uint8_t *ret, size_t *ret_len,
                        np_error *err)
{
    /* Without NONBLOCK a FIFO of that name would be waited for. */
    NP_CLEANUP(close_at) int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    struct stat status;
    if (fd < 0) {
        return open_error(path, kind, err);
    }
    if (fstat(fd, &status) != 0) {
        return io_error(path, "cannot be read", err);
    }
    if (!S_ISREG(status.st_mode)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s: not a regular file", path);
    }
    NP_TRY(check_size(path, kind, (size_t)status.st_size, err));
    *ret_len = (size_t)status.st_size;
    return read_all(fd, path, ret, *ret_len, err);
}
