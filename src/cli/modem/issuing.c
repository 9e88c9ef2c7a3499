/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/modem/issuing.h"

#include "base/wipe.h"
#include "cli/file.h"
#include "cli/output.h"
#include "cli/signer_key.h"
#include "nordic/roots.h"
#include "x509/pem.h"
#include <time.h>

enum {
    DAYS = 3650, /* as Nordic's tools */
    DAYS_MAX = 36500,
    DAY_SECONDS = 86400,
};

static const char default_profile[] = "nrf-2026";

np_code cli_modem_load_roots(const cli_arguments *arguments, char *ret, np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    np_bytes root = {NULL, 0};
    np_writer writer = np_writer_of((uint8_t *)ret, CLI_MODEM_ROOTS_MAX);
    if (arguments->root != NULL) {
        uint8_t der[NP_CERTIFICATE_MAX];
        np_writer first = np_writer_of(der, sizeof(der));
        NP_TRY(cli_file_load(arguments->root, &file, err));
        root = cli_file_bytes(&file);
        np_code code = np_pem_decode(root, "CERTIFICATE", &first, err);
        if (code != NP_OK) {
            return np_error_prefix(err, code, "%s", arguments->root);
        }
    }
    np_nordic_write_roots(root, arguments->coap, &writer);
    if (!np_writer_has_room(&writer)) {
        return np_error_set(err, NP_EINPUT_RANGE, "roots of more than %d bytes in all",
                            CLI_MODEM_ROOTS_MAX);
    }
    ret[writer.len] = '\0';
    return NP_OK;
}

static np_code find_profile(const cli_arguments *arguments, const np_leaf_profile **ret,
                            np_error *err)
{
    const char *name = arguments->profile != NULL ? arguments->profile : default_profile;
    *ret = np_leaf_profile_find(name);
    if (*ret != NULL) {
        return NP_OK;
    }
    np_error_set(err, NP_EUSAGE, "there is no profile '%s'", name);
    return np_error_hint(err, NP_EUSAGE, "device, nrf-2022 and nrf-2026 are there");
}

np_code cli_modem_prepare_signer(const cli_arguments *arguments, np_signer **ret_signer,
                                 const np_leaf_profile **ret_profile,
                                 np_leaf_template *ret_template, np_error *err)
{
    int64_t now = arguments->now.is_given ? arguments->now.seconds : (int64_t)time(NULL);
    unsigned days = arguments->days == 0 ? DAYS : arguments->days;
    if (days > DAYS_MAX) {
        return np_error_set(err, NP_EUSAGE, "--days is 1 to %d", DAYS_MAX);
    }
    NP_TRY(find_profile(arguments, ret_profile, err));
    NP_TRY(cli_signer_open_authority(arguments, ret_signer, err));
    const np_certificate *authority = np_signer_certificate(*ret_signer);
    const np_validity validity = {.not_before = np_civil_from_seconds(now),
                                  .not_after =
                                      np_civil_from_seconds(now + (int64_t)days * DAY_SECONDS)};
    NP_TRY(np_validity_check_signer(&authority->validity, now, err));
    if (np_civil_compare(&validity.not_after, &authority->validity.not_after) > 0) {
        cli_note("the device's certificate will outlive its signer's");
    }
    return np_leaf_prepare(*ret_profile, authority, &validity, ret_template, err);
}
