/* SPDX-License-Identifier: Apache-2.0 */
/* Certificates on the command line: from files in PEM or DER, to lines and keys. */
#pragma once

#include "cli/output.h"
#include "files/certificate.h"
#include "signer/signer.h"

typedef np_certificate_file cli_certificate;

static inline np_bytes cli_certificate_der(const cli_certificate *certificate)
{
    return np_certificate_file_der(certificate);
}

NP_MUST_USE static inline np_code cli_certificate_load(const char *path, cli_certificate *ret,
                                                       np_error *err)
{
    return np_certificate_file_load(path, ret, err);
}

/* A root of Trust&GO parts. */
typedef struct cli_root {
    cli_certificate certificate;
    const uint8_t *key; /* 64 bytes in the certificate; NULL when no file was given */
} cli_root;

/* path NULL: none. NP_EINPUT_KEY when its key is not an uncompressed one of P-256. */
NP_MUST_USE np_code cli_root_load(const char *path, cli_root *ret, np_error *err);

enum { CLI_CIVIL_SIZE = 32 };

/* "2026-11-20T09:00:00Z", also for dates that no calendar has. */
void cli_format_civil(const np_civil *time, char ret_text[CLI_CIVIL_SIZE]);

/* not_before and not_after, as they are written. */
void cli_put_validity(cli_output *output, const np_validity *validity);

/* A common name, or "(no single common name)"; null in the document then. */
void cli_put_name(cli_output *output, const char *key, const char *label, np_bytes name);
