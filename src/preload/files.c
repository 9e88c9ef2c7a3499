/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions that stand before the C library's, for names: what a node looks like before it is
 * opened. It has the owner and the mode of the socket behind it, and is a character device with the
 * kernel's number for I2C (89, Documentation/admin-guide/devices.txt). Others go on to the next
 * library: the C library's structures are not always the kernel's.
 */
#include "preload/bus.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

enum { I2C_MAJOR = 89, MODE_BITS = 0777 };

/* The next library's function of this name as one of that type. */
#define NEXT(type, name) ((type)(uintptr_t)dlsym(RTLD_NEXT, (name)))

typedef int (*at_stat)(int folder, const char *path, struct stat *ret, int flags);
typedef int (*at_stat64)(int folder, const char *path, struct stat64 *ret, int flags);
typedef int (*fd_stat)(int fd, struct stat *ret);
typedef int (*fd_stat64)(int fd, struct stat64 *ret);
typedef int (*at_statx)(int folder, const char *path, int flags, unsigned mask, struct statx *ret);
typedef int (*at_access)(int folder, const char *path, int mode, int flags);

/* Where the descriptor or the path leads; NULL: to none of ours. */
static const char *find_socket(int fd, const char *path, preload_node *ret)
{
    bool is_by_fd = path == NULL || path[0] == '\0';
    const preload_bus *bus = is_by_fd ? preload_bus_find(fd) : NULL;
    if (bus != NULL) {
        ret->number = preload_bus_number(bus);
        return preload_bus_path(bus);
    }
    return preload_node_find(path, ret) ? ret->socket_path : NULL;
}

#define SHOW_NODE(status, node)                                                                    \
    do {                                                                                           \
        (status)->st_mode = S_IFCHR | ((status)->st_mode & MODE_BITS);                             \
        (status)->st_rdev = makedev(I2C_MAJOR, (node)->number);                                    \
    } while (0)

static int stat_any(int folder, const char *path, struct stat *ret, int flags)
{
    preload_node node;
    at_stat next = NEXT(at_stat, "fstatat");
    const char *socket_path = find_socket(folder, path, &node);
    if (socket_path == NULL) {
        return next(folder, path, ret, flags);
    }
    int result = next(AT_FDCWD, socket_path, ret, 0);
    if (result == 0) {
        SHOW_NODE(ret, &node);
    }
    return result;
}

static int stat64_any(int folder, const char *path, struct stat64 *ret, int flags)
{
    preload_node node;
    at_stat64 next = NEXT(at_stat64, "fstatat64");
    const char *socket_path = find_socket(folder, path, &node);
    if (socket_path == NULL) {
        return next(folder, path, ret, flags);
    }
    int result = next(AT_FDCWD, socket_path, ret, 0);
    if (result == 0) {
        SHOW_NODE(ret, &node);
    }
    return result;
}

int stat(const char *path, struct stat *ret)
{
    return stat_any(AT_FDCWD, path, ret, 0);
}

int stat64(const char *path, struct stat64 *ret)
{
    return stat64_any(AT_FDCWD, path, ret, 0);
}

int lstat(const char *path, struct stat *ret)
{
    return stat_any(AT_FDCWD, path, ret, AT_SYMLINK_NOFOLLOW);
}

int lstat64(const char *path, struct stat64 *ret)
{
    return stat64_any(AT_FDCWD, path, ret, AT_SYMLINK_NOFOLLOW);
}

int fstatat(int folder, const char *path, struct stat *ret, int flags)
{
    return stat_any(folder, path, ret, flags);
}

int fstatat64(int folder, const char *path, struct stat64 *ret, int flags)
{
    return stat64_any(folder, path, ret, flags);
}

int fstat(int fd, struct stat *ret)
{
    return preload_bus_find(fd) == NULL ? NEXT(fd_stat, "fstat")(fd, ret)
                                        : stat_any(fd, "", ret, 0);
}

int fstat64(int fd, struct stat64 *ret)
{
    return preload_bus_find(fd) == NULL ? NEXT(fd_stat64, "fstat64")(fd, ret)
                                        : stat64_any(fd, "", ret, 0);
}

int statx(int folder, const char *path, int flags, unsigned mask, struct statx *ret)
{
    preload_node node;
    at_statx next = NEXT(at_statx, "statx");
    const char *socket_path = find_socket(folder, path, &node);
    if (socket_path == NULL) {
        return next(folder, path, flags, mask, ret);
    }
    int result = next(AT_FDCWD, socket_path, 0, mask, ret);
    if (result == 0) {
        ret->stx_mode = (uint16_t)(S_IFCHR | (ret->stx_mode & MODE_BITS));
        ret->stx_rdev_major = I2C_MAJOR;
        ret->stx_rdev_minor = node.number;
    }
    return result;
}

int faccessat(int folder, const char *path, int mode, int flags)
{
    preload_node node;
    at_access next = NEXT(at_access, "faccessat");
    return preload_node_find(path, &node) ? next(AT_FDCWD, node.socket_path, mode, flags)
                                          : next(folder, path, mode, flags);
}

int access(const char *path, int mode)
{
    return faccessat(AT_FDCWD, path, mode, 0);
}

int euidaccess(const char *path, int mode)
{
    return faccessat(AT_FDCWD, path, mode, AT_EACCESS);
}

int eaccess(const char *path, int mode)
{
    return faccessat(AT_FDCWD, path, mode, AT_EACCESS);
}
