/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/sign_file.h"

#include "base/wipe.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    NEW_MODE = 0644, /* no secret is in an archive; umask decides */
    COMPARE_SIZE = 16384,
    MODE_BITS = 07777,
};

typedef struct signed_file {
    const char *output;
    char place[PATH_MAX]; /* the output, symbolic links followed */
    char fresh[PATH_MAX];
    int input_fd;
    int fresh_fd;
    bool is_in_place;
    struct stat input;
} signed_file;

static void signed_file_close(signed_file *file)
{
    if (file->input_fd >= 0) {
        close(file->input_fd);
    }
    if (file->fresh_fd >= 0) {
        close(file->fresh_fd);
    }
}

static np_code io_error(const char *path, const char *what, np_error *err)
{
    return np_error_set_sub(err, NP_ESTATION_IO, errno, "%s: %s: %s", path, what, strerror(errno));
}

static np_code open_input(signed_file *file, const char *path, np_error *err)
{
    file->input_fd = open(path, O_RDONLY | O_CLOEXEC);
    if (file->input_fd < 0) {
        return errno == ENOENT ? np_error_set(err, NP_EINPUT_MISSING, "%s: no such file", path)
                               : io_error(path, "cannot be opened", err);
    }
    return fstat(file->input_fd, &file->input) == 0 ? NP_OK : io_error(path, "cannot be read", err);
}

/* The file itself, not a link to it, is what is replaced. */
static np_code name_output(signed_file *file, np_error *err)
{
    struct stat status;
    bool exists = stat(file->output, &status) == 0;
    file->is_in_place =
        exists && status.st_ino == file->input.st_ino && status.st_dev == file->input.st_dev;
    if (!file->is_in_place || realpath(file->output, file->place) == NULL) {
        snprintf(file->place, sizeof(file->place), "%s", file->output);
    }
    int len = snprintf(file->fresh, sizeof(file->fresh), "%.*s.new", PATH_MAX - 8, file->place);
    return strlen(file->output) < PATH_MAX - 8 && len > 0
               ? NP_OK
               : np_error_set(err, NP_EINPUT_RANGE, "the path is too long for a file");
}

/* A second process may come between opening and locking; then its file has a name by now. */
static np_code open_fresh(signed_file *file, np_error *err)
{
    struct stat held;
    struct stat named;
    file->fresh_fd =
        open(file->fresh, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, NEW_MODE);
    if (file->fresh_fd < 0) {
        return io_error(file->fresh, "cannot be made", err);
    }
    bool is_ours = flock(file->fresh_fd, LOCK_EX | LOCK_NB) == 0 &&
                   fstat(file->fresh_fd, &held) == 0 && lstat(file->fresh, &named) == 0 &&
                   held.st_ino == named.st_ino && held.st_dev == named.st_dev;
    if (!is_ours) {
        return np_error_set(err, NP_ESTATION_BUSY, "%s: another process is making it",
                            file->output);
    }
    if (!S_ISREG(held.st_mode)) {
        return np_error_set(err, NP_EINPUT_EXISTS, "%s: exists and is no file", file->fresh);
    }
    mode_t mode = file->input.st_mode & MODE_BITS;
    if (file->is_in_place && fchmod(file->fresh_fd, mode) != 0) {
        return io_error(file->fresh, "cannot get the mode of the archive", err);
    }
    return ftruncate(file->fresh_fd, 0) == 0 ? NP_OK
                                             : io_error(file->fresh, "cannot be emptied", err);
}

static np_code write_fresh(void *self, np_bytes bytes, np_error *err)
{
    const signed_file *file = self;
    for (size_t done = 0; done < bytes.len;) {
        ssize_t count = write(file->fresh_fd, bytes.data + done, bytes.len - done);
        if (count < 0 && errno != EINTR) {
            return io_error(file->fresh, "cannot be written", err);
        }
        done += count > 0 ? (size_t)count : 0;
    }
    return NP_OK;
}

/* Are two sources the same bytes? */
static np_code compare(const np_firmware_source *a, const np_firmware_source *b, bool *ret_is_same,
                       np_error *err)
{
    uint8_t of_a[COMPARE_SIZE];
    uint8_t of_b[COMPARE_SIZE];
    *ret_is_same = a->size == b->size;
    for (uint64_t at = 0; *ret_is_same && at < a->size; at += COMPARE_SIZE) {
        size_t len_a = 0;
        size_t len_b = 0;
        NP_TRY(a->read_at(a->self, at, of_a, sizeof(of_a), &len_a, err));
        NP_TRY(b->read_at(b->self, at, of_b, sizeof(of_b), &len_b, err));
        *ret_is_same = len_a == len_b && memcmp(of_a, of_b, len_a) == 0;
    }
    return NP_OK;
}

static void close_at(int *fd)
{
    if (*fd >= 0) {
        close(*fd);
    }
}

/* Is there a file of the name by now, and does it have the bytes that were made? */
static np_code look_at_output(const signed_file *file, bool *ret_exists, bool *ret_is_same,
                              np_error *err)
{
    np_firmware_source made;
    np_firmware_source found;
    NP_CLEANUP(close_at) int fd = open(file->place, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    *ret_is_same = false;
    *ret_exists = fd >= 0 || errno != ENOENT;
    if (fd < 0) {
        return NP_OK;
    }
    NP_TRY(np_firmware_source_of_fd(&file->fresh_fd, &made, err));
    if (np_firmware_source_of_fd(&fd, &found, NULL) != NP_OK) {
        return NP_OK; /* no regular file, so another one */
    }
    return compare(&made, &found, ret_is_same, err);
}

/* The name is durable when its folder is. */
static np_code sync_folder(const signed_file *file, np_error *err)
{
    char folder[PATH_MAX];
    snprintf(folder, sizeof(folder), "%s", file->place);
    char *slash = strrchr(folder, '/');
    if (slash == NULL) {
        snprintf(folder, sizeof(folder), ".");
    } else {
        slash[slash == folder ? 1 : 0] = '\0';
    }
    NP_CLEANUP(close_at) int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return fd >= 0 && fsync(fd) == 0 ? NP_OK : io_error(folder, "cannot be synchronized", err);
}

static np_code exists_error(const signed_file *file, np_error *err)
{
    unlink(file->fresh);
    np_error_set(err, NP_EINPUT_EXISTS, "%s: exists already and is not overwritten", file->output);
    return np_error_hint(err, NP_EINPUT_EXISTS, "name another file with --out");
}

static np_code name_it(const signed_file *file, np_error *err)
{
    unsigned flags = file->is_in_place ? 0 : RENAME_NOREPLACE;
    int result = renameat2(AT_FDCWD, file->fresh, AT_FDCWD, file->place, flags);
    if (result != 0 && errno == EINVAL && !file->is_in_place) {
        /* some file systems cannot rename without overwriting; a second name does the same */
        result = link(file->fresh, file->place);
        result = result == 0 ? unlink(file->fresh) : result;
    }
    if (result == 0) {
        return sync_folder(file, err);
    }
    return errno == EEXIST ? exists_error(file, err)
                           : io_error(file->output, "cannot be made", err);
}

static np_code publish(const signed_file *file, np_firmware_outcome *ret, np_error *err)
{
    bool exists;
    bool is_same;
    if (fsync(file->fresh_fd) != 0) {
        return io_error(file->fresh, "cannot be written", err);
    }
    NP_TRY(look_at_output(file, &exists, &is_same, err));
    ret->is_unchanged = is_same;
    if (is_same) {
        unlink(file->fresh);
        return sync_folder(file, err);
    }
    return exists && !file->is_in_place ? exists_error(file, err) : name_it(file, err);
}

static np_code make(signed_file *file, const np_firmware_signing *signing,
                    const np_firmware_facts *facts, np_error *err)
{
    const np_firmware_sink sink = {.write = write_fresh, .self = file};
    NP_TRY(open_fresh(file, err));
    np_code code = np_firmware_write_signed(signing, facts, &sink, err);
    if (code != NP_OK) {
        unlink(file->fresh);
    }
    return code;
}

np_code np_firmware_sign_file(const char *input, const char *output,
                              const np_firmware_private_key *key, np_firmware_facts *facts,
                              np_firmware_outcome *ret, np_error *err)
{
    np_firmware_source source;
    NP_CLEANUP(signed_file_close)
    signed_file file = {.output = output, .input_fd = -1, .fresh_fd = -1};
    const np_firmware_signing signing = {.source = &source, .key = key};
    NP_TRY(open_input(&file, input, err));
    NP_TRY(np_firmware_source_of_fd(&file.input_fd, &source, err));
    NP_TRY(name_output(&file, err));
    NP_TRY(np_firmware_check_signable(&signing, facts, err));
    NP_TRY(make(&file, &signing, facts, err));
    return publish(&file, ret, err);
}
