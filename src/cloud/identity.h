/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device tells a server that it is, as a template: "mac=mac,sn=serial" is an object with the
 * members mac and sn, whose values are the unit's. A value is a member's name, or one inside
 * another as attributes.board; of a list the first entry counts.
 */
#pragma once

#include "cloud/device.h"

enum { CLOUD_IDENTITY_MAX = 8, CLOUD_IDENTITY_TEXT_MAX = 256 };

typedef struct cloud_identity {
    char text[CLOUD_IDENTITY_TEXT_MAX]; /* the template, cut at its marks */
    const char *names[CLOUD_IDENTITY_MAX];
    const char *paths[CLOUD_IDENTITY_MAX];
    size_t count;
} cloud_identity;

/* NP_EUSAGE. The result points into itself: do not copy it. */
NP_MUST_USE np_code cloud_identity_parse(const char *template, cloud_identity *ret, np_error *err);

/* The object as JSON. False when the unit lacks a member. */
bool cloud_identity_write(const cloud_identity *identity, const cloud_device *device,
                          np_writer *writer);
