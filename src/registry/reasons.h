/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Why a device came in or did not: the closed list of reasons. Names are stable; logs, the API, the
 * web page and other people's alarms know them. One table (reasons.c) gives each its verdict, its
 * TLS alert, a sentence for people and what to do next.
 */
#pragma once

#include "base/bytes.h"

typedef enum np_reason {
    /* admitted */
    NP_REASON_KNOWN,
    NP_REASON_RENEWED,
    NP_REASON_REGISTERED,
    NP_REASON_REKEYED,
    NP_REASON_JITP_CREATED,
    /* refused: what was presented */
    NP_REASON_NO_CERTIFICATE,
    NP_REASON_MALFORMED,
    NP_REASON_WEAK_KEY,
    NP_REASON_CA_AS_LEAF,
    NP_REASON_OWNERSHIP_PROOF,
    NP_REASON_WRONG_EKU,
    NP_REASON_CRITICAL_EXTENSION,
    NP_REASON_CERT_EXPIRED,
    NP_REASON_CERT_NOT_YET_VALID,
    NP_REASON_MISSING_IDENTIFIER,
    /* refused: who signed it */
    NP_REASON_UNKNOWN_CA,
    NP_REASON_AMBIGUOUS_CA,
    NP_REASON_BAD_SIGNATURE,
    NP_REASON_NOT_A_CA,
    NP_REASON_CA_EXPIRED,
    /* refused: what is known about the device */
    NP_REASON_BLOCKED,
    NP_REASON_DEVICE_DELETED,
    NP_REASON_DEVICE_NOT_REGISTERED,
    NP_REASON_MISMATCHED_CN,
    NP_REASON_MISMATCHED_ORG,
    NP_REASON_UNEXPECTED_PUBKEY,
    NP_REASON_LIMIT,
    NP_REASON_STORAGE_UNAVAILABLE,
    /* refused: shared secrets (registry/nh1.h) */
    NP_REASON_NH1_DISABLED,
    NP_REASON_NH1_MALFORMED,
    NP_REASON_NH1_COST,
    NP_REASON_NH1_UNKNOWN_KEY,
    NP_REASON_NH1_BAD_SIGNATURE,
    NP_REASON_NH1_TIME,
    NP_REASON_NH1_IDENTIFIER,
    NP_REASON_NH1_REPLAYED,
    NP_REASON_COUNT
} np_reason;

/* TLS alerts (RFC 8446 6.2) that tell a device as much as TLS can. */
typedef enum np_alert {
    NP_ALERT_NONE = 0,
    NP_ALERT_HANDSHAKE_FAILURE = 40,
    NP_ALERT_BAD_CERTIFICATE = 42,
    NP_ALERT_UNSUPPORTED_CERTIFICATE = 43,
    NP_ALERT_CERTIFICATE_REVOKED = 44,
    NP_ALERT_CERTIFICATE_EXPIRED = 45,
    NP_ALERT_UNKNOWN_CA = 48,
    NP_ALERT_INTERNAL_ERROR = 80,
} np_alert;

typedef struct np_reason_row {
    const char *name; /* "unknown_ca" */
    bool is_admitted;
    np_alert alert;
    const char *sentence; /* lower case, no stop */
    const char *next;     /* what the operator can do; NULL: nothing is to be done */
} np_reason_row;

/* The reason of this name; NP_REASON_COUNT: there is none. */
np_reason np_reason_find(np_bytes name);

/* The row; that of storage_unavailable for a value that is no reason. */
const np_reason_row *np_reason_at(np_reason reason);
