/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/chip.h"
#include "cli/file.h"
#include "nerveskey/settings.h"
#include "nerveskey/settings_json.h"

/* Settings can be passwords. */
enum { RAW_MODE = 0600 };

static const char *const atoms_names[] = {
    [NP_ETF_ATOMS_UTF8] = "utf8",
    [NP_ETF_ATOMS_LATIN1] = "latin1",
};

static void put_usage(cli_output *output, size_t used, size_t capacity, const char *atoms)
{
    cli_put_json(output, "is_empty", json_boolean(used == 0));
    cli_put_json(output, "atoms", atoms == NULL ? json_null() : cli_json_text(atoms));
    cli_put_json(output, "used", json_integer((json_int_t)used));
    cli_put_json(output, "capacity", json_integer((json_int_t)capacity));
}

static np_code put_raw(const char *path, np_bytes bytes, cli_output *output, np_error *err)
{
    NP_TRY(np_file_create(path, RAW_MODE, bytes, err));
    cli_put_text(output, "path", "settings", path);
    return NP_OK;
}

static np_code put_settings(np_bytes bytes, cli_output *output, np_error *err)
{
    json_t *settings = NULL;
    size_t used = 0;
    np_etf_atoms atoms = NP_ETF_ATOMS_UTF8;
    if (np_bytes_are_all(bytes, 0)) {
        cli_note("the chip carries no settings");
        cli_put_data(output, "settings", json_object());
        put_usage(output, 0, bytes.len, NULL);
        return NP_OK;
    }
    np_code code = np_settings_to_json(bytes, &settings, &used, &atoms, err);
    if (code != NP_OK) {
        np_error_prefix(err, code, "the settings on the chip cannot be read");
        return np_error_hint(err, code, "--raw FILE stores their bytes as they are");
    }
    if (atoms == NP_ETF_ATOMS_LATIN1) {
        cli_note("atoms are in the form of Erlang/OTP up to 25; --atoms latin1 writes them so");
    }
    cli_put_data(output, "settings", settings);
    put_usage(output, used, bytes.len, atoms_names[atoms]);
    return NP_OK;
}

np_code cli_chip_settings_get(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_chip_abandon) cli_chip chip = {0};
    np_settings area;
    if (arguments->raw_file != NULL) {
        NP_TRY(cli_file_check_free(arguments->raw_file, err));
    }
    NP_TRY(cli_chip_open(arguments, &chip, err));
    NP_TRY(np_settings_read(&chip.device, &area, err));
    NP_TRY(cli_chip_close(&chip, err));
    np_bytes bytes = np_bytes_of(area.bytes, area.capacity);
    return arguments->raw_file != NULL ? put_raw(arguments->raw_file, bytes, output, err)
                                       : put_settings(bytes, output, err);
}
