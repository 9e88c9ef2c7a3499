/* SPDX-License-Identifier: Apache-2.0 */
#include "virtual/modem_models.h"

static const vmodem_model_row models[NP_MODEM_MODEL_COUNT] = {
    [NP_NRF9160] = {"nrf9160", "nRF9160-SICA", "nRF9160 SICA B1A", "mfw_nrf9160_1.3.6", 3,
                    NP_TOKEN_FORM_A, false},
    [NP_NRF9161] = {"nrf9161", "nRF9161-LACA", "nRF9161 LACA ADA", "mfw_nrf91x1_2.0.2", 4,
                    NP_TOKEN_FORM_B, true},
    [NP_NRF9151] = {"nrf9151", "nRF9151-LACA", "nRF9151 LACA A0A", "mfw_nrf91x1_2.0.2", 6,
                    NP_TOKEN_FORM_B, true},
};

const vmodem_model_row *vmodem_model(np_modem_model model)
{
    return &models[model];
}

const char *np_modem_model_name(np_modem_model model)
{
    return models[model].name;
}

bool np_modem_model_by_name(const char *name, np_modem_model *ret)
{
    for (unsigned i = 0; i < NP_MODEM_MODEL_COUNT; i++) {
        if (strcmp(name, models[i].name) == 0) {
            *ret = (np_modem_model)i;
            return true;
        }
    }
    return false;
}

/* A firmware whose name has no version is taken for a new one. */
static bool is_at_least(const char *firmware, unsigned major, unsigned minor, unsigned patch)
{
    np_modem_version version;
    return !np_modem_parse_version(firmware, &version) ||
           np_modem_is_at_least(&version, major, minor, patch);
}

bool vmodem_has_keygen(const char *firmware)
{
    return is_at_least(firmware, 1, 3, 0);
}

bool vmodem_checks_content(const char *firmware)
{
    return is_at_least(firmware, 2, 0, 2);
}
