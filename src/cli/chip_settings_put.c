/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/chip.h"
#include "cli/file.h"
#include "cli/signals.h"
#include "nerveskey/settings_json.h"
#include <string.h>

/* What is to be written; it can be passwords. */
typedef struct settings_text {
    uint8_t data[NP_SETTINGS_SIZE];
    size_t len;
} settings_text;

static void settings_text_clear(settings_text *text)
{
    np_wipe(text, sizeof(*text));
}

static void json_clear(json_t **value)
{
    json_decref(*value);
}

static np_code choose_atoms(const char *name, np_etf_atoms *ret, np_error *err)
{
    *ret = NP_ETF_ATOMS_UTF8;
    if (name == NULL || strcmp(name, "utf8") == 0) {
        return NP_OK;
    }
    *ret = NP_ETF_ATOMS_LATIN1;
    return strcmp(name, "latin1") == 0
               ? NP_OK
               : np_error_set(err, NP_EUSAGE, "--atoms takes utf8 or latin1, not '%s'", name);
}

static np_code load_json(const char *path, np_etf_atoms atoms, settings_text *ret, np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    json_error_t error;
    NP_TRY(cli_file_load_any(path, &file, err));
    NP_CLEANUP(json_clear)
    json_t *value = json_loadb((const char *)file.data, file.len,
                               JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &error);
    if (value == NULL) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s: line %d: %s", path, error.line, error.text);
    }
    np_code code = np_settings_encode(value, atoms, ret->data, &ret->len, err);
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "%s", path);
}

static np_code load_raw(const char *path, settings_text *ret, np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    NP_TRY(cli_file_load_any(path, &file, err));
    if (file.len > sizeof(ret->data)) {
        np_code code = np_error_set(err, NP_EINPUT_RANGE,
                                    "%s: the settings need %zu bytes; a chip stores at most %zu",
                                    path, file.len, sizeof(ret->data));
        return np_error_hint(err, code, "nothing was written");
    }
    if (file.len > 0) {
        memcpy(ret->data, file.data, file.len);
    }
    ret->len = file.len;
    return NP_OK;
}

static np_code load(const cli_arguments *arguments, settings_text *ret, np_error *err)
{
    np_etf_atoms atoms;
    NP_TRY(choose_atoms(arguments->atoms, &atoms, err));
    if ((arguments->raw_file == NULL) == (arguments->operand == NULL)) {
        return np_error_set(err, NP_EUSAGE, "either a FILE with JSON or --raw FILE must be given");
    }
    return arguments->raw_file != NULL ? load_raw(arguments->raw_file, ret, err)
                                       : load_json(arguments->operand, atoms, ret, err);
}

/* About a second; half a write is worth nothing, so that signals wait. */
static np_code store(cli_chip *chip, np_bytes bytes, size_t *ret_capacity, np_error *err)
{
    sigset_t before = cli_signals_hold();
    np_code code = np_settings_write(&chip->device, bytes, ret_capacity, err);
    if (code == NP_OK) {
        code = cli_chip_close(chip, err);
    }
    cli_signals_let_through(&before);
    return code;
}

np_code cli_chip_settings_put(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_chip_abandon) cli_chip chip = {0};
    NP_CLEANUP(settings_text_clear) settings_text text = {0};
    size_t capacity = 0;
    NP_TRY(load(arguments, &text, err));
    NP_TRY(cli_chip_open(arguments, &chip, err));
    NP_TRY(store(&chip, np_bytes_of(text.data, text.len), &capacity, err));
    cli_print(output, "settings: %zu of %zu bytes", text.len, capacity);
    cli_put_json(output, "used", json_integer((json_int_t)text.len));
    cli_put_json(output, "capacity", json_integer((json_int_t)capacity));
    return NP_OK;
}
