/* SPDX-License-Identifier: Apache-2.0 */
/* The files of data/web, which the program carries (tools/embed). Inside the room. */
#pragma once

#include "gateway/page_files.h"

/* A row without a name ends it. */
extern const embedded_file manage_page_files[];

/* data/openapi.json, alone. */
extern const embedded_file manage_description[];
