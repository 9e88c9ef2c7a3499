/* SPDX-License-Identifier: Apache-2.0 */
#include "link/scheme.h"

#include "link/chip_image.h"
#include "link/virtual_file.h"
#include "link/whole_file.h"

static np_code close_virtual(void *self, np_error *err)
{
    return virtual_file_close(self, err);
}

static np_code open_virtual(const link_target *target, const np_link_options *options,
                            np_link *link, np_error *err)
{
    virtual_file *file = NULL;
    NP_TRY(virtual_file_open(target->place, options, &file, err));
    link->bus = virtual_file_bus(file);
    link->self = file;
    link->close = close_virtual;
    link->is_virtual = true;
    link->address = virtual_file_address(file);
    return NP_OK;
}

np_code np_link_open(const char *uri, const np_link_options *options, np_link **ret, np_error *err)
{
    static const link_scheme virtual_scheme = {"virtual:", false, false, open_virtual};
    static const link_scheme *const rows[] = {&link_scheme_i2c, &virtual_scheme,
                                              &link_scheme_socket};
    static const link_schemes schemes = {
        .rows = rows,
        .count = NP_COUNT_OF(rows),
        .whose = "",
        .hint = "use i2c:/dev/i2c-N, virtual:FILE or unix:PATH",
    };
    return link_open(&schemes, uri, options, ret, err);
}

static void put_serial(uint8_t *config, const np_chip_serial *serial)
{
    memcpy(config, serial->bytes, 4);
    memcpy(config + 8, serial->bytes + 4, 5);
}

/* A given configuration replaces the factory's; the rest of the EEPROM stays the factory's. */
static np_code put_config(np_bytes config, const np_link_new_chip *chip,
                          uint8_t eeprom[static NP_EEPROM_SIZE], np_error *err)
{
    np_atecc_model model;
    if (config.len != NP_ATECC_CONFIG_SIZE) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the configuration has %zu bytes instead of %zu",
                            config.len, (size_t)NP_ATECC_CONFIG_SIZE);
    }
    if (!np_atecc_model_by_revision(config.data + NP_CONFIG_REVISION, &model) ||
        model != chip->model) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "the configuration is not of an %s: its revision is another",
                            np_atecc_model_name(chip->model));
    }
    memcpy(eeprom + NP_EEPROM_CONFIG, config.data, config.len);
    if (chip->serial != NULL) {
        put_serial(eeprom + NP_EEPROM_CONFIG, chip->serial);
    }
    return NP_OK;
}

static np_code make_eeprom(const np_link_new_chip *chip, uint8_t ret[static NP_EEPROM_SIZE],
                           np_error *err)
{
    np_virtual_chip_options options = {.model = chip->model, .random = np_random_system()};
    np_chip_serial serial = {.bytes = {0x01, 0x23, 0, 0, 0, 0, 0, 0, 0xee}};
    if (chip->serial != NULL) {
        serial = *chip->serial;
    }
    np_virtual_chip *made = np_virtual_chip_new(&options, &serial);
    if (made == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the virtual chip");
    }
    memcpy(ret, np_virtual_chip_eeprom(made), NP_EEPROM_SIZE);
    np_virtual_chip_free(made);
    return chip->config.data == NULL ? NP_OK : put_config(chip->config, chip, ret, err);
}

static np_code store_eeprom(const char *path, const np_link_new_chip *chip, chip_image *image,
                            np_error *err)
{
    if (chip->eeprom.len != NP_EEPROM_SIZE) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the memory has %zu bytes instead of %zu",
                            chip->eeprom.len, (size_t)NP_EEPROM_SIZE);
    }
    np_chip_image_encode(chip->model, chip->eeprom.data, image->bytes);
    return np_file_create(path, 0600, NP_BYTES(image->bytes), err);
}

np_code np_link_create_virtual(const char *path, const np_link_new_chip *chip, np_error *err)
{
    NP_CLEANUP(chip_image_clear) chip_image image;
    uint8_t eeprom[NP_EEPROM_SIZE];
    if (chip->eeprom.data != NULL) {
        return store_eeprom(path, chip, &image, err);
    }
    NP_TRY(make_eeprom(chip, eeprom, err));
    np_chip_image_encode(chip->model, eeprom, image.bytes);
    return np_file_create(path, 0600, NP_BYTES(image.bytes), err);
}
