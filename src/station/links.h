/* SPDX-License-Identifier: Apache-2.0 */
/* Parts behind the URIs of a configuration: real ones, and virtual ones in files (link/). */
#pragma once

#include "station/line.h"

extern const np_station_parts np_station_links;
