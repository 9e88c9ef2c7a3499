/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions that stand before the C library's, for descriptors. What is not ours goes to the
 * kernel by syscall(2): no lookup of the next library, nothing to initialise.
 */
#include "preload/transfer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

/* What programs call that are built with _FORTIFY_SOURCE; the C library declares them only then. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int folder, const char *path, int flags);
int __openat64_2(int folder, const char *path, int flags);
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t buffer_size);

static int open_any(int folder, const char *path, int flags, mode_t mode)
{
    preload_node node;
    if (preload_node_find(path, &node)) {
        return preload_bus_open(&node, flags);
    }
    return (int)syscall(SYS_openat, folder, path, flags | O_LARGEFILE, mode);
}

/* The mode is there only when a file may be made. */
#define TAKE_MODE(flags, mode)                                                                     \
    do {                                                                                           \
        if (((flags) & (O_CREAT | O_TMPFILE)) != 0) {                                              \
            va_list list;                                                                          \
            va_start(list, flags);                                                                 \
            (mode) = va_arg(list, mode_t);                                                         \
            va_end(list);                                                                          \
        }                                                                                          \
    } while (0)

int open(const char *path, int flags, ...)
{
    mode_t mode = 0;
    TAKE_MODE(flags, mode);
    return open_any(AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...)
{
    mode_t mode = 0;
    TAKE_MODE(flags, mode);
    return open_any(AT_FDCWD, path, flags, mode);
}

int openat(int folder, const char *path, int flags, ...)
{
    mode_t mode = 0;
    TAKE_MODE(flags, mode);
    return open_any(folder, path, flags, mode);
}

int openat64(int folder, const char *path, int flags, ...)
{
    mode_t mode = 0;
    TAKE_MODE(flags, mode);
    return open_any(folder, path, flags, mode);
}

int __open_2(const char *path, int flags)
{
    return open_any(AT_FDCWD, path, flags, 0);
}

int __open64_2(const char *path, int flags)
{
    return open_any(AT_FDCWD, path, flags, 0);
}

int __openat_2(int folder, const char *path, int flags)
{
    return open_any(folder, path, flags, 0);
}

int __openat64_2(int folder, const char *path, int flags)
{
    return open_any(folder, path, flags, 0);
}

static int fail(int error)
{
    errno = error;
    return -1;
}

int close(int fd)
{
    if (preload_bus_is_hidden(fd)) {
        return fail(EBADF);
    }
    if (preload_bus_find(fd) != NULL) {
        preload_bus_forget(fd);
    }
    return (int)syscall(SYS_close, fd);
}

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2)
#endif

/* Ours are closed by exec anyway. */
int close_range(unsigned first, unsigned last, int flags)
{
    if (((unsigned)flags & CLOSE_RANGE_CLOEXEC) == 0) {
        preload_bus_forget_range(first, last);
    }
    return (int)syscall(SYS_close_range, first, last, flags);
}

static int duplicate(int old_fd, int new_fd, int flags)
{
    bool is_ours = preload_bus_find(old_fd) != NULL || preload_bus_find(new_fd) != NULL ||
                   preload_bus_is_hidden(new_fd);
    return is_ours ? preload_bus_duplicate(old_fd, new_fd, 0, flags)
                   : (int)syscall(SYS_dup3, old_fd, new_fd, flags);
}

int dup(int fd)
{
    return preload_bus_find(fd) != NULL ? preload_bus_duplicate(fd, -1, 0, 0)
                                        : (int)syscall(SYS_dup, fd);
}

int dup2(int old_fd, int new_fd)
{
    if (old_fd == new_fd) {
        return (int)syscall(SYS_fcntl, old_fd, F_GETFD) < 0 ? -1 : new_fd;
    }
    return duplicate(old_fd, new_fd, 0);
}

int dup3(int old_fd, int new_fd, int flags)
{
    return old_fd == new_fd ? fail(EINVAL) : duplicate(old_fd, new_fd, flags);
}

static int control_file(preload_bus *bus, int fd, int command, long argument)
{
    switch (command) {
    case F_DUPFD:
    case F_DUPFD_CLOEXEC:
        return preload_bus_duplicate(fd, -1, (int)argument, 0);
    case F_GETFL:
        return preload_bus_flags(bus) | O_LARGEFILE;
    case F_SETFL: /* a transfer is never begun without being ended: nothing to do */
        preload_bus_set_flags(bus, (int)argument);
        return 0;
    default:
        return (int)syscall(SYS_fcntl, fd, command, argument);
    }
}

static int control_any_file(int fd, int command, long argument)
{
    preload_bus *bus = preload_bus_find(fd);
    return bus == NULL ? (int)syscall(SYS_fcntl, fd, command, argument)
                       : control_file(bus, fd, command, argument);
}

/* Commands without an argument get what stands there, and do not look at it. */
int fcntl(int fd, int command, ...)
{
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    return control_any_file(fd, command, argument);
}

int fcntl64(int fd, int command, ...)
{
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    return control_any_file(fd, command, argument);
}

ssize_t read(int fd, void *buffer, size_t size)
{
    preload_bus *bus = preload_bus_find(fd);
    return bus == NULL ? syscall(SYS_read, fd, buffer, size) : preload_read(bus, buffer, size);
}

ssize_t __read_chk(int fd, void *buffer, size_t size, size_t buffer_size)
{
    return read(fd, buffer, size < buffer_size ? size : buffer_size);
}

ssize_t write(int fd, const void *data, size_t size)
{
    preload_bus *bus = preload_bus_find(fd);
    return bus == NULL ? syscall(SYS_write, fd, data, size) : preload_write(bus, data, size);
}

/* A transfer a piece, until one is refused. */
static ssize_t move_pieces(preload_bus *bus, const struct iovec *pieces, int count, bool is_read)
{
    ssize_t total = 0;
    if (count < 0 || count > IOV_MAX) {
        return fail(EINVAL);
    }
    for (int i = 0; i < count; i++) {
        const struct iovec *piece = &pieces[i];
        if (piece->iov_len == 0) {
            continue;
        }
        long moved = is_read ? preload_read(bus, piece->iov_base, piece->iov_len)
                             : preload_write(bus, piece->iov_base, piece->iov_len);
        if (moved < 0) {
            return total > 0 ? total : -1;
        }
        total += moved;
    }
    return total;
}

ssize_t readv(int fd, const struct iovec *pieces, int count)
{
    preload_bus *bus = preload_bus_find(fd);
    return bus == NULL ? syscall(SYS_readv, fd, pieces, count)
                       : move_pieces(bus, pieces, count, true);
}

ssize_t writev(int fd, const struct iovec *pieces, int count)
{
    preload_bus *bus = preload_bus_find(fd);
    return bus == NULL ? syscall(SYS_writev, fd, pieces, count)
                       : move_pieces(bus, pieces, count, false);
}

int flock(int fd, int operation)
{
    preload_bus *bus = preload_bus_find(fd);
    return bus == NULL ? (int)syscall(SYS_flock, fd, operation) : preload_bus_flock(bus, operation);
}

/* What the kernel answers for every file. */
static bool is_for_any_file(unsigned long request)
{
    return request == FIOCLEX || request == FIONCLEX;
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    preload_bus *bus = preload_bus_find(fd);
    if (bus == NULL || is_for_any_file(request)) {
        return (int)syscall(SYS_ioctl, fd, request, argument);
    }
    if (request == FIONBIO && argument != NULL) {
        preload_bus_set_flags(bus, *(const int *)argument != 0 ? O_NONBLOCK : 0);
        return 0;
    }
    return preload_control(bus, request, argument);
}
