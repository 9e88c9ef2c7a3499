/* SPDX-License-Identifier: Apache-2.0 */
#include "link/link.h"

#include "atecc/zones.h"
#include "base/wipe.h"
#include "link/state_file.h"
#include "link/virtual_file.h"
#include <stdlib.h>

struct np_link {
    virtual_file *file; /* the one kind of link that is built in */
    uint8_t address;
};

/* What a URI says. */
typedef struct link_target {
    char *place; /* behind the scheme, without the query */
    uint8_t address;
} link_target;

static void link_target_clear(link_target *target)
{
    free(target->place);
}

static np_code open_virtual(const link_target *target, const np_link_options *options,
                            np_link *link, np_error *err)
{
    return virtual_file_open(target->place, options, &link->file, err);
}

typedef struct link_scheme {
    const char *prefix;
    /* NULL: known, but not built into this version */
    np_code (*open)(const link_target *target, const np_link_options *options, np_link *link,
                    np_error *err);
} link_scheme;

static const link_scheme schemes[] = {
    {"virtual:", open_virtual},
    {"i2c:", NULL},
    {"unix:", NULL},
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

/* "0x60" or "96"; 7 bits without the addresses that the bus reserves. */
static np_code parse_address(const char *text, uint8_t *ret, np_error *err)
{
    char *end = NULL;
    unsigned long value = strtoul(text, &end, 0);
    if (*text < '0' || *text > '9' || *end != '\0' || value < 0x08 || value > 0x77) {
        return np_error_set(err, NP_EUSAGE, "'%s' is no 7-bit address from 0x08 to 0x77", text);
    }
    *ret = (uint8_t)value;
    return NP_OK;
}

static np_code parse_target(const char *rest, link_target *ret, np_error *err)
{
    static const char query[] = "?addr=";
    const char *found = strstr(rest, query);
    size_t length = found == NULL ? strlen(rest) : (size_t)(found - rest);
    ret->address = NP_ATECC_DEFAULT_ADDRESS;
    if (found != NULL) {
        NP_TRY(parse_address(found + strlen(query), &ret->address, err));
    }
    if (length == 0) {
        return np_error_set(err, NP_EUSAGE, "the chip's URI names no file");
    }
    ret->place = strndup(rest, length);
    if (ret->place == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the link");
    }
    return NP_OK;
}

static np_code refuse_scheme(const char *uri, const link_scheme *scheme, np_error *err)
{
    if (scheme != NULL) {
        np_error_set(err, NP_EUSAGE, "%s: %s links are not built into this version", uri,
                     scheme->prefix);
    } else {
        np_error_set(err, NP_EUSAGE, "'%s' is no URI of a chip", uri);
    }
    return np_error_hint(err, NP_EUSAGE, "use virtual:FILE");
}

np_code np_link_open(const char *uri, const np_link_options *options, np_link **ret, np_error *err)
{
    const link_scheme *scheme = find_scheme(uri);
    if (scheme == NULL || scheme->open == NULL) {
        return refuse_scheme(uri, scheme, err);
    }
    NP_CLEANUP(link_target_clear) link_target target = {0};
    NP_TRY(parse_target(uri + strlen(scheme->prefix), &target, err));
    np_link *link = calloc(1, sizeof(*link));
    if (link == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the link");
    }
    link->address = target.address;
    np_code code = scheme->open(&target, options, link, err);
    if (code != NP_OK) {
        free(link);
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
    np_code code = virtual_file_close(link->file, err);
    free(link);
    return code;
}

np_bus np_link_bus(np_link *link)
{
    return virtual_file_bus(link->file);
}

uint8_t np_link_address(const np_link *link)
{
    return link->address;
}

bool np_link_is_virtual(const np_link *link)
{
    return link->file != NULL;
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

np_code np_link_create_virtual(const char *path, const np_link_new_chip *chip, np_error *err)
{
    NP_CLEANUP(state_image_clear) state_image image;
    uint8_t eeprom[NP_EEPROM_SIZE];
    NP_TRY(make_eeprom(chip, eeprom, err));
    np_chip_image_encode(chip->model, eeprom, image.bytes);
    return state_file_create(path, &image, err);
}
