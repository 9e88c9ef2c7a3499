/* SPDX-License-Identifier: Apache-2.0 */
/* device_credentials_installer: provisions a modem, appends the row, and saves files on demand. */
#include "cli/dropin/serial.h"
#include "cli/modem/provisioning.h"
#include "cli/modem/session.h"
#include "x509/pem.h"
#include "x509/public_key.h"
#include <stdio.h>

/* Statuses of the program (specs of nrfcloud 1.5); what has none of its own ends with 1. */
enum {
    STATUS_MODE = 6,
    STATUS_FIRMWARE = 8,
    STATUS_KEY = 9,
    STATUS_FILE = 11,
    STATUS_VERIFY = 12,
    WAIT_SECONDS = 10,
};

static const dropin_option options[] = {
    DROPIN_SERIAL_OPTIONS,
    {"--ca", "--ca", "-ca", false, DROPIN_MEMBER(ca)},
    {"--ca_key", "--ca-key", "-ca_key", false, DROPIN_MEMBER(ca_key)},
    {"--dv", "--dv", "-dv", false, DROPIN_MEMBER(days)},
    {"--csv", "--csv", NULL, false, DROPIN_MEMBER(csv)},
    {"-a", "-a", "--append", true, DROPIN_MEMBER(ignored_flag)},
    {"-p", "-p", "--path", false, DROPIN_MEMBER(path)},
    {"-f", "-f", "--fileprefix", false, DROPIN_MEMBER(prefix)},
    {"-s", "-s", "--save", true, DROPIN_MEMBER(save)},
    {"-S", "-S", "--sectag", false, DROPIN_MEMBER(sectag)},
    {"-d", "-d", "--delete", true, DROPIN_MEMBER(deletes)},
    {"--id_str", "--id-str", NULL, false, DROPIN_MEMBER(id)},
    {"--id_imei", "--id-imei", NULL, true, DROPIN_MEMBER(id_imei)},
    {"-t", "-t", "--tags", false, DROPIN_MEMBER(tags)},
    {"-T", "-T", "--subtype", false, DROPIN_MEMBER(sub_type)},
    {"-F", "-F", "--fwtypes", false, DROPIN_MEMBER(firmware_types)},
    {"--coap", "--coap", NULL, true, DROPIN_MEMBER(coap)},
    {"--devinfo", "--devinfo", NULL, false, DROPIN_MEMBER(devinfo)},
    {"--devinfo_append", "--devinfo-append", NULL, true, DROPIN_MEMBER(ignored_flag)},
    {"--replace", "--replace", NULL, true, DROPIN_MEMBER(replace)},
    {"--local_cert", "--local-cert", NULL, true, DROPIN_MEMBER(is_local)},
    {"--verify", "--verify", NULL, true, DROPIN_MEMBER(ignored_flag)},
};

static cli_arguments arguments_of(const dropin_arguments *from, const char *target)
{
    bool is_old = from->is_of_2022;
    return (cli_arguments){
        .target = target,
        .signer_cert = from->ca,
        .signer_key = from->ca_key,
        .csv = from->csv != NULL ? from->csv
               : is_old          ? "provision.csv"
                                 : "onboard.csv",
        .sectag = from->sectag,
        .id = from->id,
        .id_imei = from->id_imei,
        .tags = from->tags,
        .sub_type = from->sub_type,
        .firmware_types = from->firmware_types != NULL ? from->firmware_types : "APP|MODEM",
        .devinfo = from->devinfo,
        .coap = from->coap,
        .replace = from->replace,
        .local_key = from->is_local,
        .yes = from->deletes,
        .profile = is_old ? "nrf-2022" : "nrf-2026",
        .keeps_lf = is_old,
        .wait = WAIT_SECONDS,
    };
}

static np_code save_pem(const dropin_arguments *from, const char *id, const char *suffix,
                        np_bytes pem, np_error *err)
{
    char name[NP_NORDIC_ID_MAX + 16];
    snprintf(name, sizeof(name), "%s%s", id, suffix);
    return dropin_store(from, name, pem, false, err);
}

static np_code save_certificate(const dropin_arguments *from, const cli_modem_provisioning *run,
                                np_error *err)
{
    uint8_t text[2 * NP_LEAF_MAX];
    np_certificate certificate;
    const np_nordic_journal *journal = &run->plan.journal;
    np_bytes der = np_bytes_of(journal->certificate, journal->certificate_len);
    np_writer writer = np_writer_of(text, sizeof(text));
    np_pem_encode(&writer, "CERTIFICATE", der);
    NP_TRY(save_pem(from, run->result.id, "_crt.pem", np_writer_bytes(&writer), err));
    NP_TRY(np_certificate_parse(der, &certificate, err));
    writer = np_writer_of(text, sizeof(text));
    np_public_key_write_pem(certificate.point.data, &writer);
    return save_pem(from, run->result.id, "_pub.pem", np_writer_bytes(&writer), err);
}

/* Today's name of the request; until 2025 it was the UUID's and the tag's, as the parser's is. */
static np_code save_request(const dropin_arguments *from, const cli_modem_provisioning *run,
                            np_error *err)
{
    static np_nordic_reply reply;
    uint8_t text[2 * NP_CSR_MAX];
    char old[NP_UUID_TEXT_SIZE + 16];
    const np_nordic_journal *journal = &run->plan.journal;
    np_writer writer = np_writer_of(text, sizeof(text));
    NP_TRY(np_nordic_reply_check(&journal->reply, journal->tag, journal->id, &reply, err));
    np_pem_encode(&writer, "CERTIFICATE REQUEST", reply.csr.der);
    snprintf(old, sizeof(old), "%s_%u", reply.uuid, journal->tag);
    return save_pem(from, from->is_of_2022 ? old : run->result.id, "_csr.pem",
                    np_writer_bytes(&writer), err);
}

static np_code save_files(const dropin_arguments *from, const cli_modem_provisioning *run,
                          np_error *err)
{
    if (!from->save) {
        return NP_OK;
    }
    NP_TRY(save_certificate(from, run, err));
    return run->plan.journal.is_local ? NP_OK : save_request(from, run, err);
}

/* By what the program itself says where it fails. */
static int status_of(np_code code, const cli_modem_provisioning *run)
{
    static const int steps[NP_NORDIC_STEP_COUNT] = {
        [NP_NORDIC_RADIO_OFF] = STATUS_MODE,
        [NP_NORDIC_DELETE_KEY] = STATUS_KEY,
        [NP_NORDIC_MAKE_KEY] = STATUS_KEY,
        [NP_NORDIC_ISSUE] = STATUS_KEY,
        [NP_NORDIC_DELETE_CERTIFICATE] = STATUS_VERIFY,
        [NP_NORDIC_DELETE_ROOT] = STATUS_VERIFY,
        [NP_NORDIC_WRITE_ROOT] = STATUS_VERIFY,
        [NP_NORDIC_WRITE_CERTIFICATE] = STATUS_VERIFY,
        [NP_NORDIC_WRITE_KEY] = STATUS_VERIFY,
        [NP_NORDIC_VERIFY] = STATUS_VERIFY,
        [NP_NORDIC_RESTORE_MODE] = STATUS_MODE,
    };
    if (run->result.has_failed) {
        return steps[run->result.failed_step];
    }
    bool is_prepared = run->request.id != NULL; /* then it was not a file that was missing */
    return code == NP_ECONSENT                             ? STATUS_KEY
           : code == NP_EINPUT_MISSING && !is_prepared     ? STATUS_FILE
           : code == NP_EINPUT_RANGE && run->modem != NULL ? STATUS_FIRMWARE
                                                           : DROPIN_FAILED;
}

static np_code check_losses(const dropin_arguments *from, const cli_modem_provisioning *run,
                            np_error *err)
{
    if (from->deletes || !np_nordic_plan_destroys(&run->plan)) {
        return NP_OK;
    }
    np_error_set(err, NP_ECONSENT, "there are credentials in the tag that would be lost");
    return np_error_hint(err, NP_ECONSENT, "add -d to replace them");
}

static np_code install(const dropin_arguments *from, cli_modem_provisioning *run, cli_modem *modem,
                       np_error *err)
{
    NP_TRY(cli_modem_provisioning_prepare(run->arguments, run, err));
    NP_TRY(cli_modem_open(run->arguments, modem, err));
    NP_TRY(cli_modem_provisioning_plan(run, &modem->modem, err));
    NP_TRY(check_losses(from, run, err));
    NP_TRY(cli_modem_provisioning_apply(run, err));
    NP_TRY(save_files(from, run, err));
    return cli_modem_close(modem, err);
}

static np_code run_installer(const dropin_arguments *from, np_error *err)
{
    NP_CLEANUP(cli_modem_provisioning_clear) cli_modem_provisioning run = {0};
    NP_CLEANUP(cli_modem_abandon) cli_modem modem = {0};
    char target[PATH_MAX];
    if (from->ca == NULL || from->ca_key == NULL) {
        np_error_set(err, NP_EUSAGE, "--ca and --ca-key are needed");
        return np_error_hint(err, NP_EUSAGE, "a key and its request alone: nameplate modem keygen");
    }
    NP_TRY(dropin_target(from, target, err));
    cli_arguments arguments = arguments_of(from, target);
    NP_TRY(dropin_get_days(from, &arguments.days, err));
    run.arguments = &arguments;
    np_code code = install(from, &run, &modem, err);
    if (code != NP_OK) {
        err->sub = status_of(code, &run);
        return code;
    }
    printf("%s: provisioned and verified%s%s\n", run.result.id,
           arguments.csv[0] == '\0' ? "" : ", row in ", arguments.csv);
    return NP_OK;
}

const dropin_program dropin_installer = {
    .name = "device_credentials_installer",
    .purpose = "Gives a modem its root, key and certificate, and appends the row for nRF Cloud. "
               "What is in the tag is replaced with -d alone.",
    .options = options,
    .option_count = NP_COUNT_OF(options),
    .has_statuses = true,
    .run = run_installer,
};
