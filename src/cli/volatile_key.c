/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/volatile_key.h"

#include "base/text.h"
#include "base/wipe.h"
#include "cli/file.h"
#include "cli/signals.h"

enum { HEX_SIZE = 2 * NP_VOLATILE_KEY_SIZE };

void cli_volatile_key_clear(cli_volatile_key *key)
{
    np_wipe(key, sizeof(*key));
}

typedef struct hex_digits {
    char text[HEX_SIZE + 1];
} hex_digits;

static void hex_digits_clear(hex_digits *digits)
{
    np_wipe(digits, sizeof(*digits));
}

static bool parse_key(np_bytes text, cli_volatile_key *ret)
{
    NP_CLEANUP(hex_digits_clear) hex_digits digits = {{0}};
    if (text.len == NP_VOLATILE_KEY_SIZE) {
        memcpy(ret->bytes, text.data, text.len);
        return true;
    }
    if (text.len != HEX_SIZE) {
        return false;
    }
    memcpy(digits.text, text.data, text.len);
    return np_parse_hex(digits.text, ret->bytes, sizeof(ret->bytes), NULL) == NP_OK;
}

np_code cli_volatile_key_load(const char *path, cli_volatile_key *ret, np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    NP_TRY(cli_file_load(path, &file, err));
    np_bytes text = cli_file_bytes(&file);
    bool has_line_feed = (text.len == NP_VOLATILE_KEY_SIZE + 1 || text.len == HEX_SIZE + 1) &&
                         text.data[text.len - 1] == '\n';
    text.len -= has_line_feed ? 1 : 0;
    if (!parse_key(text, ret)) {
        return np_error_set(err, NP_EINPUT_FORMAT,
                            "%s: neither the %d bytes of a key nor their %d "
                            "hex digits",
                            path, NP_VOLATILE_KEY_SIZE, HEX_SIZE);
    }
    return NP_OK;
}

np_code cli_volatile_run(const char *path, np_atecc *chip, const np_volatile_work *work,
                         np_error *err)
{
    NP_CLEANUP(cli_volatile_key_clear) cli_volatile_key key;
    if (path == NULL) {
        return np_volatile_run(chip, NULL, np_random_system(), work, err);
    }
    NP_TRY(cli_volatile_key_load(path, &key, err));
    sigset_t before = cli_signals_hold();
    np_code code = np_volatile_run(chip, key.bytes, np_random_system(), work, err);
    cli_signals_let_through(&before);
    return code;
}
