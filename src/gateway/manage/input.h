/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bodies in JSON, by tables: each member with its kind, everything else refused by name. Inside
 * the room.
 */
#pragma once

#include "gateway/manage/call.h"
#include "x509/certificate.h"

typedef enum manage_kind {
    MANAGE_TEXT,        /* np_bytes: 1 to NP_FLEET_TEXT_MAX bytes without control characters */
    MANAGE_FLAG,        /* bool */
    MANAGE_COUNT,       /* uint64_t */
    MANAGE_TIME,        /* int64_t of "2026-11-20T09:00:00Z"; 0 of null */
    MANAGE_TAGS,        /* manage_tags of an array of texts */
    MANAGE_CERTIFICATE, /* manage_certificate of PEM */
    MANAGE_KIND_COUNT
} manage_kind;

typedef struct manage_tags {
    char text[NP_FLEET_TEXT_MAX]; /* JSON */
} manage_tags;

typedef struct manage_certificate {
    uint8_t der[NP_CERTIFICATE_MAX];
    size_t len; /* 0: none */
} manage_certificate;

/* False for what is no fingerprint in hex: it is nobody's then. */
bool manage_parse_fingerprint(np_bytes text, uint8_t ret[static NP_FINGERPRINT_BYTES]);

static inline np_bytes manage_certificate_bytes(const manage_certificate *certificate)
{
    return np_bytes_of(certificate->der, certificate->len);
}

typedef struct manage_member {
    const char *name;
    manage_kind kind;
    size_t offset; /* in ret */
    bool is_required;
} manage_member;

/*
 * Reads call->body into ret, which has what holds where nothing is given; its texts live as long as
 * the call. NP_EUSAGE names the member that is missing, unknown or of another kind.
 */
NP_MUST_USE np_code manage_read(const manage_call *call, const manage_member *members, size_t count,
                                void *ret, np_error *err);
