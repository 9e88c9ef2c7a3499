/* SPDX-License-Identifier: Apache-2.0 */
#include "link/pty.h"

#include "base/error.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

static np_code io_error(const char *path, const char *what, np_error *err)
{
    return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: %s: %s", path, what, strerror(errno));
}

static bool set_raw(int fd)
{
    struct termios settings;
    if (tcgetattr(fd, &settings) != 0) {
        return false;
    }
    cfmakeraw(&settings);
    cfsetispeed(&settings, B115200);
    cfsetospeed(&settings, B115200);
    return tcsetattr(fd, TCSANOW, &settings) == 0;
}

static np_code open_terminal(pty *on, np_error *err)
{
    on->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (on->master < 0 || grantpt(on->master) != 0 || unlockpt(on->master) != 0 ||
        ptsname_r(on->master, on->device, sizeof(on->device)) != 0) {
        return io_error("pseudo terminal", "cannot be made", err);
    }
    on->slave = open(on->device, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (on->slave < 0 || !set_raw(on->slave)) {
        return io_error(on->device, "cannot be opened", err);
    }
    on->watch = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
    if (on->watch < 0 || inotify_add_watch(on->watch, on->device, IN_CLOSE) < 0) {
        return io_error(on->device, "cannot be watched", err);
    }
    return NP_OK;
}

/* A link that leads nowhere was left by a server that was killed. */
static bool is_left_over(const char *link)
{
    struct stat itself;
    struct stat target;
    return lstat(link, &itself) == 0 && S_ISLNK(itself.st_mode) && stat(link, &target) != 0 &&
           errno == ENOENT;
}

static np_code make_link(const char *link, pty *on, np_error *err)
{
    if (is_left_over(link)) {
        unlink(link);
    }
    if (symlink(on->device, link) == 0) {
        on->link = link;
        return NP_OK;
    }
    if (errno != EEXIST) {
        return io_error(link, "cannot be made", err);
    }
    np_error_set(err, NP_EINPUT_EXISTS, "%s: exists already and is not overwritten", link);
    return np_error_hint(err, NP_EINPUT_EXISTS, "if no modem is served there, remove it");
}

np_code pty_open(const char *link, pty *ret, np_error *err)
{
    *ret = (pty){.master = -1, .slave = -1, .watch = -1};
    NP_TRY(open_terminal(ret, err));
    return make_link(link, ret, err);
}

void pty_restore(pty *on)
{
    char events[4096];
    while (read(on->watch, events, sizeof(events)) > 0) {
    }
    ioctl(on->slave, TIOCNXCL);
    set_raw(on->slave);
}

static void close_one(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

void pty_close(pty *on)
{
    char target[PATH_MAX] = {0};
    if (on->link != NULL && readlink(on->link, target, sizeof(target) - 1) > 0 &&
        strcmp(target, on->device) == 0) {
        unlink(on->link);
    }
    close_one(on->watch);
    close_one(on->slave);
    close_one(on->master);
}
