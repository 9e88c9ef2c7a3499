/* SPDX-License-Identifier: Apache-2.0 */
/* One unit of a record as a cloud's device: what all targets ask of it, read once. */
#pragma once

#include "record/line.h"
#include <jansson.h>

enum {
    /* Base64 of a line of a record is no longer than the line; a line feed for 64 characters of it
     * and the two lines around it come on top. */
    CLOUD_PEM_SIZE = NP_RECORD_LINE_MAX + NP_RECORD_LINE_MAX / 64 + 64,
};

/* Texts point into the unit, slices into the certificate's bytes: do not copy the structure. */
typedef struct cloud_device {
    const np_record_line *line;
    json_t *unit;         /* the line, taken apart */
    const char *serial;   /* UTF-8; whether it holds a NUL, cloud_device_text tells */
    const char *id;       /* device_id, or the serial where the unit has none */
    np_bytes certificate; /* DER; empty: the unit has none */
    np_bytes subject;     /* empty: none, or it is no certificate */
    np_bytes common_name; /* empty: not exactly one */
    uint8_t der[NP_RECORD_LINE_MAX];
} cloud_device;

/* NP_EINPUT_FORMAT when a member that every unit has is not there, NP_ESTATION_MEMORY. */
NP_MUST_USE np_code cloud_device_read(const np_record_line *line, cloud_device *ret, np_error *err);

/* For NP_CLEANUP; accepts all zero. */
void cloud_device_clear(cloud_device *device);

/* A member as text with its NUL; "" when there is no such text. */
const char *cloud_device_text(const cloud_device *device, const char *name);

/* PEM with lines of 64 characters, the last one ended too; "" for no certificate. */
void cloud_format_pem(np_bytes der, char ret_text[static CLOUD_PEM_SIZE]);
