/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/chip.h"

#include <time.h>

enum { MS_PER_S = 1000 };

static void show_line(void *self, const char *text)
{
    (void)self;
    cli_note_line("%s", text);
}

np_code cli_chip_open(const cli_arguments *arguments, cli_chip *ret, np_error *err)
{
    np_link_options options = {.lock_wait_ms = arguments->wait * MS_PER_S};
    if (arguments->trace) {
        options.trace = show_line;
    }
    *ret = (cli_chip){0};
    NP_TRY(np_link_open(arguments->target, &options, &ret->link, err));
    if (arguments->now.is_given && !np_link_is_virtual(ret->link)) {
        return np_error_set(err, NP_EUSAGE, "--now is for virtual chips only");
    }
    ret->now = arguments->now.is_given ? arguments->now.seconds : (int64_t)time(NULL);
    np_atecc_init(&ret->device, np_link_bus(ret->link), np_link_address(ret->link));
    return NP_OK;
}

np_code cli_chip_look(cli_chip *chip, const uint8_t *root, np_snapshot *ret, np_error *err)
{
    NP_TRY(np_snapshot_take(&chip->device, ret, err));
    return ret->has_identity ? np_identity_settle(&ret->identity, root, err) : NP_OK;
}

void cli_chip_abandon(cli_chip *chip)
{
    np_error ignored;
    if (chip->link != NULL && cli_chip_close(chip, &ignored) != NP_OK) {
        return; /* the first error is the one that is shown */
    }
}

np_code cli_chip_close(cli_chip *chip, np_error *err)
{
    np_code slept = np_atecc_sleep(&chip->device, err);
    np_link *link = chip->link;
    chip->link = NULL;
    np_code closed = np_link_close(link, slept == NP_OK ? err : NULL);
    return slept == NP_OK ? closed : slept;
}

void cli_put_chip_state(cli_output *output, const uint8_t config[static NP_ATECC_CONFIG_SIZE])
{
    np_chip_serial serial = np_config_serial(config);
    cli_put_hex(output, "revision", "revision",
                np_bytes_of(config + NP_CONFIG_REVISION, NP_ATECC_REVISION_SIZE));
    cli_put_hex(output, "chip_serial", "chip serial", NP_BYTES(serial.bytes));
    cli_put_text(output, "stage", "stage", np_stage_name(np_stage_of(config)));
    cli_put_flag(output, "config_is_locked", "configuration locked",
                 np_lock_state_of(config[NP_CONFIG_LOCK_CONFIG]) == NP_LOCK_CLOSED);
    cli_put_flag(output, "data_is_locked", "data locked",
                 np_lock_state_of(config[NP_CONFIG_LOCK_VALUE]) == NP_LOCK_CLOSED);
    cli_put_flag(output, "key_is_locked", "key locked", np_config_key_is_fixed(config, 0));
}

static void put_text_or_null(cli_output *output, const char *key, const char *label,
                             const char *text)
{
    if (text[0] == '\0') {
        cli_put_json(output, key, json_null());
    } else {
        cli_put_text(output, key, label, text);
    }
}

static void put_trust_and_go(cli_output *output, const np_identity *identity)
{
    static const char *const roots[] = {
        [NP_ROOT_NONE] = "unknown",
        [NP_ROOT_MICROCHIP] = "Microchip's Root CA 002",
        [NP_ROOT_VIRTUAL] = "the throw-away root of virtual parts",
        [NP_ROOT_GIVEN] = "the given one",
    };
    put_text_or_null(output, "eui48", "EUI-48", identity->eui48);
    put_text_or_null(output, "root", "root",
                     identity->kind == NP_IDENTITY_TRUST_AND_GO ? roots[identity->root] : "");
}

void cli_put_identity(cli_output *output, const np_identity *identity)
{
    cli_put_text(output, "identity", "identity", np_identity_kind_name(identity->kind));
    cli_put_otp(output, &identity->otp);
    put_trust_and_go(output, identity);
}

void cli_put_otp(cli_output *output, const np_nerveskey_otp *otp)
{
    cli_put_text(output, "serial", "serial", otp->serial.text);
    put_text_or_null(output, "board", "board", otp->board);
    if (np_bytes_are_all(NP_BYTES(otp->user_data), 0)) {
        cli_put_json(output, "user_data", json_null());
    } else {
        cli_put_hex(output, "user_data", "user data", NP_BYTES(otp->user_data));
    }
}
