/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A power cut at a chosen step of any program, for LD_PRELOAD. What outlives a program are files,
 * the virtual chip's among them, and so the steps are the calls that change or settle one; in front
 * of step NP_CUT_AT the process is gone, without a chance to tidy up; in front of NP_STOP_AT it
 * stops. Where there is no cut, the number of steps is left in the file NP_COUNT.
 */
#include <dlfcn.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { STATUS_OF_A_CUT = 77 };

static unsigned steps;

__attribute__((destructor)) static void leave_count(void)
{
    const char *path = getenv("NP_COUNT");
    FILE *file = path != NULL ? fopen(path, "w") : NULL;
    if (file != NULL) {
        fprintf(file, "%u\n", steps);
        fclose(file);
    }
}

static bool is_at(const char *name)
{
    const char *at = getenv(name);
    return at != NULL && strtoul(at, NULL, 10) == steps;
}

static void *step(const char *name)
{
    steps++;
    if (is_at("NP_CUT_AT")) {
        _exit(STATUS_OF_A_CUT);
    }
    if (is_at("NP_STOP_AT")) {
        raise(SIGSTOP);
    }
    return dlsym(RTLD_NEXT, name);
}

int rename(const char *from, const char *to)
{
    return ((int (*)(const char *, const char *))step("rename"))(from, to);
}

int unlink(const char *path)
{
    return ((int (*)(const char *))step("unlink"))(path);
}

int fsync(int fd)
{
    return ((int (*)(int))step("fsync"))(fd);
}

int mkdir(const char *path, mode_t mode)
{
    return ((int (*)(const char *, mode_t))step("mkdir"))(path, mode);
}
