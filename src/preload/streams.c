/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The functions that stand before the C library's, for its streams. Inside a stream it calls the
 * kernel itself, past everybody who stands before it; for a descriptor of ours it therefore gets a
 * stream with functions of ours. Its buffer is the C library's: programs that mean single transfers
 * have to switch it off (setvbuf), as they must on a real node.
 */
#include "preload/transfer.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The next library's function of this name as one of that type. */
#define NEXT(type, name) ((type)(uintptr_t)dlsym(RTLD_NEXT, (name)))

typedef FILE *(*stream_open)(const char *path, const char *mode);
typedef FILE *(*stream_attach)(int fd, const char *mode);
typedef int (*stream_number)(FILE *stream);

/* The cookie of a stream is its descriptor. */
static int fd_of(const void *cookie)
{
    return (int)(intptr_t)cookie;
}

static ssize_t read_stream(void *cookie, char *ret_data, size_t size)
{
    return read(fd_of(cookie), ret_data, size);
}

/* The C library wants 0, not -1, when nothing could be written. */
static ssize_t write_stream(void *cookie, const char *data, size_t size)
{
    ssize_t written = write(fd_of(cookie), data, size);
    return written < 0 ? 0 : written;
}

static int close_stream(void *cookie)
{
    return close(fd_of(cookie));
}

static FILE *attach(int fd, const char *mode)
{
    static const cookie_io_functions_t functions = {
        .read = read_stream, .write = write_stream, .close = close_stream};
    FILE *stream = fopencookie((void *)(intptr_t)fd, mode, functions);
    if (stream != NULL) {
        preload_bus_set_stream(fd, stream);
    }
    return stream;
}

static int flags_of(const char *mode)
{
    if (strchr(mode, '+') != NULL) {
        return O_RDWR;
    }
    return mode[0] == 'r' ? O_RDONLY : O_WRONLY;
}

static FILE *open_any(const char *path, const char *mode, const char *name)
{
    preload_node node;
    if (!preload_node_find(path, &node)) {
        return NEXT(stream_open, name)(path, mode);
    }
    int fd = preload_bus_open(&node, flags_of(mode));
    FILE *stream = fd < 0 ? NULL : attach(fd, mode);
    if (fd >= 0 && stream == NULL) {
        close(fd);
    }
    return stream;
}

FILE *fopen(const char *path, const char *mode)
{
    return open_any(path, mode, "fopen");
}

FILE *fopen64(const char *path, const char *mode)
{
    return open_any(path, mode, "fopen64");
}

FILE *fdopen(int fd, const char *mode)
{
    return preload_bus_find(fd) != NULL ? attach(fd, mode)
                                        : NEXT(stream_attach, "fdopen")(fd, mode);
}

int fileno(FILE *stream)
{
    int fd = preload_bus_find_stream(stream);
    return fd >= 0 ? fd : NEXT(stream_number, "fileno")(stream);
}

int fileno_unlocked(FILE *stream)
{
    int fd = preload_bus_find_stream(stream);
    return fd >= 0 ? fd : NEXT(stream_number, "fileno_unlocked")(stream);
}
