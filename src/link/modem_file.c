/* SPDX-License-Identifier: Apache-2.0 */
#include "link/modem_file.h"

#include "base/wipe.h"
#include "link/lock_file.h"
#include "link/state_file.h"
#include "link/whole_file.h"
#include "virtual/modem_image.h"
#include "virtual/modem_line.h"
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static const state_kind kind = {"modem", "nrf9160", NP_MODEM_IMAGE_HEAD + 32, NP_MODEM_IMAGE_MAX};

struct modem_file {
    char *path; /* resolved, so that a rename replaces the file and not a link to it */
    int lock;
    np_virtual_line line;
    np_port inner;
    uint64_t stored_generation;
    uint64_t stores;
    uint8_t image[NP_MODEM_IMAGE_MAX];
};

np_code modem_file_store(modem_file *file, np_error *err)
{
    uint64_t generation = np_virtual_modem_generation(file->line.modem);
    if (generation == file->stored_generation) {
        return NP_OK;
    }
    np_writer writer = np_writer_of(file->image, sizeof(file->image));
    np_modem_image_encode(np_virtual_modem_state(file->line.modem), &writer);
    NP_TRY(np_file_replace(file->path, 0600, np_writer_bytes(&writer), err));
    file->stored_generation = generation;
    file->stores++;
    return NP_OK;
}

static np_code port_write(void *self, np_bytes bytes, np_error *err)
{
    modem_file *file = self;
    NP_TRY(file->inner.ops->write(file->inner.self, bytes, err));
    return modem_file_store(file, err);
}

static np_code port_read(void *self, uint64_t deadline_ns, uint8_t *ret_bytes, size_t size,
                         size_t *ret_len, np_error *err)
{
    modem_file *file = self;
    NP_TRY(file->inner.ops->read(file->inner.self, deadline_ns, ret_bytes, size, ret_len, err));
    return modem_file_store(file, err);
}

static uint64_t port_now_ns(void *self)
{
    modem_file *file = self;
    return file->inner.ops->now_ns(file->inner.self);
}

static const np_port_ops storing_port = {
    .write = port_write, .read = port_read, .now_ns = port_now_ns};

np_port modem_file_port(modem_file *file)
{
    return (np_port){.ops = &storing_port, .self = file};
}

np_virtual_modem *modem_file_modem(modem_file *file)
{
    return file->line.modem;
}

uint64_t modem_file_stores(const modem_file *file)
{
    return file->stores;
}

static void release(modem_file *file)
{
    np_virtual_modem_free(file->line.modem);
    if (file->path != NULL) {
        lock_file_release(file->path, file->lock);
    }
    free(file->path);
    np_wipe(file->image, sizeof(file->image));
    free(file);
}

static void release_at(modem_file **file)
{
    if (*file != NULL) {
        release(*file);
    }
}

static void free_state(np_modem_state **state)
{
    if (*state != NULL) {
        np_modem_state_clear(*state);
        free(*state);
    }
}

static void free_image(uint8_t **image)
{
    if (*image != NULL) {
        np_wipe(*image, NP_MODEM_IMAGE_MAX);
        free(*image);
    }
}

np_code modem_file_read(const char *path, np_modem_state *ret, np_error *err)
{
    NP_CLEANUP(free_image) uint8_t *image = malloc(NP_MODEM_IMAGE_MAX);
    size_t len = 0;
    if (image == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the virtual modem");
    }
    NP_TRY(state_file_load(path, &kind, image, &len, err));
    np_code code = np_modem_image_decode(np_bytes_of(image, len), ret, err);
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "%s", path);
}

static np_code load_modem(modem_file *file, const modem_file_options *options, np_error *err)
{
    NP_CLEANUP(free_state) np_modem_state *state = calloc(1, sizeof(*state));
    const np_virtual_modem_options modem = {
        .pace = options->pace, .random = np_random_system(), .faults = options->faults};
    if (state == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the virtual modem");
    }
    NP_TRY(modem_file_read(file->path, state, err));
    file->line.modem = np_virtual_modem_new(&modem, state);
    if (file->line.modem == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the virtual modem");
    }
    file->stored_generation = np_virtual_modem_generation(file->line.modem);
    file->inner = np_virtual_line_port(&file->line);
    return NP_OK;
}

/* Looks before it locks: a wrong name must not leave a lock file behind. */
static np_code check_file(const char *path, np_error *err)
{
    NP_CLEANUP(free_state) np_modem_state *state = calloc(1, sizeof(*state));
    return state == NULL ? np_error_set(err, NP_ESTATION_MEMORY, "no memory for the virtual modem")
                         : modem_file_read(path, state, err);
}

np_code modem_file_open(const char *path, const modem_file_options *options, modem_file **ret,
                        np_error *err)
{
    NP_TRY(check_file(path, err));
    NP_CLEANUP(release_at) modem_file *file = calloc(1, sizeof(*file));
    if (file == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the virtual modem");
    }
    file->lock = -1;
    file->path = realpath(path, NULL);
    if (file->path == NULL) {
        return np_error_set(err, NP_EINPUT_MISSING, "%s: no such file", path);
    }
    NP_TRY(lock_file_take(file->path, options->lock_wait_ms, &file->lock, err));
    NP_TRY(load_modem(file, options, err));
    *ret = file;
    file = NULL;
    return NP_OK;
}

np_code modem_file_close(modem_file *file, np_error *err)
{
    if (file == NULL) {
        return NP_OK;
    }
    np_code code = modem_file_store(file, err);
    release(file);
    return code;
}

np_code modem_file_create(const char *path, const np_modem_state *state, np_error *err)
{
    NP_CLEANUP(free_image) uint8_t *image = malloc(NP_MODEM_IMAGE_MAX);
    if (image == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the virtual modem");
    }
    np_writer writer = np_writer_of(image, NP_MODEM_IMAGE_MAX);
    np_modem_image_encode(state, &writer);
    return np_file_create(path, 0600, np_writer_bytes(&writer), err);
}

bool modem_file_is(const char *path)
{
    uint8_t head[16];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        return false;
    }
    ssize_t count = read(fd, head, sizeof(head));
    close(fd);
    return count > 0 && np_modem_image_is(np_bytes_of(head, (size_t)count));
}
