/* SPDX-License-Identifier: Apache-2.0 */
/* One unit of a record as a cloud's device: what all targets ask of it, read once. */
#pragma once

#include "cloud/issuers.h"
#include "crypto/p256.h"
#include "record/line.h"

enum {
    /* Base64 of a line of a record is no longer than the line; a line feed for 64 characters of it
     * and the two lines around it come on top. */
    CLOUD_PEM_SIZE = NP_RECORD_LINE_MAX + NP_RECORD_LINE_MAX / 64 + 64,
};

/* Texts point into the unit, slices into the certificate's bytes: do not copy the structure. */
typedef struct cloud_device {
    const np_record_line *line;
    json_t *unit;          /* the line, taken apart */
    const char *serial;    /* UTF-8; whether it holds a NUL, cloud_device_text tells */
    const char *id;        /* device_id, or the serial where the unit has none */
    np_bytes certificate;  /* DER; empty: the unit has none */
    np_bytes subject;      /* empty: none, or it is no certificate */
    np_bytes common_name;  /* empty: not exactly one */
    np_bytes organization; /* the same */
    cloud_issuer *issuer;  /* NULL: not in the record */
    bool has_point;        /* the key is of P-256: the certificate's, else public_key */
    uint8_t point[NP_P256_POINT_SIZE];
    uint8_t der[NP_RECORD_LINE_MAX];
} cloud_device;

/*
 * Issuers that the unit brings along are kept. NP_EINPUT_FORMAT when a member that every unit has
 * is not there, NP_ESTATION_MEMORY.
 */
NP_MUST_USE np_code cloud_device_read(const np_record_line *line, cloud_issuers *issuers,
                                      cloud_device *ret, np_error *err);

/* For NP_CLEANUP; accepts all zero. */
void cloud_device_clear(cloud_device *device);

/* A member as text with its NUL; "" when there is no such text. */
const char *cloud_device_text(const cloud_device *device, const char *name);

/*
 * The same by a path such as attributes.board; of a list the first entry. "" when there is no such
 * text.
 */
const char *cloud_device_find(const cloud_device *device, const char *path);

/* PEM with lines of 64 characters, the last one ended too; "" for no bytes. */
void cloud_format_pem(np_bytes der, const char *label, char ret_text[static CLOUD_PEM_SIZE]);
