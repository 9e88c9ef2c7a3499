/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Elements of manifests, written (specs of manifests 1, 2): members in the order of Microchip's
 * table, everything in ASCII, and without the characters > ? ~ that NervesHub's decoder does not
 * take (specs of factory 0, point 8).
 */
#pragma once

#include "cloud/device.h"
#include "crypto/signing.h"

enum {
    /* Every byte of a line as six, and in Base64 then. */
    CLOUD_PAYLOAD_MAX = 8 * NP_RECORD_LINE_MAX,
    CLOUD_ELEMENT_MAX = 2 * CLOUD_PAYLOAD_MAX,
    CLOUD_PROTECTED_MAX = 256,
    CLOUD_ENTITY_MAX = 1024,
};

/* Who signs, made ready once. */
typedef struct cloud_manifest_writer {
    const np_signing *signing;
    unsigned version;
    char protected[CLOUD_PROTECTED_MAX]; /* Base64url */
    char entity[CLOUD_ENTITY_MAX];       /* the signer's names, as JSON */
} cloud_manifest_writer;

/* NP_EINPUT_FORMAT when it is no certificate, NP_EINPUT_KEY when the key is not its own. */
NP_MUST_USE np_code cloud_manifest_prepare(const np_signing *signing, np_bytes certificate,
                                           unsigned version, cloud_manifest_writer *ret,
                                           np_error *err);

/* The element of a device that has a key, a uid and a model. What signing returns. */
NP_MUST_USE np_code cloud_manifest_write(const cloud_manifest_writer *writer,
                                         const cloud_device *device, np_writer *ret, np_error *err);

/* The payload of an element for NervesHub's importer, with no more members than it reads. */
void cloud_manifest_write_bare(const cloud_device *device, np_writer *ret);
