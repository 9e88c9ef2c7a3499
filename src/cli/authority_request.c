/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/authority_request.h"

np_code cli_authority_request(const cli_arguments *arguments, int64_t now,
                              np_authority_request *ret, np_error *err)
{
    unsigned days = arguments->days == 0 ? CLI_AUTHORITY_DAYS : arguments->days;
    *ret = (np_authority_request){.subject = arguments->subject};
    if (arguments->profile == NULL) {
        return arguments->subject == NULL && arguments->days == 0
                   ? NP_OK
                   : np_error_set(err, NP_EUSAGE, "--subject and --days need a --profile");
    }
    ret->profile = np_authority_profile_find(arguments->profile);
    if (ret->profile == NULL) {
        np_error_set(err, NP_EUSAGE, "there is no profile '%s'", arguments->profile);
        return np_error_hint(err, NP_EUSAGE, "device, nrf-2022 and nrf-2026 are there");
    }
    if (days > CLI_DAYS_MAX) {
        return np_error_set(err, NP_EUSAGE, "--days is 1 to %d", CLI_DAYS_MAX);
    }
    ret->validity.not_before = np_civil_from_seconds(now);
    ret->validity.not_after = np_civil_from_seconds(now + (int64_t)days * CLI_SECONDS_PER_DAY);
    return NP_OK;
}
