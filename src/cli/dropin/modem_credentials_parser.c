/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"
#include "cli/dropin/dropin.h"
#include "cli/modem/token_load.h"
#include "crypto/hash.h"
#include <stdio.h>

static const dropin_option options[] = {
    {"-k", "-k", "--keygen", false, DROPIN_MEMBER(keygen)},
    {"-a", "-a", "--attest", false, DROPIN_MEMBER(attest)},
    {"-s", "-s", "--save", true, DROPIN_MEMBER(save)},
    {"-p", "-p", "--path", false, DROPIN_MEMBER(path)},
    {"-f", "-f", "--fileprefix", false, DROPIN_MEMBER(prefix)},
    {"-P", "-P", "--plain", true, DROPIN_MEMBER(plain)},
    {"--log-level", "--log-level", NULL, false, DROPIN_MEMBER(log_level)},
};

static void print_hex(const char *label, np_bytes bytes)
{
    char hex[2 * NP_COSE_SIGNATURE_SIZE + 1];
    np_format_hex(bytes, hex);
    printf("%s%s\n", label, hex);
}

static void print_uuid(const char *label, const uint8_t *uuid)
{
    char text[NP_TOKEN_UUID_TEXT_SIZE];
    np_token_format_uuid(uuid, text);
    printf("%s%s\n", label, text);
}

static void print_pem(np_writer *writer)
{
    np_bytes pem = np_writer_bytes(writer);
    printf("%.*s", (int)pem.len, (const char *)pem.data);
}

static void print_rule(void)
{
    printf("* * * * * * * * * * * * * * * * * * * * * * * * * * * * * * * * * *\n");
}

/* The attestation as the scripts show it; of an attestation token there is no payload. */
static void print_attestation(const np_token *token, const np_token_report *report)
{
    const char *key = np_cose_key_name(token->message.key);
    print_rule();
    printf("COSE:\n  Prot Hdr:   1 : -7 (ECDSA w/ SHA-256)\n  Unprot Hdr: 4 : %d (%s)\n",
           (int)token->message.key, key == NULL ? "unknown" : key);
    if (token->kind != NP_TOKEN_ATTESTATION) {
        printf("  ---------------\n  Attestation:\n    Payload ID: %s\n",
               token->kind == NP_TOKEN_REQUEST ? "CSR_msg_v1" : "pubkey_msg_v2");
        print_uuid("    Dev UUID:   ", token->uuid);
        printf("    sec_tag:    %u\n", (unsigned)token->sec_tag);
        print_hex("    SHA256:     ", token->digest);
        print_hex("    Nonce:      ", token->nonce);
        printf("  ---------------\n");
    }
    print_hex("  Sig:\n      ", token->message.signature);
    if (token->kind != NP_TOKEN_ATTESTATION) {
        bool is_same = report->findings[NP_TOKEN_CHECK_DIGEST].verdict == NP_TOKEN_OK;
        printf("\nCOSE digest %s payload\n", is_same ? "matches" : "does NOT match");
    }
    print_rule();
}

static void print_keygen(const np_token *token, const np_token_report *report)
{
    uint8_t pem[CLI_TOKEN_PEM_SIZE];
    uint8_t digest[NP_SHA256_SIZE];
    np_writer writer = np_writer_of(pem, sizeof(pem));
    printf("\nParsing AT%%KEYGEN output:\n\n");
    if (token->kind == NP_TOKEN_REQUEST) {
        cli_token_write_request(token, &writer);
        print_pem(&writer);
        writer = np_writer_of(pem, sizeof(pem));
    }
    printf("\nDevice public key:\n");
    cli_token_write_public_key(report, &writer);
    print_pem(&writer);
    np_sha256(token->body, digest);
    print_hex("\nSHA256 Digest:\n", NP_BYTES(digest));
}

static void print_identity(const np_token *token)
{
    const char *type = np_token_device_type_name(token->device_type);
    printf("\nParsing AT%%ATTESTTOKEN output:\n\nMsg Type:    Device identity message v1\n");
    print_uuid("Dev UUID:    ", token->uuid);
    printf("Dev Type:    %s\n", type == NULL ? "Unknown" : type);
    print_uuid("FW UUID:     ", token->firmware_uuid.data);
}

static np_code save(const dropin_arguments *arguments, const np_token *token,
                    const np_token_report *report, np_error *err)
{
    cli_token_paths paths; /* the names alone: folder and prefix are put by dropin_store */
    uint8_t pem[CLI_TOKEN_PEM_SIZE];
    np_writer writer = np_writer_of(pem, sizeof(pem));
    NP_TRY(cli_token_name_files(token, "", "", &paths, err));
    if (paths.request[0] != '\0') {
        cli_token_write_request(token, &writer);
        NP_TRY(dropin_store(arguments, paths.request + 1, np_writer_bytes(&writer), false, err));
        writer = np_writer_of(pem, sizeof(pem));
    }
    cli_token_write_public_key(report, &writer);
    return dropin_store(arguments, paths.public_key + 1, np_writer_bytes(&writer), false, err);
}

static np_code show(const np_token *token, np_token_report *ret, np_error *err)
{
    NP_CLEANUP(np_p256_verifier_free_at) np_p256_verifier *verifier = NULL;
    NP_TRY(np_p256_verifier_create(&verifier, err));
    NP_TRY(np_token_judge(token, NULL, verifier, ret, err));
    if (token->kind == NP_TOKEN_ATTESTATION) {
        print_identity(token);
    } else if (!ret->has_public_key) {
        return np_error_set(err, NP_EINPUT_KEY, "the request's key is not one of P-256");
    } else {
        print_keygen(token, ret);
    }
    if (token->has_attestation) {
        print_attestation(token, ret);
    }
    return NP_OK;
}

/* The scripts went on after a digest that did not match; here it is an error, and nothing is saved.
 */
static np_code run(const dropin_arguments *arguments, np_error *err)
{
    np_token token;
    np_token_report report;
    const char *text = arguments->keygen != NULL ? arguments->keygen : arguments->attest;
    bool saves = arguments->save || arguments->path != NULL || arguments->prefix != NULL;
    if (text == NULL) {
        return np_error_set(err, NP_EINPUT_MISSING, "give the modem's output with -k or -a");
    }
    NP_TRY(cli_token_load(text, &token, err));
    NP_TRY(show(&token, &report, err));
    for (unsigned i = 0; i < NP_TOKEN_CHECK_COUNT; i++) {
        if (report.findings[i].verdict == NP_TOKEN_FAILED) {
            return np_error_set(err, NP_EINPUT_FORMAT, "%s: %s",
                                np_token_check_name((np_token_check)i), report.findings[i].reason);
        }
    }
    return saves && token.kind != NP_TOKEN_ATTESTATION ? save(arguments, &token, &report, err)
                                                       : NP_OK;
}

const dropin_program dropin_modem_credentials_parser = {
    .name = "modem_credentials_parser",
    .purpose = "Shows and saves what a modem has answered, as Nordic's script of this name.",
    .options = options,
    .option_count = NP_COUNT_OF(options),
    .run = run,
};
