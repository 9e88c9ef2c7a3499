/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/certificate.h"
#include "cli/command.h"

np_code cli_signer_show(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    cli_certificate certificate;
    np_storable_report report;
    NP_TRY(cli_certificate_load(arguments->target, &certificate, err));
    const np_certificate *parsed = &certificate.parsed;
    NP_TRY(np_storable_check(&np_profile_nerveskey_signer, parsed, &report, err));
    cli_put_name(output, "subject", "subject", parsed->subject);
    cli_put_name(output, "issuer", "issuer", parsed->issuer);
    cli_put_hex(output, "certificate_serial", "certificate serial", parsed->serial);
    cli_put_validity(output, &parsed->validity);
    cli_put_hex(output, "public_key", "public key", parsed->point);
    cli_put_fingerprint(output, "fingerprint", "fingerprint", parsed->der);
    cli_put_flag(output, "is_storable", "can be stored on a chip", report.count == 0);
    return NP_OK;
}
