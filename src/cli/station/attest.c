/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/station/attest.h"

#include "cli/modem/token_identity.h"

static np_code refuse_modem(const char *pins, np_error *err)
{
    np_error_set(err, NP_ECONFLICT_FOREIGN, "%s has no key for this modem", pins);
    return np_error_hint(err, NP_ECONFLICT_FOREIGN,
                         "only_pinned = off takes new modems in; else put it aside");
}

/* By the pins; one that is new gets its own, unless only those that are known may come. */
np_code cli_station_judge_token(const np_station_config *config, const np_token *token,
                                bool *ret_is_decided, np_error *err)
{
    const cli_arguments arguments = {.pins = config->modem.pins};
    cli_token_identity identity;
    np_token_report report;
    NP_TRY(cli_token_judge(&arguments, token, &identity, &report, err));
    if (!np_token_has_passed(&report)) {
        return np_error_set(err, NP_EDEVICE_VERIFY, "the modem's attestation: %s",
                            report.findings[NP_TOKEN_CHECK_IDENTITY].reason);
    }
    if (identity.pin == NP_PIN_FIRST && config->modem.only_pinned) {
        return refuse_modem(arguments.pins, err);
    }
    *ret_is_decided = identity.pin == NP_PIN_KEPT || identity.pin == NP_PIN_MADE;
    return identity.pin == NP_PIN_KEPT ? NP_OK : cli_token_store_pins(&arguments, token, err);
}
