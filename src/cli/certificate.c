/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/certificate.h"

#include "base/wipe.h"
#include <stdio.h>

np_code cli_root_load(const char *path, cli_root *ret, np_error *err)
{
    ret->key = NULL;
    if (path == NULL) {
        return NP_OK;
    }
    NP_TRY(cli_certificate_load(path, &ret->certificate, err));
    np_bytes point = ret->certificate.parsed.point;
    if (point.len != NP_PUBLIC_KEY_SIZE) {
        return np_error_set(err, NP_EINPUT_KEY, "%s: the key of the root is not uncompressed P-256",
                            path);
    }
    ret->key = point.data;
    return NP_OK;
}

void cli_format_civil(const np_civil *time, char ret_text[CLI_CIVIL_SIZE])
{
    /* Masks only tell the compiler what the parser has made sure of. */
    snprintf(ret_text, CLI_CIVIL_SIZE, "%04u-%02u-%02uT%02u:%02u:%02uZ",
             (unsigned)time->year & 0x3fff, (unsigned)time->month & 0xf, (unsigned)time->day & 0x1f,
             (unsigned)time->hour & 0x1f, (unsigned)time->minute & 0x3f,
             (unsigned)time->second & 0x3f);
}

void cli_put_validity(cli_output *output, const np_validity *validity)
{
    char text[CLI_CIVIL_SIZE];
    cli_format_civil(&validity->not_before, text);
    cli_put_text(output, "not_before", "not before", text);
    cli_format_civil(&validity->not_after, text);
    cli_put_text(output, "not_after", "not after", text);
}

void cli_put_name(cli_output *output, const char *key, const char *label, np_bytes name)
{
    char text[256];
    np_bytes common;
    if (np_certificate_common_name(name, &common) && common.len < sizeof(text)) {
        snprintf(text, sizeof(text), "%.*s", (int)common.len, (const char *)common.data);
        cli_put_text(output, key, label, text);
        return;
    }
    cli_print(output, "%s: (no single common name)", label);
    cli_put_json(output, key, json_null());
}
