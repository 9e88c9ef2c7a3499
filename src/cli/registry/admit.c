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
#include "registry/presented.h"
#include "x509/verify.h"
#include <stdio.h>
#include <time.h>

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
    np_presented presented;
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    np_admission admission;
    char org[NP_ORG_NAME_MAX + 1];
    NP_CLEANUP(np_store_free_at) np_store *store = NULL;
    NP_TRY(cli_file_load_any(arguments->target, &file, err));
    np_code code = np_presented_read(cli_file_bytes(&file), &presented, err);
    if (code != NP_OK) {
        return np_error_prefix(err, code, "%s", arguments->target);
    }
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
