/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk whose syncs take longer, by $NAMEPLATE_BENCH_SYNC_MS: preloaded (LD_PRELOAD) into what is
 * measured, a benchmark or a server.
 */
#include "base/error.h"
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

NP_PUBLIC int fsync(int file); /* found before the C library's */
NP_PUBLIC int fdatasync(int file);

static int sync_slowly(const char *name, int file)
{
    const char *text = getenv("NAMEPLATE_BENCH_SYNC_MS");
    const struct timespec pause = {.tv_nsec = (text == NULL ? 0 : atol(text)) * 1000000};
    void *found = dlsym(RTLD_NEXT, name);
    int (*real)(int) = NULL;
    memcpy(&real, &found, sizeof(real));
    nanosleep(&pause, NULL);
    return real(file);
}

int fsync(int file)
{
    return sync_slowly("fsync", file);
}

int fdatasync(int file)
{
    return sync_slowly("fdatasync", file);
}
