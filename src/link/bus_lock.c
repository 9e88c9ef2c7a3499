/* SPDX-License-Identifier: Apache-2.0 */
#include "link/bus_lock.h"

#include "link/clock.h"
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/*
 * How often somebody who waits looks again: soon at first, because most sessions are short, at last
 * every 4 ms, a tenth of a signature. Not tuned.
 */
#define FIRST_PAUSE_NS UINT64_C(200000)
#define LAST_PAUSE_NS  UINT64_C(4000000)
#define NS_PER_MS      UINT64_C(1000000)

/* 0 when the file does not say. */
static int read_holder(const bus_lock *lock)
{
    char text[16] = {0};
    if (!lock->names_holder || pread(lock->fd, text, sizeof(text) - 1, 0) <= 0) {
        return 0;
    }
    long holder = strtol(text, NULL, 10);
    return holder > 0 ? (int)holder : 0;
}

/* A fixed length, so that a longer number leaves nothing behind. Whoever waits may be told less. */
static void write_holder(const bus_lock *lock)
{
    char text[16];
    int length = snprintf(text, sizeof(text), "%-10d\n", (int)getpid());
    if (lock->names_holder && pwrite(lock->fd, text, (size_t)length, 0) < 0) {
        return;
    }
}

static np_code report_holder(const bus_lock *lock, np_error *err)
{
    int holder = read_holder(lock);
    if (holder == 0) {
        np_error_set(err, NP_ESTATION_BUSY, "%s: the bus is held by another process (waited %u ms)",
                     lock->place, lock->wait_ms);
        return np_error_hint(err, NP_ESTATION_BUSY, "let it end, then run this again");
    }
    np_error_set(err, NP_ESTATION_BUSY, "%s: the bus is held by process %d (waited %u ms)",
                 lock->place, holder, lock->wait_ms);
    return np_error_hint(err, NP_ESTATION_BUSY, "let process %d end, then run this again", holder);
}

static int try_bus(int fd)
{
    return flock(fd, LOCK_EX | LOCK_NB);
}

static int set_turn(int fd, short type)
{
    struct flock whole = {.l_type = type, .l_whence = SEEK_SET};
    return fcntl(fd, F_OFD_SETLK, &whole);
}

/* Where there are no record locks nobody has a turn. */
static int try_turn(int fd)
{
    bool is_had =
        set_turn(fd, F_WRLCK) != 0 && (errno == EAGAIN || errno == EACCES || errno == EINTR);
    return is_had ? -1 : 0;
}

static np_code wait_for(const bus_lock *lock, int (*try)(int fd), uint64_t deadline_ns,
                        np_error *err)
{
    uint64_t pause_ns = FIRST_PAUSE_NS;
    while (try(lock->fd) != 0) {
        if (errno != EWOULDBLOCK && errno != EACCES && errno != EINTR) {
            return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: cannot be locked: %s",
                                    lock->place, strerror(errno));
        }
        uint64_t now_ns = clock_now_ns();
        if (now_ns >= deadline_ns) {
            return report_holder(lock, err);
        }
        clock_wait_until_ns(now_ns + pause_ns);
        pause_ns = 2 * pause_ns < LAST_PAUSE_NS ? 2 * pause_ns : LAST_PAUSE_NS;
    }
    return NP_OK;
}

/*
 * Who waits holds the turn, a record lock of the same file, until he has the bus: one who gives the
 * bus back and wants it again at once stands behind him, and not always in front.
 */
static np_code wait_in_turn(const bus_lock *lock, np_error *err)
{
    uint64_t deadline_ns = clock_now_ns() + lock->wait_ms * NS_PER_MS;
    NP_TRY(wait_for(lock, try_turn, deadline_ns, err));
    np_code code = wait_for(lock, try_bus, deadline_ns, err);
    (void)set_turn(lock->fd, F_UNLCK); /* fails for no lock that is held */
    return code;
}

np_code bus_lock_take(bus_lock *lock, np_error *err)
{
    if (lock->depth == 0) {
        NP_TRY(wait_in_turn(lock, err));
        write_holder(lock);
    }
    lock->depth++;
    return NP_OK;
}

void bus_lock_give(bus_lock *lock)
{
    if (lock->depth > 0 && --lock->depth == 0) {
        flock(lock->fd, LOCK_UN);
    }
}
