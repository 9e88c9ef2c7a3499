/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/chip.h"

#include <time.h>

/* As long as people wait before they look what is wrong; longer than provisioning takes. */
enum { LOCK_WAIT_MS = 10000 };

np_code cli_chip_open(const cli_arguments *arguments, cli_chip *ret, np_error *err)
{
    np_link_options options = {.lock_wait_ms = LOCK_WAIT_MS};
    *ret = (cli_chip){0};
    NP_TRY(np_link_open(arguments->target, &options, &ret->link, err));
    if (arguments->now.is_given && !np_link_is_virtual(ret->link)) {
        return np_error_set(err, NP_EUSAGE, "--now is for virtual chips only");
    }
    ret->now = arguments->now.is_given ? arguments->now.seconds : (int64_t)time(NULL);
    np_atecc_init(&ret->device, np_link_bus(ret->link), np_link_address(ret->link));
    return NP_OK;
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
    cli_put_flag(output, "key_is_locked", "key locked", np_config_slot_is_locked(config, 0));
}

void cli_put_otp(cli_output *output, const np_nerveskey_otp *otp)
{
    cli_put_text(output, "serial", "serial", otp->serial.text);
    cli_put_text(output, "board", "board", otp->board);
    if (np_bytes_are_all(NP_BYTES(otp->user_data), 0)) {
        cli_put_json(output, "user_data", json_null());
    } else {
        cli_put_hex(output, "user_data", "user data", NP_BYTES(otp->user_data));
    }
}
