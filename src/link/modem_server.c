/* SPDX-License-Identifier: Apache-2.0 */
#include "link/modem_server.h"

#include "base/error.h"
#include "link/clock.h"
#include "link/modem_file.h"
#include "link/pty.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_S UINT64_C(1000000000)

enum { CHUNK = 4096, WATCHED = 3 };

typedef struct server {
    modem_file *file;
    pty terminal;
    int signals; /* signalfd; -1: none */
    sigset_t mask_before;
    size_t out_len; /* taken from the modem, not yet taken by the terminal */
    uint8_t out[CHUNK];
} server;

static np_code io_error(const server *here, const char *what, np_error *err)
{
    return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: %s: %s", here->terminal.device, what,
                            strerror(errno));
}

static np_code watch_signals(server *here, np_error *err)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, &here->mask_before);
    here->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return here->signals >= 0 ? NP_OK : io_error(here, "signals cannot be watched", err);
}

static bool take_signal(const server *here)
{
    struct signalfd_siginfo info;
    return read(here->signals, &info, sizeof(info)) == (ssize_t)sizeof(info);
}

/* What the host has sent; the answer's effect is on disk before the answer goes out. */
static np_code receive(server *here, np_error *err)
{
    uint8_t bytes[CHUNK];
    ssize_t count = read(here->terminal.master, bytes, sizeof(bytes));
    if (count < 0 && errno != EAGAIN && errno != EINTR) {
        return io_error(here, "cannot be read", err);
    }
    if (count > 0) {
        np_virtual_modem_receive(modem_file_modem(here->file), clock_now_ns(),
                                 np_bytes_of(bytes, (size_t)count));
    }
    return NP_OK;
}

/* What a terminal that nobody reads does not take waits here, and then in the modem. */
static np_code send_out(server *here, np_error *err)
{
    for (;;) {
        if (here->out_len == 0) {
            here->out_len = np_virtual_modem_take(modem_file_modem(here->file), clock_now_ns(),
                                                  here->out, sizeof(here->out));
            NP_TRY(modem_file_store(here->file, err));
        }
        if (here->out_len == 0) {
            return NP_OK;
        }
        ssize_t count = write(here->terminal.master, here->out, here->out_len);
        if (count < 0) {
            return errno == EAGAIN || errno == EINTR ? NP_OK
                                                     : io_error(here, "cannot be written", err);
        }
        here->out_len -= (size_t)count;
        memmove(here->out, here->out + count, here->out_len);
    }
}

/* Until something happens or the modem has something to say. *ret_ends: a signal came. */
static np_code wait_for(server *here, bool *ret_ends, np_error *err)
{
    uint64_t due_ns = np_virtual_modem_due_ns(modem_file_modem(here->file));
    uint64_t now_ns = clock_now_ns();
    uint64_t left_ns = due_ns > now_ns ? due_ns - now_ns : 0;
    struct timespec left = {.tv_sec = (time_t)(left_ns / NS_PER_S),
                            .tv_nsec = (long)(left_ns % NS_PER_S)};
    bool is_full = here->out_len > 0;
    struct pollfd on[WATCHED] = {
        {.fd = here->signals, .events = POLLIN},
        {.fd = here->terminal.watch, .events = POLLIN},
        {.fd = here->terminal.master, .events = (short)(is_full ? POLLIN | POLLOUT : POLLIN)},
    };
    bool waits_for_host = due_ns == UINT64_MAX || is_full;
    if (ppoll(on, WATCHED, waits_for_host ? NULL : &left, NULL) < 0 && errno != EINTR) {
        return io_error(here, "cannot be waited for", err);
    }
    *ret_ends = (on[0].revents & POLLIN) != 0 && take_signal(here);
    if ((on[1].revents & POLLIN) != 0) {
        pty_restore(&here->terminal);
    }
    return (on[2].revents & POLLIN) != 0 ? receive(here, err) : NP_OK;
}

static np_code run(const np_modem_server_options *options, server *here, np_error *err)
{
    const modem_file_options file = {
        .pace = options->pace, .faults = options->faults, .lock_wait_ms = options->lock_wait_ms};
    bool ends = false;
    NP_TRY(modem_file_open(options->file, &file, &here->file, err));
    NP_TRY(watch_signals(here, err));
    NP_TRY(pty_open(options->path, &here->terminal, err));
    if (options->ready != NULL) {
        const np_modem_server_ready ready = {.device = here->terminal.device};
        options->ready(options->ready_self, &ready);
    }
    while (!ends) {
        NP_TRY(send_out(here, err));
        NP_TRY(wait_for(here, &ends, err));
    }
    return NP_OK;
}

np_code np_modem_server_run(const np_modem_server_options *options, np_error *err)
{
    server here = {.signals = -1, .terminal = {.master = -1, .slave = -1, .watch = -1}};
    np_code code = run(options, &here, err);
    /* the terminal goes first: nobody may write to a modem that is about to go */
    pty_close(&here.terminal);
    if (here.signals >= 0) {
        close(here.signals);
        sigprocmask(SIG_SETMASK, &here.mask_before, NULL);
    }
    np_code closed = modem_file_close(here.file, code == NP_OK ? err : NULL);
    return code == NP_OK ? closed : code;
}
