/* SPDX-License-Identifier: Apache-2.0 */
/* The table of targets: whose shape, which limits. Facts: specs of factory 5.2. */
#pragma once

#include "cloud/rules.h"
#include <stdio.h>

typedef struct cloud_target {
    const char *name;
    const char *suffix;    /* of its parts, with the dot */
    unsigned chunk;        /* devices in a part unless it is asked for otherwise */
    bool is_chunk_max;     /* the target takes no more */
    const char *companion; /* name of a file that goes with the parts; NULL: none */
    const char *companion_text;
    cloud_limits limits;
    /* Around the devices of a part, and each of them, row counted from 0. False: no memory. Errors
     * of the file are asked for at its end. begin and end may be NULL. */
    void (*begin)(FILE *file);
    bool (*put)(FILE *file, const cloud_device *device, unsigned row);
    void (*end)(FILE *file, unsigned rows);
} cloud_target;

/* The rows in order; NULL at the end. */
const cloud_target *cloud_target_at(size_t index);

/* Text tables: a header and all members that a table can hold; and what nRF Cloud takes. */
void cloud_begin_csv(FILE *file);
bool cloud_put_csv(FILE *file, const cloud_device *device, unsigned row);
bool cloud_put_nrf(FILE *file, const cloud_device *device, unsigned row);

/* JSON. */
void cloud_begin_array(FILE *file);
void cloud_end_array(FILE *file, unsigned rows);
bool cloud_put_line(FILE *file, const cloud_device *device, unsigned row);
bool cloud_put_aws(FILE *file, const cloud_device *device, unsigned row);
bool cloud_put_azure(FILE *file, const cloud_device *device, unsigned row);
void cloud_end_azure(FILE *file, unsigned rows);
bool cloud_put_nerveshub(FILE *file, const cloud_device *device, unsigned row);
