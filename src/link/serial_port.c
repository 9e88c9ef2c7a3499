/* SPDX-License-Identifier: Apache-2.0 */
#include "link/serial_port.h"

#include "base/wipe.h"
#include "link/clock.h"
#include "link/serial_holder.h"
#include "link/serial_speed.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S  UINT64_C(1000000000)
#define NS_PER_MS UINT64_C(1000000)

enum {
    POLL_MS = 20, /* how often a waiting process looks again; not tuned */
    /* How long a port may take nothing before flow control is suspected. Not tuned. */
    WRITE_PATIENCE_MS = 3000,
};

struct serial_port {
    int fd;
    char *path;
    struct termios before;
};

static np_code io_error(const char *path, const char *what, np_error *err)
{
    return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: %s: %s", path, what, strerror(errno));
}

static np_code open_error(const char *path, np_error *err)
{
    if (errno == ENOENT || errno == ENOTDIR || errno == ENXIO) {
        np_error_set(err, NP_EINPUT_MISSING, "%s: no such port", path);
        return np_error_hint(err, NP_EINPUT_MISSING,
                             "boards show up as /dev/ttyACM0 and the like; dmesg tells");
    }
    np_code code = io_error(path, "cannot be opened", err);
    if (errno == EACCES) {
        np_error_hint(err, code, "join the group that owns it: sudo adduser $USER dialout");
    }
    return code;
}

static np_code report_holder(const char *path, unsigned wait_ms, np_error *err)
{
    serial_holder holder;
    if (!serial_holder_find(path, &holder)) {
        return np_error_set(err, NP_ESTATION_BUSY, "%s: held by another process (waited %u ms)",
                            path, wait_ms);
    }
    np_error_set(err, NP_ESTATION_BUSY, "%s: held by process %d, %s (waited %u ms)", path,
                 (int)holder.pid, holder.name, wait_ms);
    return np_error_hint(err, NP_ESTATION_BUSY, "let process %d end, then run this again",
                         (int)holder.pid);
}

typedef enum attempt { ATTEMPT_TAKEN, ATTEMPT_HELD, ATTEMPT_REFUSED } attempt;

/* TIOCEXCL keeps others from opening it, but not the superuser; flock is for those who ask. */
static attempt try_open(const char *path, int *ret_fd)
{
    int fd = open(path, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0) {
        return errno == EBUSY ? ATTEMPT_HELD : ATTEMPT_REFUSED;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        close(fd);
        return ATTEMPT_HELD;
    }
    *ret_fd = fd;
    return ATTEMPT_TAKEN;
}

static np_code take_port(const char *path, unsigned wait_ms, int *ret_fd, np_error *err)
{
    for (unsigned waited_ms = 0;; waited_ms += POLL_MS) {
        attempt result = try_open(path, ret_fd);
        if (result == ATTEMPT_TAKEN) {
            return NP_OK;
        }
        if (result == ATTEMPT_REFUSED) {
            return open_error(path, err);
        }
        if (waited_ms >= wait_ms) {
            return report_holder(path, wait_ms, err);
        }
        clock_wait_until_ns(clock_now_ns() + POLL_MS * NS_PER_MS);
    }
}

static void set_flow(struct termios *settings, modem_flow flow)
{
    settings->c_cflag &= ~(tcflag_t)CRTSCTS;
    settings->c_iflag &= ~(tcflag_t)(IXON | IXOFF);
    if (flow == MODEM_FLOW_RTSCTS) {
        settings->c_cflag |= CRTSCTS;
    } else if (flow == MODEM_FLOW_XONXOFF) {
        settings->c_iflag |= IXON | IXOFF;
    }
}

static np_code configure(serial_port *port, const modem_target *target, np_error *err)
{
    speed_t speed;
    if (!isatty(port->fd)) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s: not a serial port", port->path);
    }
    if (!serial_speed_of(target->baud, &speed)) {
        return np_error_set(err, NP_EUSAGE, "no serial port runs at %u baud", target->baud);
    }
    if (tcgetattr(port->fd, &port->before) != 0) {
        return io_error(port->path, "cannot be read", err);
    }
    struct termios settings = port->before;
    cfmakeraw(&settings);
    cfsetispeed(&settings, speed);
    cfsetospeed(&settings, speed);
    settings.c_cflag |= CLOCAL | CREAD;
    settings.c_cflag &= ~(tcflag_t)CSTOPB;
    set_flow(&settings, target->flow);
    if (ioctl(port->fd, TIOCEXCL) != 0 || tcsetattr(port->fd, TCSANOW, &settings) != 0) {
        return io_error(port->path, "cannot be set", err);
    }
    tcflush(port->fd, TCIOFLUSH); /* what came before is nobody's answer */
    return NP_OK;
}

static void close_at(serial_port **port)
{
    serial_port_close(*port);
}

np_code serial_port_open(const modem_target *target, unsigned wait_ms, serial_port **ret,
                         np_error *err)
{
    NP_CLEANUP(close_at) serial_port *port = calloc(1, sizeof(*port));
    char *path = strdup(target->place);
    if (port == NULL || path == NULL) {
        free(path);
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the port");
    }
    port->fd = -1;
    port->path = path;
    NP_TRY(take_port(path, wait_ms, &port->fd, err));
    NP_TRY(configure(port, target, err));
    *ret = port;
    port = NULL;
    return NP_OK;
}

void serial_port_close(serial_port *port)
{
    if (port == NULL) {
        return;
    }
    if (port->fd >= 0) {
        /* c_cflag is never 0 once it was read */
        if (port->before.c_cflag != 0) {
            tcsetattr(port->fd, TCSANOW, &port->before);
            ioctl(port->fd, TIOCNXCL);
        }
        close(port->fd);
    }
    free(port->path);
    free(port);
}

/* Waits until the port is ready for this; false at the deadline. */
static bool wait_ready(const serial_port *port, short events, uint64_t deadline_ns)
{
    for (;;) {
        uint64_t now_ns = clock_now_ns();
        uint64_t left_ns = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
        struct timespec left = {.tv_sec = (time_t)(left_ns / NS_PER_S),
                                .tv_nsec = (long)(left_ns % NS_PER_S)};
        struct pollfd on = {.fd = port->fd, .events = events};
        int ready = ppoll(&on, 1, &left, NULL);
        if (ready > 0) {
            return true;
        }
        if (ready == 0 || errno != EINTR) {
            return false;
        }
    }
}

static np_code gone(const serial_port *port, np_error *err)
{
    np_error_set(err, NP_ESTATION_IO, "%s: the port is gone", port->path);
    return np_error_hint(err, NP_ESTATION_IO, "was the board unplugged? then run this again");
}

static np_code port_write(void *self, np_bytes bytes, np_error *err)
{
    const serial_port *port = self;
    while (bytes.len > 0) {
        ssize_t count = write(port->fd, bytes.data, bytes.len);
        if (count < 0 && errno != EAGAIN && errno != EINTR) {
            return gone(port, err);
        }
        size_t done = count > 0 ? (size_t)count : 0;
        bytes = np_bytes_of(bytes.data + done, bytes.len - done);
        uint64_t deadline_ns = clock_now_ns() + WRITE_PATIENCE_MS * NS_PER_MS;
        if (bytes.len > 0 && !wait_ready(port, POLLOUT, deadline_ns)) {
            np_error_set(err, NP_ESTATION_TIMEOUT, "%s: the port takes no more bytes", port->path);
            return np_error_hint(err, NP_ESTATION_TIMEOUT,
                                 "flow control holds it: try serial:%s?flow=none", port->path);
        }
    }
    return NP_OK;
}

static np_code port_read(void *self, uint64_t deadline_ns, uint8_t *ret_bytes, size_t size,
                         size_t *ret_len, np_error *err)
{
    const serial_port *port = self;
    *ret_len = 0;
    if (!wait_ready(port, POLLIN, deadline_ns)) {
        return NP_OK;
    }
    ssize_t count = read(port->fd, ret_bytes, size);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) {
        return gone(port, err);
    }
    *ret_len = count > 0 ? (size_t)count : 0;
    return NP_OK;
}

static uint64_t port_now_ns(void *self)
{
    (void)self;
    return clock_now_ns();
}

static const np_port_ops ops = {.write = port_write, .read = port_read, .now_ns = port_now_ns};

np_port serial_port_table(serial_port *port)
{
    return (np_port){.ops = &ops, .self = port};
}
