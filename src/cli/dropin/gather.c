/* SPDX-License-Identifier: Apache-2.0 */
/* gather_attestation_tokens: a modem's token, for whoever claims it, in a CSV file. */
#include "base/wipe.h"
#include "cli/dropin/serial.h"
#include "cli/modem/session.h"
#include "cloud/rows_file.h"
#include "nordic/reply.h"
#include <stdio.h>
#include <time.h>

enum { TIME_SIZE = 48, WAIT_SECONDS = 10 };

static const dropin_option options[] = {
    DROPIN_SERIAL_OPTIONS,
    {"--csv", "--csv", NULL, false, DROPIN_MEMBER(csv)},
    {"-o", "-o", "--overwrite", true, DROPIN_MEMBER(ignored_flag)},
    {"--keep", "--keep", NULL, true, DROPIN_MEMBER(keep)},
};

/* 2026-11-20T09:20:28.947220+00:00 */
static void format_now(char ret[static TIME_SIZE])
{
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    size_t len = strftime(ret, TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(ret + len, TIME_SIZE - len, ".%06ld+00:00", now.tv_nsec / 1000);
}

static np_code put_token(const dropin_arguments *arguments, np_rows_file *rows, np_modem *modem,
                         np_error *err)
{
    static np_modem_token token;
    char uuid[NP_UUID_TEXT_SIZE];
    char imei[NP_IMEI_SIZE];
    char now[TIME_SIZE];
    uint8_t text[NP_NRF_ROW_MAX];
    np_writer writer = np_writer_of(text, sizeof(text));
    NP_TRY(np_modem_attest(modem, NULL, &token, err));
    NP_TRY(np_nordic_attested_uuid(&token, uuid, err));
    NP_TRY(np_modem_read_imei(modem, imei, err));
    format_now(now);
    const np_nrf_attestation row = {.imei = np_bytes_text(imei),
                                    .uuid = np_bytes_text(uuid),
                                    .token = np_bytes_of(token.text, token.len),
                                    .time = np_bytes_text(now)};
    if (arguments->keep && np_rows_file_has(rows, row.uuid)) {
        printf("%s: its row stays\n", uuid);
        return NP_OK;
    }
    np_nrf_attestation_row_write(&writer, &row);
    NP_TRY(np_rows_file_put(rows, row.uuid, np_writer_bytes(&writer), true, err));
    printf("%s: token saved\n", uuid);
    return NP_OK;
}

static np_code gather(const dropin_arguments *arguments, np_error *err)
{
    NP_CLEANUP(np_rows_file_free_at) np_rows_file *rows = NULL;
    NP_CLEANUP(cli_modem_abandon) cli_modem modem = {0};
    char target[PATH_MAX];
    const char *csv = arguments->csv != NULL ? arguments->csv : "attestation_tokens.csv";
    NP_TRY(dropin_target(arguments, target, err));
    const cli_arguments opened = {.target = target, .wait = WAIT_SECONDS};
    NP_TRY(np_rows_file_open(csv, &np_rows_attestation, 1000 * WAIT_SECONDS, &rows, err));
    NP_TRY(cli_modem_open(&opened, &modem, err));
    NP_TRY(put_token(arguments, rows, &modem.modem, err));
    return cli_modem_close(&modem, err);
}

const dropin_program dropin_gather_attestation_tokens = {
    .name = "gather_attestation_tokens",
    .purpose = "Asks a modem for its attestation token, and puts it into a CSV file.",
    .options = options,
    .option_count = NP_COUNT_OF(options),
    .run = gather,
};
