/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/key_pair.h"
#include "cli/modem/virtual_modem.h"
#include "nerveskey/trust_and_go_make.h"
#include "parts/parts.h"
#include "x509/pem.h"
#include <time.h>

static np_code parse_serial(const char *text, const np_part *part, np_chip_serial *ret,
                            np_error *err)
{
    bool is_hex = np_parse_hex(text, ret->bytes, sizeof(ret->bytes), NULL) == NP_OK;
    if (!is_hex || !np_part_has_serial(part, ret)) {
        return np_error_set(err, NP_EUSAGE,
                            "--chip-serial takes 18 hex digits, 0123 to begin with and %02x at the "
                            "end, not '%s'",
                            (unsigned)part->serial_end, text);
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
static np_code choose_serial(const cli_arguments *arguments, const np_part *part,
                             np_chip_serial *serial, np_link_new_chip *chip, np_error *err)
{
    if (arguments->chip_serial != NULL) {
        chip->serial = serial;
        return parse_serial(arguments->chip_serial, part, serial, err);
    }
    if (arguments->image != NULL) {
        return NP_OK;
    }
    chip->serial = serial;
    return np_part_draw_serial(part, np_random_system(), serial, err);
}

static np_code write_root(const char *path, np_error *err)
{
    np_issued root;
    uint8_t pem[sizeof(root.der) * 3 / 2];
    np_writer writer = np_writer_of(pem, sizeof(pem));
    NP_TRY(np_trust_and_go_make_root(&root, err));
    np_pem_encode(&writer, "CERTIFICATE", np_bytes_of(root.der, root.der_len));
    return np_file_create(path, CLI_CERTIFICATE_MODE, np_writer_bytes(&writer), err);
}

static np_code create(const cli_arguments *arguments, const np_part *part, np_link_new_chip *chip,
                      np_chip_serial *ret_serial, np_error *err)
{
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    if (arguments->root_out != NULL) {
        NP_TRY(cli_file_check_free(arguments->root_out, err));
    }
    if (arguments->image != NULL) {
        NP_TRY(load_config(arguments->image, config, err));
        chip->config = NP_BYTES(config);
    }
    NP_TRY(np_part_create(part, arguments->target, chip, (int64_t)time(NULL), err));
    if (chip->serial == NULL) {
        *ret_serial = np_config_serial(config);
    }
    return arguments->root_out == NULL ? NP_OK : write_root(arguments->root_out, err);
}

static np_code find_part(const char *name, const np_part **ret, np_error *err)
{
    np_code code = np_part_by_name(name, ret, err);
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "--model");
}

static np_code check_options(const cli_arguments *arguments, const np_part *part, np_error *err)
{
    if (arguments->shell != NULL || arguments->imei != NULL || arguments->firmware != NULL ||
        arguments->line_end != NULL) {
        return np_error_set(err, NP_EUSAGE,
                            "--shell, --line-end, --imei and --firmware are for modems");
    }
    if (part->is_trust_and_go && arguments->image != NULL) {
        return np_error_set(err, NP_EUSAGE, "--image: the configuration of %s is Microchip's",
                            part->name);
    }
    if (!part->is_trust_and_go && arguments->root_out != NULL) {
        return np_error_set(err, NP_EUSAGE, "--root-out: %s has no root; tngtls has one",
                            part->name);
    }
    return NP_OK;
}

np_code cli_virtual_create(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    const np_part *part = NULL;
    np_chip_serial serial;
    np_modem_model modem;
    if (np_modem_model_by_name(arguments->model, &modem)) {
        return cli_virtual_modem_create(arguments, modem, output, err);
    }
    NP_TRY(find_part(arguments->model, &part, err));
    NP_TRY(check_options(arguments, part, err));
    np_link_new_chip chip = {0};
    NP_TRY(choose_serial(arguments, part, &serial, &chip, err));
    NP_TRY(create(arguments, part, &chip, &serial, err));
    cli_put_text(output, "path", "path", arguments->target);
    cli_put_text(output, "model", "model", part->name);
    cli_put_hex(output, "chip_serial", "chip serial", NP_BYTES(serial.bytes));
    if (arguments->root_out != NULL) {
        cli_put_text(output, "root_path", "root", arguments->root_out);
        cli_note("everybody has the key of this root: it is for trying things out alone");
    }
    return NP_OK;
}
