/* SPDX-License-Identifier: Apache-2.0 */
/* The table of targets: whose shape, which limits. Facts: specs of factory 5.2. */
#pragma once

#include "cloud/export.h"
#include "cloud/manifest_write.h"
#include "cloud/rules.h"
#include <stdio.h>

/* What an export knows besides its devices. */
typedef struct cloud_context {
    np_cloud_export_options options;
    cloud_limits limits; /* the target's, and what options add to them */
    cloud_issuers issuers;
    cloud_identity identity;
    cloud_manifest_writer manifest;
} cloud_context;

typedef struct cloud_row {
    FILE *file;
    const cloud_device *device;
    const cloud_context *context;
    unsigned number; /* in its part, counted from 0 */
} cloud_row;

typedef struct cloud_target {
    const char *name;
    const char *suffix;    /* of its parts, with the dot */
    unsigned chunk;        /* devices in a part unless it is asked for otherwise */
    bool is_chunk_max;     /* the target takes no more */
    bool is_by_issuer;     /* it gets a row an issuer, and none a device */
    const char *companion; /* name of a file that goes with the parts; NULL: none */
    const char *companion_text;
    cloud_limits limits;
    /* Looks at the options before there are any files; NULL: the target has none of its own. */
    np_code (*prepare)(cloud_context *context, np_error *err);
    /* Around the devices of a part, and each of them. False: no memory. Errors of the file are
     * asked for at its end. begin and end may be NULL. */
    void (*begin)(FILE *file);
    bool (*put)(const cloud_row *row);
    void (*end)(FILE *file, unsigned rows);
    /* Instead of put, where more can fail. */
    np_code (*put_signed)(const cloud_row *row, np_error *err);
} cloud_target;

/* The rows in order; NULL at the end. */
const cloud_target *cloud_target_at(size_t index);

/* Text tables: a header and all members that a table can hold; and what nRF Cloud takes. */
void cloud_begin_csv(FILE *file);
bool cloud_put_csv(const cloud_row *row);
bool cloud_put_nrf(const cloud_row *row);

/* JSON. */
void cloud_begin_array(FILE *file);
void cloud_end_array(FILE *file, unsigned rows);
bool cloud_put_line(const cloud_row *row);
bool cloud_put_aws(const cloud_row *row);
bool cloud_put_aws_calls(const cloud_row *row);
bool cloud_put_azure(const cloud_row *row);
void cloud_end_azure(FILE *file, unsigned rows);
bool cloud_put_azure_group(const cloud_row *row);
bool cloud_put_golioth(const cloud_row *row);
bool cloud_put_mender(const cloud_row *row);
bool cloud_put_nerveshub(const cloud_row *row);
np_code cloud_put_manifest(const cloud_row *row, np_error *err);
