/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/text_file.h"

#include "base/wipe.h"
#include "files/load.h"
#include "link/whole_file.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_SIZE = 16384 }; /* not tuned */

static void close_at(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

static np_code io_error(const char *path, const char *what, np_error *err)
{
    int reason = errno;
    return np_error_set_sub(err, NP_ESTATION_IO, reason, "%s: %s: %s", path, what,
                            strerror(reason));
}

void cloud_text_clear(cloud_text *text)
{
    free(text->data);
    *text = (cloud_text){0};
}

static bool grow(cloud_text *text, size_t *size)
{
    if (text->len + 1 < *size) {
        return true;
    }
    uint8_t *larger = realloc(text->data, *size * 2);
    text->data = larger != NULL ? larger : text->data;
    *size *= larger != NULL ? 2 : 1;
    return larger != NULL;
}

static np_code read_all(int fd, const char *path, cloud_text *text, np_error *err)
{
    size_t size = FIRST_SIZE / 2;
    for (;;) {
        if (!grow(text, &size)) {
            return np_error_set(err, NP_ESTATION_MEMORY, "no memory for %s", path);
        }
        ssize_t count = read(fd, text->data + text->len, size - text->len - 1);
        if (count < 0 && errno != EINTR) {
            return io_error(path, "cannot be read", err);
        }
        text->len += count > 0 ? (size_t)count : 0;
        if (text->len > CLOUD_TEXT_MAX) {
            return np_error_set(err, NP_EINPUT_RANGE, "%s: larger than %u megabytes", path,
                                (unsigned)(CLOUD_TEXT_MAX >> 20));
        }
        if (count == 0) {
            text->data[text->len] = '\0';
            return NP_OK;
        }
    }
}

np_code cloud_text_load(const char *path, cloud_text *ret, np_error *err)
{
    NP_CLEANUP(close_at) int fd = -1;
    NP_TRY(np_file_open(strcmp(path, "-") == 0 ? "/dev/stdin" : path, &fd, err));
    NP_CLEANUP(cloud_text_clear) cloud_text text = {.data = malloc(FIRST_SIZE / 2)};
    if (text.data == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for %s", path);
    }
    NP_TRY(read_all(fd, path, &text, err));
    *ret = text;
    text = (cloud_text){0};
    return NP_OK;
}

/* As it was, whatever an append left of itself. */
static np_code undo(int fd, const char *path, size_t keep, np_error *err)
{
    np_code code = io_error(path, "cannot be written", err);
    if (ftruncate(fd, (off_t)keep) != 0) {
        np_error_hint(err, code, "the last row may be incomplete; the next run removes it");
    }
    return code;
}

np_code cloud_text_append(const char *path, size_t keep, np_bytes bytes, np_error *err)
{
    struct stat status;
    NP_CLEANUP(close_at)
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
    if (fd < 0 || fstat(fd, &status) != 0) {
        return io_error(path, "cannot be opened", err);
    }
    if (status.st_size > (off_t)keep && ftruncate(fd, (off_t)keep) != 0) {
        return io_error(path, "cannot be written", err);
    }
    if (!np_file_write(fd, bytes)) {
        return undo(fd, path, keep, err);
    }
    return keep == 0 ? np_file_sync_name(path, err) : NP_OK;
}
