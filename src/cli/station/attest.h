/* SPDX-License-Identifier: Apache-2.0 */
/* Whether a modem of a line is the device that it says it is, by the file of pins. */
#pragma once

#include "modem/token.h"
#include "station/config.h"

/*
 * A modem that is new gets its pin, unless only those that are known may come. As np_station_hooks
 * has it, and what files say.
 */
NP_MUST_USE np_code cli_station_judge_token(const np_station_config *config, const np_token *token,
                                            bool *ret_is_decided, np_error *err);
