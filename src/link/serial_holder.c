/* SPDX-License-Identifier: Apache-2.0 */
#include "link/serial_holder.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_folder(DIR **folder)
{
    if (*folder != NULL) {
        closedir(*folder);
    }
}

/* Is one of these files that tty? The server of a virtual modem has it open too, but no lock. */
static bool has_open(const char *files, dev_t tty)
{
    __attribute__((cleanup(close_folder))) DIR *folder = opendir(files);
    const struct dirent *entry;
    while (folder != NULL && (entry = readdir(folder)) != NULL) {
        struct stat status;
        if (fstatat(dirfd(folder), entry->d_name, &status, 0) == 0 && S_ISCHR(status.st_mode) &&
            status.st_rdev == tty) {
            return true;
        }
    }
    return false;
}

static void read_name(pid_t pid, char *ret, size_t size)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/comm", (int)pid);
    FILE *file = fopen(path, "re");
    if (file == NULL || fgets(ret, (int)size, file) == NULL) {
        snprintf(ret, size, "?");
    }
    ret[strcspn(ret, "\n")] = '\0';
    if (file != NULL) {
        fclose(file);
    }
}

/* A pty's server is older than its clients; the youngest opener is the one in the way. */
bool serial_holder_find(const char *path, serial_holder *ret)
{
    __attribute__((cleanup(close_folder))) DIR *folder = opendir("/proc");
    const struct dirent *entry;
    struct stat tty;
    ret->pid = 0;
    if (folder == NULL || stat(path, &tty) != 0) {
        return false;
    }
    while ((entry = readdir(folder)) != NULL) {
        char files[PATH_MAX];
        pid_t pid = (pid_t)strtol(entry->d_name, NULL, 10);
        if (pid <= 0 || pid == getpid()) {
            continue;
        }
        snprintf(files, sizeof(files), "/proc/%d/fd", (int)pid);
        if (pid > ret->pid && has_open(files, tty.st_rdev)) {
            ret->pid = pid;
        }
    }
    if (ret->pid == 0) {
        return false;
    }
    read_name(ret->pid, ret->name, sizeof(ret->name));
    return true;
}
