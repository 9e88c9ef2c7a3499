/* SPDX-License-Identifier: Apache-2.0 */
/* Bringing a station's record to where its configuration says; by command, and while it runs. */
#pragma once

#include "cli/station/setup.h"
#include "station/sync.h"

/* Errors of np_sync. */
NP_MUST_USE np_code cli_station_sync_record(const np_station_config *config, np_sync_done *ret,
                                            np_error *err);
