/* SPDX-License-Identifier: Apache-2.0 */
#include "link/lock_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

/* How often a waiting process looks again; a hundredth of what people notice. Not tuned. */
enum { POLL_MS = 20 };

static np_code name_lock(const char *path, char ret_name[PATH_MAX], np_error *err)
{
    int length = snprintf(ret_name, PATH_MAX, "%s.lock", path);
    if (length < 0 || length >= PATH_MAX) {
        return np_error_set(err, NP_EINPUT_RANGE, "%.*s...: the path is too long", 100, path);
    }
    return NP_OK;
}

/* Is what the descriptor holds still what the name says? The last holder removes the file. */
static bool is_current(int fd, const char *name)
{
    struct stat held;
    struct stat named;
    return fstat(fd, &held) == 0 && stat(name, &named) == 0 && held.st_dev == named.st_dev &&
           held.st_ino == named.st_ino;
}

typedef enum attempt { ATTEMPT_TAKEN, ATTEMPT_HELD, ATTEMPT_REFUSED } attempt;

static attempt try_lock(const char *name, int *ret_fd)
{
    int fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd < 0) {
        return ATTEMPT_REFUSED;
    }
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_current(fd, name)) {
        *ret_fd = fd;
        return ATTEMPT_TAKEN;
    }
    close(fd);
    return ATTEMPT_HELD;
}

static void write_holder(int fd)
{
    char text[32];
    int length = snprintf(text, sizeof(text), "%ld\n", (long)getpid());
    /* A lock without its number still locks; whoever waits is told less. */
    if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)length, 0) < 0) {
        return;
    }
}

/* 0 when the file says nothing that could be a process. */
static long read_holder(const char *name)
{
    char text[32] = {0};
    int fd = open(name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0) {
        return 0;
    }
    ssize_t length = read(fd, text, sizeof(text) - 1);
    close(fd);
    long holder = length > 0 ? strtol(text, NULL, 10) : 0;
    return holder > 0 ? holder : 0;
}

static np_code report_holder(const char *path, const char *name, unsigned wait_ms, np_error *err)
{
    long holder = read_holder(name);
    if (holder == 0) {
        return np_error_set(err, NP_ESTATION_BUSY, "%s: held by another process (waited %u ms)",
                            path, wait_ms);
    }
    np_error_set(err, NP_ESTATION_BUSY, "%s: held by process %d (waited %u ms)", path, (int)holder,
                 wait_ms);
    return np_error_hint(err, NP_ESTATION_BUSY, "let process %d end, then run this again",
                         (int)holder);
}

static void pause_ms(unsigned ms)
{
    struct timespec pause = {.tv_nsec = (long)ms * 1000000};
    nanosleep(&pause, NULL);
}

np_code lock_file_take(const char *path, unsigned wait_ms, int *ret_fd, np_error *err)
{
    char name[PATH_MAX];
    NP_TRY(name_lock(path, name, err));
    for (unsigned waited_ms = 0;; waited_ms += POLL_MS) {
        attempt result = try_lock(name, ret_fd);
        if (result == ATTEMPT_TAKEN) {
            write_holder(*ret_fd);
            return NP_OK;
        }
        if (result == ATTEMPT_REFUSED) {
            return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: cannot be made: %s", name,
                                    strerror(errno));
        }
        if (waited_ms >= wait_ms) {
            return report_holder(path, name, wait_ms, err);
        }
        pause_ms(POLL_MS);
    }
}

void lock_file_release(const char *path, int fd)
{
    char name[PATH_MAX];
    if (fd < 0) {
        return;
    }
    if (name_lock(path, name, NULL) == NP_OK && is_current(fd, name)) {
        unlink(name);
    }
    close(fd);
}
