/* SPDX-License-Identifier: Apache-2.0 */
#include "link/server_socket.h"

#include "base/wipe.h"
#include "link/socket_link.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    SHARED_MODE = 0660, /* the users of one group */
    BACKLOG = 16,       /* not tuned: connecting is rare */
};

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

static int make_socket(void)
{
    return socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
}

/* Makes the name free, if what has it is a socket that nobody listens to. */
static np_code clear_name(const char *path, const struct sockaddr_un *name, np_error *err)
{
    struct stat status;
    if (lstat(path, &status) != 0) {
        return NP_OK;
    }
    if (!S_ISSOCK(status.st_mode)) {
        return np_error_set(err, NP_EINPUT_EXISTS, "%s: exists already and is no socket", path);
    }
    NP_CLEANUP(close_at) int fd = make_socket();
    if (connect(fd, (const struct sockaddr *)name, sizeof(*name)) == 0 || errno != ECONNREFUSED) {
        np_code code =
            np_error_set(err, NP_ESTATION_BUSY, "%s: a chip is served there already", path);
        return np_error_hint(err, code, "end that server, or choose another --socket");
    }
    return unlink(path) == 0 ? NP_OK : io_error(path, "cannot be replaced", err);
}

static np_code make_lock(const char *lock, np_error *err)
{
    NP_CLEANUP(close_at)
    int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, SHARED_MODE);
    if (fd < 0 || fchmod(fd, SHARED_MODE) != 0) {
        return io_error(lock, "cannot be made", err);
    }
    return NP_OK;
}

/* Nobody can connect before listen, so that the mode is right from the first client on. */
static np_code listen_at(server_socket *made, const struct sockaddr_un *name, np_error *err)
{
    int fd = make_socket();
    if (fd < 0 || bind(fd, (const struct sockaddr *)name, sizeof(*name)) != 0) {
        np_code code = io_error(made->path, "cannot be made", err);
        close_at(&fd);
        return code;
    }
    made->fd = fd;
    NP_TRY(make_lock(made->lock, err));
    if (chmod(made->path, SHARED_MODE) != 0 || listen(fd, BACKLOG) != 0) {
        return io_error(made->path, "cannot be listened to", err);
    }
    return NP_OK;
}

np_code server_socket_open(const char *path, server_socket *ret, np_error *err)
{
    struct sockaddr_un name = {.sun_family = AF_UNIX};
    ret->fd = -1;
    ret->path = path;
    if (strlen(path) >= sizeof(name.sun_path)) {
        return np_error_set(err, NP_EINPUT_RANGE, "%.*s...: a socket's path has at most %zu bytes",
                            80, path, sizeof(name.sun_path) - 1);
    }
    memcpy(name.sun_path, path, strlen(path));
    NP_TRY(socket_link_name_lock(path, ret->lock, err));
    NP_TRY(clear_name(path, &name, err));
    return listen_at(ret, &name, err);
}

/* The lock goes first: once the name is free, another server may make both files for itself. */
void server_socket_close(server_socket *made)
{
    if (made->fd >= 0) {
        unlink(made->lock);
        unlink(made->path);
        close(made->fd);
    }
    made->fd = -1;
}
