/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/modem/issuing.h"

#include "cli/output.h"
#include "cli/signer_key.h"
#include <time.h>

enum {
    DAYS = 3650, /* as Nordic's tools */
    DAYS_MAX = 36500,
    DAY_SECONDS = 86400,
};

static const char default_profile[] = "nrf-2026";

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
