/* SPDX-License-Identifier: Apache-2.0 */
#include "link/virtual_file.h"

#include "base/wipe.h"
#include "link/chip_image.h"
#include "link/lock_file.h"
#include "link/state_file.h"
#include "link/whole_file.h"
#include <stdlib.h>

enum { DEFAULT_CLOCK_HZ = 100000 };

/* Longer than any command takes (specs of the chip 5): what runs at closing time may end. */
#define LONGEST_COMMAND_NS UINT64_C(10000000000)

struct virtual_file {
    char *path; /* resolved, so that a rename replaces the file and not a link to it */
    int lock;
    np_virtual_chip *chip;
    np_virtual_bus bus;
    np_bus inner;
    uint64_t stored_generation;
};

static np_code store(virtual_file *file, np_error *err)
{
    NP_CLEANUP(chip_image_clear) chip_image image;
    np_chip_image_encode(np_virtual_chip_model(file->chip), np_virtual_chip_eeprom(file->chip),
                         image.bytes);
    NP_TRY(np_file_replace(file->path, 0600, NP_BYTES(image.bytes), err));
    file->stored_generation = np_virtual_chip_generation(file->chip);
    return NP_OK;
}

static np_code store_if_changed(virtual_file *file, uint64_t now_ns, np_error *err)
{
    np_virtual_chip_settle(file->chip, now_ns);
    if (np_virtual_chip_generation(file->chip) == file->stored_generation) {
        return NP_OK;
    }
    return store(file, err);
}

static np_code bus_write(void *self, uint8_t address, np_bytes data, bool *ret_acked, np_error *err)
{
    virtual_file *file = self;
    NP_TRY(file->inner.ops->write(file->inner.self, address, data, ret_acked, err));
    return store_if_changed(file, file->bus.now_ns, err);
}

static np_code bus_write_through(void *self, uint8_t address, np_bytes data, np_error *err)
{
    virtual_file *file = self;
    NP_TRY(file->inner.ops->write_through(file->inner.self, address, data, err));
    return store_if_changed(file, file->bus.now_ns, err);
}

static np_code bus_read(void *self, uint8_t address, uint8_t *ret_data, size_t size,
                        bool *ret_acked, np_error *err)
{
    virtual_file *file = self;
    NP_TRY(file->inner.ops->read(file->inner.self, address, ret_data, size, ret_acked, err));
    return store_if_changed(file, file->bus.now_ns, err);
}

static uint64_t bus_now_ns(void *self)
{
    virtual_file *file = self;
    return file->inner.ops->now_ns(file->inner.self);
}

static void bus_wait_until_ns(void *self, uint64_t deadline_ns)
{
    virtual_file *file = self;
    file->inner.ops->wait_until_ns(file->inner.self, deadline_ns);
}

static const np_bus_ops storing_bus = {
    .write = bus_write,
    .write_through = bus_write_through,
    .read = bus_read,
    .now_ns = bus_now_ns,
    .wait_until_ns = bus_wait_until_ns,
};

uint8_t virtual_file_address(const virtual_file *file)
{
    /* an address that a power cut has erased is for the driver to find, and not to be kept */
    uint8_t address = np_virtual_chip_address(file->chip);
    return address == NP_ATECC_ERASED >> 1 ? NP_ATECC_DEFAULT_ADDRESS : address;
}

np_bus virtual_file_bus(virtual_file *file)
{
    return (np_bus){.ops = &storing_bus, .self = file, .clock_hz = file->bus.clock_hz};
}

np_virtual_bus *virtual_file_wires(virtual_file *file)
{
    return &file->bus;
}

static void release(virtual_file *file)
{
    np_virtual_chip_free(file->chip);
    if (file->path != NULL) {
        lock_file_release(file->path, file->lock);
    }
    free(file->path);
    free(file);
}

static void release_at(virtual_file **file)
{
    if (*file != NULL) {
        release(*file);
    }
}

static np_code load_chip(virtual_file *file, const np_link_options *options, np_error *err)
{
    NP_CLEANUP(chip_image_clear) chip_image image;
    size_t len = 0;
    uint8_t eeprom[NP_EEPROM_SIZE];
    np_virtual_chip_options chip = {.pace = options->pace, .random = np_random_system()};
    NP_TRY(state_file_load(file->path, &state_kind_chip, image.bytes, &len, err));
    np_code code = np_chip_image_decode(NP_BYTES(image.bytes), &chip.model, eeprom, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "%s", file->path);
    }
    file->chip = np_virtual_chip_from_eeprom(&chip, eeprom);
    np_wipe(eeprom, sizeof(eeprom));
    if (file->chip == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the virtual chip");
    }
    file->stored_generation = np_virtual_chip_generation(file->chip);
    return NP_OK;
}

/* Looks before it locks: a wrong name must not leave a lock file behind. */
static np_code check_file(const char *path, np_error *err)
{
    NP_CLEANUP(chip_image_clear) chip_image image;
    size_t len = 0;
    return state_file_load(path, &state_kind_chip, image.bytes, &len, err);
}

np_code virtual_file_open(const char *path, const np_link_options *options, virtual_file **ret,
                          np_error *err)
{
    NP_TRY(check_file(path, err));
    NP_CLEANUP(release_at) virtual_file *file = calloc(1, sizeof(*file));
    if (file == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the virtual chip");
    }
    file->lock = -1;
    file->path = realpath(path, NULL);
    if (file->path == NULL) {
        return np_error_set(err, NP_EINPUT_MISSING, "%s: no such file", path);
    }
    NP_TRY(lock_file_take(file->path, options->lock_wait_ms, &file->lock, err));
    NP_TRY(load_chip(file, options, err));
    np_virtual_bus_init(&file->bus, options->clock_hz == 0 ? DEFAULT_CLOCK_HZ : options->clock_hz,
                        file->chip);
    file->inner = np_virtual_bus_table(&file->bus);
    *ret = file;
    file = NULL;
    return NP_OK;
}

np_code virtual_file_close(virtual_file *file, np_error *err)
{
    if (file == NULL) {
        return NP_OK;
    }
    np_code code = store_if_changed(file, file->bus.now_ns + LONGEST_COMMAND_NS, err);
    release(file);
    return code;
}
