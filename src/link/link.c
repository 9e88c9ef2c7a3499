/* SPDX-License-Identifier: Apache-2.0 */
#include "link/link.h"

#include "atecc/device.h"
#include "base/wipe.h"
#include "link/i2c_dev.h"
#include "link/socket_link.h"
#include "link/state_file.h"
#include "link/target.h"
#include "link/trace.h"
#include "link/virtual_file.h"
#include <stdlib.h>

struct np_link {
    np_bus bus;
    void *self; /* what close takes */
    np_code (*close)(void *self, np_error *err);
    uint8_t address;
    bool is_virtual;
    trace trace; /* around the bus, when somebody asked for it */
};

static void link_target_clear(link_target *target)
{
    free(target->place);
}

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

static np_code close_socket(void *self, np_error *err)
{
    (void)err;
    socket_link_close(self);
    return NP_OK;
}

static np_code open_socket(const link_target *target, const np_link_options *options, np_link *link,
                           np_error *err)
{
    socket_link *client = NULL;
    NP_TRY(socket_link_open(target->place, options, &client, err));
    link->bus = socket_link_bus(client);
    link->self = client;
    link->close = close_socket;
    link->is_virtual = true;
    return NP_OK;
}

static np_code close_i2c(void *self, np_error *err)
{
    (void)err;
    i2c_dev_close(self);
    return NP_OK;
}

static np_code open_i2c(const link_target *target, const np_link_options *options, np_link *link,
                        np_error *err)
{
    i2c_dev *bus = NULL;
    NP_TRY(i2c_dev_open(target, options, &bus, err));
    link->bus = i2c_dev_bus(bus);
    link->self = bus;
    link->close = close_i2c;
    return NP_OK;
}

typedef struct link_scheme {
    const char *prefix;
    bool finds_address; /* where nothing tells it but the bus */
    bool has_speed;     /* khz= and wake= mean something */
    np_code (*open)(const link_target *target, const np_link_options *options, np_link *link,
                    np_error *err);
} link_scheme;

static const link_scheme schemes[] = {
    {"i2c:", true, true, open_i2c},
    {"virtual:", false, false, open_virtual},
    {"unix:", true, false, open_socket},
};

static const link_scheme *find_scheme(const char *uri)
{
    for (size_t i = 0; i < NP_COUNT_OF(schemes); i++) {
        if (strncmp(uri, schemes[i].prefix, strlen(schemes[i].prefix)) == 0) {
            return &schemes[i];
        }
    }
    return NULL;
}

static np_code refuse_scheme(const char *uri, np_error *err)
{
    np_error_set(err, NP_EUSAGE, "'%s' is no URI of a chip", uri);
    return np_error_hint(err, NP_EUSAGE, "use i2c:/dev/i2c-N, virtual:FILE or unix:PATH");
}

/* Where parts of the family answer: blank ones and NervesKey's, Trust&GO, TrustFLEX (1.9). */
static const uint8_t usual_addresses[] = {NP_ATECC_DEFAULT_ADDRESS, 0x35, 0x36};

static np_code find_address(np_link *link, np_error *err)
{
    for (size_t i = 0; i < sizeof(usual_addresses); i++) {
        np_atecc chip;
        bool is_there = false;
        np_atecc_init(&chip, link->bus, usual_addresses[i]);
        NP_TRY(np_atecc_detect(&chip, &is_there, err));
        NP_TRY(np_atecc_sleep(&chip, err));
        if (is_there) {
            link->address = usual_addresses[i];
            return NP_OK;
        }
    }
    /* The caller's own attempt says why, and looks where an interrupted write may have left it. */
    link->address = NP_ATECC_DEFAULT_ADDRESS;
    return NP_OK;
}

static np_code open_target(const char *uri, const link_scheme *scheme,
                           const np_link_options *options, np_link *link, np_error *err)
{
    NP_CLEANUP(link_target_clear) link_target target = {0};
    NP_TRY(link_target_parse(uri + strlen(scheme->prefix), &target, err));
    link->address = NP_ATECC_DEFAULT_ADDRESS;
    if (!scheme->has_speed && (target.khz != 0 || target.wake != LINK_WAKE_AUTO)) {
        return np_error_set(err, NP_EUSAGE, "khz= and wake= are for i2c: alone");
    }
    NP_TRY(scheme->open(&target, options, link, err));
    if (options->trace != NULL) {
        link->bus = trace_begin(&link->trace, link->bus, options->trace, options->trace_self);
    }
    if (target.address != 0) {
        link->address = target.address;
    }
    return target.address == 0 && scheme->finds_address ? find_address(link, err) : NP_OK;
}

np_code np_link_open(const char *uri, const np_link_options *options, np_link **ret, np_error *err)
{
    const link_scheme *scheme = find_scheme(uri);
    if (scheme == NULL) {
        return refuse_scheme(uri, err);
    }
    np_link *link = calloc(1, sizeof(*link));
    if (link == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the link");
    }
    np_code code = open_target(uri, scheme, options, link, err);
    if (code != NP_OK) {
        np_error ignored;
        np_code closed = np_link_close(link, &ignored);
        (void)closed; /* the first error is the one that counts */
        return code;
    }
    *ret = link;
    return NP_OK;
}

np_code np_link_close(np_link *link, np_error *err)
{
    if (link == NULL) {
        return NP_OK;
    }
    if (link->trace.sink != NULL) {
        trace_end(&link->trace);
    }
    np_code code = link->close == NULL ? NP_OK : link->close(link->self, err);
    free(link);
    return code;
}

np_bus np_link_bus(np_link *link)
{
    return link->bus;
}

uint8_t np_link_address(const np_link *link)
{
    return link->address;
}

bool np_link_is_virtual(const np_link *link)
{
    return link->is_virtual;
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

static np_code store_eeprom(const char *path, const np_link_new_chip *chip, state_image *image,
                            np_error *err)
{
    if (chip->eeprom.len != NP_EEPROM_SIZE) {
        return np_error_set(err, NP_EINPUT_FORMAT, "the memory has %zu bytes instead of %zu",
                            chip->eeprom.len, (size_t)NP_EEPROM_SIZE);
    }
    np_chip_image_encode(chip->model, chip->eeprom.data, image->bytes);
    return state_file_create(path, image, err);
}

np_code np_link_create_virtual(const char *path, const np_link_new_chip *chip, np_error *err)
{
    NP_CLEANUP(state_image_clear) state_image image;
    uint8_t eeprom[NP_EEPROM_SIZE];
    if (chip->eeprom.data != NULL) {
        return store_eeprom(path, chip, &image, err);
    }
    NP_TRY(make_eeprom(chip, eeprom, err));
    np_chip_image_encode(chip->model, eeprom, image.bytes);
    return state_file_create(path, &image, err);
}
