/* SPDX-License-Identifier: Apache-2.0 */
/* `registry admit`: would this chain come in, and why (not)? Nothing is stored. */
#include "base/text.h"
#include "base/wipe.h"
#include "cli/certificate.h"
#include "cli/command.h"
#include "cli/file.h"
#include "cli/registry.h"
#include "registry/fleet.h"
#include "registry/gate.h"
#include "x509/pem.h"
#include "x509/verify.h"
#include <stdio.h>
#include <time.h>

typedef struct presented_chain {
    uint8_t ders[NP_ADMISSION_CHAIN_MAX][NP_CERTIFICATE_MAX];
    np_bytes chain[NP_ADMISSION_CHAIN_MAX];
    size_t count;
} presented_chain;

static const char end_line[] = "-----END CERTIFICATE-----";

/* The certificates of a PEM file one after the other; one in DER is a chain too. */
static np_code load_chain(const char *path, presented_chain *ret, np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    NP_TRY(cli_file_load_any(path, &file, err));
    np_bytes rest = cli_file_bytes(&file);
    while (ret->count < NP_ADMISSION_CHAIN_MAX) {
        const uint8_t *end = memmem(rest.data, rest.len, end_line, sizeof(end_line) - 1);
        size_t len = end == NULL ? rest.len : (size_t)(end - rest.data) + sizeof(end_line) - 1;
        uint8_t *der = ret->ders[ret->count];
        np_writer writer = np_writer_of(der, NP_CERTIFICATE_MAX);
        if (end == NULL && ret->count > 0) {
            return NP_OK;
        }
        np_code code = np_pem_decode(np_bytes_of(rest.data, len), "CERTIFICATE", &writer, err);
        if (code != NP_OK) {
            return np_error_prefix(err, code, "%s", path);
        }
        ret->chain[ret->count++] = np_bytes_of(der, writer.len);
        rest = np_bytes_of(rest.data + len, rest.len - len);
    }
    return np_error_set(err, NP_EINPUT_RANGE, "%s: more than %d certificates", path,
                        NP_ADMISSION_CHAIN_MAX - 1);
}

static void put_verdict(cli_output *output, const np_admission *admission, const char *org)
{
    const np_reason_row *row = np_reason_at(admission->reason);
    char identifier[NP_IDENTIFIER_MAX + 1];
    snprintf(identifier, sizeof(identifier), "%.*s", (int)admission->identifier_len,
             (const char *)admission->identifier);
    cli_put_flag(output, "is_admitted", "admitted", row->is_admitted);
    cli_put_text(output, "reason", "reason", row->name);
    cli_put_text(output, "sentence", "that is", row->sentence);
    if (admission->detail[0] != '\0') {
        cli_put_text(output, "detail", "detail", admission->detail);
    }
    if (org[0] != '\0') {
        cli_put_text(output, "org", "organisation", org);
    }
    if (admission->identifier_len > 0) {
        cli_put_text(output, "identifier", "identifier", identifier);
    }
    cli_put_hex(output, "fingerprint", "fingerprint", NP_BYTES(admission->leaf_sha256));
}

np_code cli_registry_admit(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    presented_chain presented = {0};
    np_admission admission;
    char org[NP_ORG_NAME_MAX + 1];
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    NP_TRY(load_chain(arguments->target, &presented, err));
    NP_TRY(cli_registry_open(arguments, &store, err));
    const np_admission_store ask = np_gate_ask(store);
    const np_admission_request request = {.chain = presented.chain,
                                          .chain_len = presented.count,
                                          .store = &ask,
                                          .judge = np_judge_libcrypto(),
                                          .now = (int64_t)time(NULL)};
    NP_TRY(np_admission_decide(&request, &admission, err));
    const np_reason_row *row = np_reason_at(admission.reason);
    NP_TRY(np_org_name(store, admission.org, org, err));
    put_verdict(output, &admission, org);
    if (row->is_admitted) {
        return NP_OK;
    }
    np_error_set(err, NP_EPOLICY, "not admitted (%s): %s", row->name, row->sentence);
    return np_error_hint(err, NP_EPOLICY, "%s", row->next);
}
