/* SPDX-License-Identifier: Apache-2.0 */
/* One resource of an archive against its declaration: length and hash, or a delta. */
#pragma once

#include "firmware/meta.h"
#include "firmware/zip.h"

typedef struct firmware_resource_check {
    np_zip *zip;
    const np_zip_entry *entry;
    const np_meta_resource *resource;
    const np_firmware_source *delta_source; /* NULL: a delta's instructions alone are walked */
} firmware_resource_check;

/* Another size than is declared makes a delta (specs of fwup 3.7). */
bool firmware_resource_is_delta(const firmware_resource_check *check);

/* Reads the entry to its end. The reasons RESOURCE_..., DELTA_..., and those of the container. */
NP_MUST_USE np_code firmware_check_resource(const firmware_resource_check *check, np_error *err);
