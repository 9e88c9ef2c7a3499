/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/file.h"
#include "link/link.h"

static np_code parse_model(const char *name, np_atecc_model *ret, np_error *err)
{
    if (np_atecc_model_by_name(name, ret)) {
        return NP_OK;
    }
    np_error_set(err, NP_EUSAGE, "--model: there is no virtual part '%s'", name);
    return np_error_hint(err, NP_EUSAGE, "atecc508a, atecc608a or atecc608b");
}

static np_code random_serial(np_chip_serial *ret, np_error *err)
{
    np_random random = np_random_system();
    NP_TRY(random.fill(random.self, ret->bytes, sizeof(ret->bytes), err));
    ret->bytes[0] = 0x01;
    ret->bytes[1] = 0x23;
    ret->bytes[8] = 0xee;
    return NP_OK;
}

/* All parts of the family have the same first two bytes and last byte (specs of the chip 3.2). */
static np_code parse_serial(const char *text, np_chip_serial *ret, np_error *err)
{
    bool is_hex = np_parse_hex(text, ret->bytes, sizeof(ret->bytes), NULL) == NP_OK;
    if (!is_hex || ret->bytes[0] != 0x01 || ret->bytes[1] != 0x23 || ret->bytes[8] != 0xee) {
        return np_error_set(err, NP_EUSAGE,
                            "--chip-serial takes 18 hex digits, 0123 to begin with and ee at the "
                            "end, not '%s'",
                            text);
    }
    return NP_OK;
}

/* A configuration in hex: digits and white space, 128 bytes. */
static bool parse_hex_config(np_bytes text, uint8_t ret[static NP_ATECC_CONFIG_SIZE])
{
    char digits[2 * NP_ATECC_CONFIG_SIZE + 1] = {0};
    size_t count = 0;
    for (size_t i = 0; i < text.len; i++) {
        char character = (char)text.data[i];
        if (strchr(" \t\r\n", character) != NULL && character != '\0') {
            continue;
        }
        if (count == sizeof(digits) - 1) {
            return false;
        }
        digits[count++] = character;
    }
    return np_parse_hex(digits, ret, NP_ATECC_CONFIG_SIZE, NULL) == NP_OK;
}

static np_code load_config(const char *path, uint8_t ret[static NP_ATECC_CONFIG_SIZE],
                           np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    NP_TRY(cli_file_load(path, &file, err));
    if (file.len == NP_ATECC_CONFIG_SIZE) {
        memcpy(ret, file.data, file.len);
        return NP_OK;
    }
    if (!parse_hex_config(cli_file_bytes(&file), ret)) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "%s: neither the 128 bytes of a configuration zone nor their hex "
                            "digits",
                            path);
    }
    return NP_OK;
}

/* A given configuration brings its serial; without one, the given serial or a random one. */
static np_code choose_serial(const cli_arguments *arguments, np_chip_serial *serial,
                             np_link_new_chip *chip, np_error *err)
{
    if (arguments->chip_serial != NULL) {
        chip->serial = serial;
        return parse_serial(arguments->chip_serial, serial, err);
    }
    if (arguments->image != NULL) {
        return NP_OK;
    }
    chip->serial = serial;
    return random_serial(serial, err);
}

np_code cli_virtual_create(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    np_link_new_chip chip = {0};
    np_chip_serial serial;
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    NP_TRY(parse_model(arguments->model, &chip.model, err));
    NP_TRY(choose_serial(arguments, &serial, &chip, err));
    if (arguments->image != NULL) {
        NP_TRY(load_config(arguments->image, config, err));
        chip.config = NP_BYTES(config);
    }
    NP_TRY(np_link_create_virtual(arguments->target, &chip, err));
    np_chip_serial made = chip.serial != NULL ? serial : np_config_serial(config);
    cli_put_text(output, "path", "path", arguments->target);
    cli_put_text(output, "model", "model", np_atecc_model_name(chip.model));
    cli_put_hex(output, "chip_serial", "chip serial", NP_BYTES(made.bytes));
    return NP_OK;
}
