/* SPDX-License-Identifier: Apache-2.0 */
/* modem parse: what a KEYGEN reply or an attestation token says, and each check of it. */
#include "base/text.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/modem/token_identity.h"
#include "cli/modem/token_load.h"

typedef struct parsing {
    np_token token;
    np_token_report report;
    cli_token_identity identity;
} parsing;

static void put_uuid(cli_output *output, const char *key, const char *label, const uint8_t *uuid)
{
    char text[NP_TOKEN_UUID_TEXT_SIZE];
    np_token_format_uuid(uuid, text);
    cli_put_text(output, key, label, text);
}

static void put_number(cli_output *output, const char *key, const char *label, unsigned number)
{
    cli_put_json(output, key, json_integer(number));
    cli_print(output, "%s: %u", label, number);
}

static void put_attestation(const np_token *token, cli_output *output)
{
    const char *key = np_cose_key_name(token->message.key);
    put_uuid(output, "uuid", "device UUID", token->uuid);
    if (token->kind == NP_TOKEN_ATTESTATION) {
        const char *type = np_token_device_type_name(token->device_type);
        cli_put_text(output, "device_type", "device type", type == NULL ? "unknown" : type);
        put_uuid(output, "firmware_uuid", "firmware UUID", token->firmware_uuid.data);
    } else {
        put_number(output, "sec_tag", "security tag", token->sec_tag);
    }
    cli_put_hex(output, "nonce", "nonce", token->nonce);
    if (token->has_attestation) {
        cli_put_text(output, "signed_by", "signed by", key == NULL ? "an unnamed key" : key);
    }
}

static void put_name(const np_token_report *report, cli_output *output)
{
    char text[256];
    size_t len =
        report->common_name.len < sizeof(text) - 1 ? report->common_name.len : sizeof(text) - 1;
    if (len > 0) {
        memcpy(text, report->common_name.data, len);
        text[len] = '\0';
        cli_put_text(output, "common_name", "common name", text);
    }
}

static void put_token(const parsing *run, cli_output *output)
{
    static const char *const forms[] = {"A", "B"};
    const np_token *token = &run->token;
    cli_put_text(output, "kind", "kind", np_token_kind_name(token->kind));
    if (token->has_attestation || token->kind == NP_TOKEN_ATTESTATION) {
        put_attestation(token, output);
    }
    put_name(&run->report, output);
    if (run->report.has_public_key) {
        cli_put_hex(output, "public_key", "public key", NP_BYTES(run->report.public_key));
    }
    if (run->identity.is_pinned) {
        cli_put_text(output, "pin", "pin", np_pin_outcome_name(run->identity.pin));
    }
    if (run->identity.has_key) {
        cli_put_hex(output, "identity_key", "identity key", NP_BYTES(run->identity.key));
    }
    if (run->report.findings[NP_TOKEN_CHECK_IDENTITY].verdict == NP_TOKEN_OK) {
        cli_put_text(output, "form", "form of the signature", forms[run->report.form]);
    }
}

static void put_checks(const np_token_report *report, cli_output *output)
{
    json_t *checks = json_array();
    for (unsigned i = 0; i < NP_TOKEN_CHECK_COUNT; i++) {
        const char *name = np_token_check_name((np_token_check)i);
        const char *verdict = np_token_verdict_name(report->findings[i].verdict);
        json_array_append_new(checks, json_pack("{s:s,s:s,s:s}", "check", name, "verdict", verdict,
                                                "reason", report->findings[i].reason));
        cli_print(output, "%s: %s (%s)", name, verdict, report->findings[i].reason);
    }
    cli_put_json(output, "checks", checks);
}

static np_code save(const parsing *run, const char *folder, cli_output *output, np_error *err)
{
    cli_token_paths paths;
    uint8_t pem[CLI_TOKEN_PEM_SIZE];
    np_writer writer = np_writer_of(pem, sizeof(pem));
    NP_TRY(cli_token_name_files(&run->token, folder, "", &paths, err));
    if (paths.request[0] != '\0') {
        NP_TRY(cli_file_check_free(paths.public_key, err));
        cli_token_write_request(&run->token, &writer);
        NP_TRY(np_file_create(paths.request, 0644, np_writer_bytes(&writer), err));
        cli_put_text(output, "request_path", "request", paths.request);
    }
    if (run->report.has_public_key) {
        writer = np_writer_of(pem, sizeof(pem));
        cli_token_write_public_key(&run->report, &writer);
        NP_TRY(np_file_create(paths.public_key, 0644, np_writer_bytes(&writer), err));
        cli_put_text(output, "public_key_path", "public key file", paths.public_key);
    }
    return NP_OK;
}

np_code cli_modem_parse(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    parsing run = {0};
    NP_TRY(cli_token_load(arguments->target, &run.token, err));
    NP_TRY(cli_token_judge(arguments, &run.token, &run.identity, &run.report, err));
    put_token(&run, output);
    put_checks(&run.report, output);
    if (!np_token_has_passed(&run.report)) {
        np_error_set(err, NP_EINPUT_FORMAT, "the token does not verify");
        return np_error_hint(err, NP_EINPUT_FORMAT,
                             "nothing was saved; the checks above say what is wrong");
    }
    NP_TRY(cli_token_store_pins(arguments, &run.token, err));
    if (arguments->save || arguments->out != NULL) {
        NP_TRY(save(&run, arguments->out == NULL ? "." : arguments->out, output, err));
    }
    return NP_OK;
}
