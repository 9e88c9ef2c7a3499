/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/source.h"

#include <errno.h>
#include <sys/stat.h>
#include <unistd.h>

static np_code io_error(np_error *err)
{
    return np_error_set_sub(err, NP_ESTATION_IO, errno, "the archive cannot be read: %s",
                            strerror(errno));
}

static np_code read_file(const void *self, uint64_t offset, uint8_t *ret, size_t size,
                         size_t *ret_len, np_error *err)
{
    const int *fd = self;
    *ret_len = 0;
    while (*ret_len < size) {
        ssize_t count = pread(*fd, ret + *ret_len, size - *ret_len, (off_t)(offset + *ret_len));
        if (count < 0 && errno != EINTR) {
            return io_error(err);
        }
        if (count == 0) {
            return NP_OK;
        }
        *ret_len += count > 0 ? (size_t)count : 0;
    }
    return NP_OK;
}

np_code np_firmware_source_of_fd(const int *fd, np_firmware_source *ret, np_error *err)
{
    struct stat status;
    if (fstat(*fd, &status) != 0) {
        return io_error(err);
    }
    if (!S_ISREG(status.st_mode)) {
        return np_error_set(err, NP_EUSAGE, "an archive must be a regular file");
    }
    *ret = (np_firmware_source){.read_at = read_file, .self = fd, .size = (uint64_t)status.st_size};
    return NP_OK;
}

static np_code read_bytes(const void *self, uint64_t offset, uint8_t *ret, size_t size,
                          size_t *ret_len, np_error *err)
{
    const np_bytes *bytes = self;
    size_t left = offset < bytes->len ? bytes->len - (size_t)offset : 0;
    (void)err;
    *ret_len = size < left ? size : left;
    if (*ret_len > 0) {
        memcpy(ret, bytes->data + offset, *ret_len);
    }
    return NP_OK;
}

np_firmware_source np_firmware_source_of_bytes(const np_bytes *bytes)
{
    return (np_firmware_source){.read_at = read_bytes, .self = bytes, .size = bytes->len};
}
