/* SPDX-License-Identifier: Apache-2.0 */
/* `gateway connect`: a device at a front door, and what it hears there. */
#include "base/format.h"
#include "cli/command.h"
#include "gateway/client.h"
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

/* The provider (provider/provider.c), which is part of this program. */
extern OSSL_provider_init_fn OSSL_provider_init;

enum { SOURCE_SIZE = PATH_MAX + 16 };

static np_code split(const char *target, char host[static 256], const char **ret_port,
                     np_error *err)
{
    const char *colon = strrchr(target, ':');
    const char *start = *target == '[' ? target + 1 : target;
    size_t len = colon == NULL ? 0 : (size_t)(colon - start);
    len -= len > 0 && *target == '[' && start[len - 1] == ']' ? 1 : 0;
    if (colon == NULL || colon[1] == '\0' || len == 0 || len >= 256) {
        return np_error_set(err, NP_EUSAGE, "'%s' is not HOST:PORT", target);
    }
    np_format(host, 256, "%.*s", (int)len, start);
    *ret_port = colon + 1;
    return NP_OK;
}

/* Where key and certificates are: a chip, or two files of PEM. */
static np_code choose_sources(const cli_arguments *arguments, char first[static SOURCE_SIZE],
                              char second[static SOURCE_SIZE], np_error *err)
{
    const char *chip = arguments->chip == NULL ? getenv("NAMEPLATE_CHIP") : arguments->chip;
    bool has_files = arguments->cert != NULL || arguments->key != NULL;
    if (arguments->chip != NULL && has_files) {
        return np_error_set(err, NP_EUSAGE, "--chip and --cert with --key exclude each other");
    }
    if (has_files && (arguments->cert == NULL || arguments->key == NULL)) {
        return np_error_set(err, NP_EUSAGE, "--cert and --key belong together");
    }
    if (has_files) {
        np_format(first, SOURCE_SIZE, "%s", arguments->cert);
        np_format(second, SOURCE_SIZE, "%s", arguments->key);
        return NP_OK;
    }
    if (chip == NULL || *chip == '\0') {
        np_error_set(err, NP_EUSAGE, "nothing says who the device is");
        return np_error_hint(err, NP_EUSAGE, "--chip URI, or --cert FILE --key FILE");
    }
    np_format(first, SOURCE_SIZE, "nameplate:%s", chip);
    second[0] = '\0';
    return NP_OK;
}

/* The body where it is HTTP that was answered, else everything. */
static void put_answer(const np_client_result *result, cli_output *output)
{
    np_bytes all = np_bytes_of(result->answer, result->answer_len);
    const uint8_t *end = memmem(all.data, all.len, "\r\n\r\n", 4);
    size_t skip = end == NULL ? 0 : (size_t)(end - all.data) + 4;
    json_error_t ignored;
    json_t *body = json_loadb((const char *)all.data + skip, all.len - skip, 0, &ignored);
    cli_put_text(output, "tls", "tls", result->tls_version);
    cli_put_text(output, "cipher", "cipher", result->cipher);
    if (body != NULL) {
        cli_put_data(output, "answer", body);
    } else {
        cli_put_bytes(output, "answer", all);
    }
}

np_code cli_gateway_connect(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    char host[256];
    char first[SOURCE_SIZE];
    char second[SOURCE_SIZE];
    np_client_result result;
    np_client_options options = {.host = host,
                                 .ca_file = arguments->ca_file,
                                 .provider = OSSL_provider_init,
                                 .timeout_s = 10}; /* longer than a registry that is slow */
    NP_TRY(split(arguments->target, host, &options.port, err));
    NP_TRY(choose_sources(arguments, first, second, err));
    options.sources[0] = first;
    options.sources[1] = second[0] == '\0' ? NULL : second;
    NP_TRY(np_client_connect(&options, &result, err));
    put_answer(&result, output);
    return NP_OK;
}
