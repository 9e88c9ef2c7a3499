/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions that stand before the C library's. What is not ours goes to the kernel by
 * syscall(2): no lookup of the next library, nothing to initialise.
 */
#include "preload/bus.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* What programs call that are built with _FORTIFY_SOURCE; the C library declares them only then. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int folder, const char *path, int flags);
int __openat64_2(int folder, const char *path, int flags);
ssize_t __read_chk(int fd, void *buffer, size_t size, size_t buffer_size);

static int open_any(int folder, const char *path, int flags, mode_t mode)
{
    int fd = -1;
    if (preload_bus_open(path, &fd)) {
        return fd;
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

int close(int fd)
{
    preload_bus *bus = preload_bus_find(fd);
    return bus == NULL ? (int)syscall(SYS_close, fd) : preload_bus_close(bus);
}

ssize_t read(int fd, void *buffer, size_t size)
{
    preload_bus *bus = preload_bus_find(fd);
    return bus == NULL ? syscall(SYS_read, fd, buffer, size) : preload_bus_read(bus, buffer, size);
}

ssize_t __read_chk(int fd, void *buffer, size_t size, size_t buffer_size)
{
    return read(fd, buffer, size < buffer_size ? size : buffer_size);
}

ssize_t write(int fd, const void *data, size_t size)
{
    preload_bus *bus = preload_bus_find(fd);
    return bus == NULL ? syscall(SYS_write, fd, data, size) : preload_bus_write(bus, data, size);
}

int flock(int fd, int operation)
{
    const preload_bus *bus = preload_bus_find(fd);
    return (int)syscall(SYS_flock, bus == NULL ? fd : preload_bus_lock_fd(bus), operation);
}

static int control(preload_bus *bus, unsigned long request, void *argument)
{
    switch (request) {
    case I2C_FUNCS:
        *(unsigned long *)argument = I2C_FUNC_I2C | I2C_FUNC_PROTOCOL_MANGLING |
                                     I2C_FUNC_SMBUS_QUICK | I2C_FUNC_SMBUS_BYTE |
                                     I2C_FUNC_SMBUS_BYTE_DATA;
        return 0;
    case I2C_SLAVE:
    case I2C_SLAVE_FORCE:
        return preload_bus_set_address(bus, (unsigned long)argument);
    case I2C_RDWR:
        return preload_bus_transfer(bus, argument);
    case I2C_SMBUS:
        return preload_bus_smbus(bus, argument);
    case I2C_RETRIES:
    case I2C_TIMEOUT:
        return 0; /* nothing is repeated here, and nothing hangs */
    default:
        errno = ENOTTY;
        return -1;
    }
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list list;
    va_start(list, request);
    void *argument = va_arg(list, void *);
    va_end(list);
    preload_bus *bus = preload_bus_find(fd);
    return bus == NULL ? (int)syscall(SYS_ioctl, fd, request, argument)
                       : control(bus, request, argument);
}
