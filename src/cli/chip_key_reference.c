/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/chip_use.h"
#include "nerveskey/layout.h"
#include "provider/reference.h"
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

/*
 * A reference is used by programs that run elsewhere: a path in the URI becomes absolute. i2c: has
 * a node, which is absolute or the user's business.
 */
static np_code make_absolute(const char *uri, char *ret, size_t size, np_error *err)
{
    static const char *const schemes[] = {"virtual:", "unix:"};
    char folder[PATH_MAX];
    np_writer writer = np_writer_of((uint8_t *)ret, size);
    size_t prefix = 0;
    for (size_t i = 0; i < NP_COUNT_OF(schemes); i++) {
        size_t len = strlen(schemes[i]);
        prefix = strncmp(uri, schemes[i], len) == 0 ? len : prefix;
    }
    np_write_bytes(&writer, np_bytes_of(uri, prefix));
    if (prefix != 0 && uri[prefix] != '/') {
        if (getcwd(folder, sizeof(folder)) == NULL) {
            return np_error_set(err, NP_ESTATION_IO, "the current folder has no name");
        }
        np_write_text(&writer, folder);
        np_write_text(&writer, "/");
    }
    np_write_bytes(&writer, np_bytes_of(uri + prefix, strlen(uri + prefix) + 1));
    return np_writer_has_room(&writer) ? NP_OK
                                       : np_error_set(err, NP_EINPUT_RANGE, "the URI is too long");
}

static np_code read_key(cli_chip *chip, np_key_reference *ret, np_error *err)
{
    uint8_t config[NP_ATECC_CONFIG_SIZE];
    NP_TRY(np_atecc_read_config(&chip->device, 0, sizeof(config), config, err));
    ret->chip_serial = np_config_serial(config);
    np_code code = np_atecc_genkey_public(&chip->device, ret->slot, ret->point, err);
    if (code == NP_EDEVICE_STATUS) {
        np_error_prefix(err, code, "asking for the public key of slot %u", ret->slot);
        return np_error_hint(err, code, "nameplate chip explain tells what the slot allows");
    }
    return code;
}

static void put_reference(const np_key_reference *reference, cli_output *output)
{
    uint8_t der[NP_KEY_REFERENCE_DER_MAX];
    np_writer writer = np_writer_of(der, sizeof(der));
    np_key_reference_encode(reference, &writer);
    cli_put_json(output, "chip", cli_json_text(reference->chip));
    cli_put_json(output, "slot", json_integer(reference->slot));
    cli_put_json(output, "chip_serial", cli_json_hex(NP_BYTES(reference->chip_serial.bytes)));
    cli_put_json(output, "public_key", cli_json_hex(NP_BYTES(reference->point)));
    cli_put_pem_block(output, "key_reference", NP_KEY_REFERENCE_LABEL, np_writer_bytes(&writer));
}

np_code cli_chip_key_reference(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_chip_abandon) cli_chip chip = {0};
    np_key_reference reference = {0};
    char uri[NP_KEY_REFERENCE_URI_MAX + 1];
    NP_TRY(make_absolute(arguments->target, uri, sizeof(uri), err));
    NP_TRY(np_key_reference_set(&reference, uri, arguments->slot, err));
    NP_TRY(cli_use_open(arguments, &chip, err));
    NP_TRY(read_key(&chip, &reference, err));
    NP_TRY(cli_chip_close(&chip, err));
    put_reference(&reference, output);
    return NP_OK;
}
