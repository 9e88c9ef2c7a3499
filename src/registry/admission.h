/* SPDX-License-Identifier: Apache-2.0 */
/*
 * May this device come in? One pure rule: from the certificates that were presented, what is
 * stored, the time and the policy to a verdict, its reason, and what is to be stored with it. It is
 * not TLS: that the device holds the key, whoever calls this has seen proven.
 *
 * Rule for callers: an admitted device is in only when its effects are stored, in one transaction.
 * If the database finds there that another one was quicker, judge again.
 *
 * The differences to NervesHub's rule are deliberate (specs of nerveshub 7): signatures choose
 * among CAs, and key identifiers do not matter; a leaf must be a client's, no CA and no ownership
 * proof; unknown critical extensions refuse; what signs must be a CA.
 */
#pragma once

#include "registry/reasons.h"
#include "x509/judge.h"

enum {
    NP_ADMISSION_CHAIN_MAX = 8,
    NP_IDENTIFIER_MAX = 255,
    NP_FINGERPRINT_BYTES = 32, /* SHA-256 */
};

/* Where a CA's devices carry their identifier. */
typedef enum np_identifier_source {
    NP_IDENTIFIER_COMMON_NAME,
    NP_IDENTIFIER_SERIAL_NUMBER, /* the attribute of IEEE 802.1AR */
    NP_IDENTIFIER_DNS,           /* first alternative name of that kind */
    NP_IDENTIFIER_URI,
    NP_IDENTIFIER_SOURCE_COUNT
} np_identifier_source;

/* "cn", "serial-number", "dns", "uri"; NULL for a value that is none. */
const char *np_identifier_source_name(np_identifier_source source);

/* False when it is none of these names. */
bool np_identifier_source_parse(np_bytes text, np_identifier_source *ret);

/*
 * Text that people can see and databases can store: 1 to NP_IDENTIFIER_MAX bytes of UTF-8 without
 * control characters.
 */
bool np_identifier_is_good(np_bytes text);

/* Which certificate of the chain is remembered. */
typedef enum np_pin {
    NP_PIN_LEAF,
    NP_PIN_ISSUER, /* the leaf's issuer: for leaves that change with each firmware (TCG DICE) */
    NP_PIN_COUNT
} np_pin;

/* "leaf", "issuer"; NULL for a value that is none. */
const char *np_pin_name(np_pin pin);

typedef struct np_known_device {
    int64_t id;
    int64_t org;
    uint8_t identifier[NP_IDENTIFIER_MAX];
    size_t identifier_len;
    bool is_blocked;
    bool is_deleted;
    unsigned certificates; /* on record */
    int64_t rekey_until;   /* seconds since 1970; a new key is welcome before this */
} np_known_device;

/* A certificate, or a key, that is on record. */
typedef struct np_known_credential {
    np_known_device device;
    bool is_blocked;
    np_pin pin;
} np_known_credential;

typedef struct np_known_authority {
    int64_t id;
    int64_t org;
    np_bytes der;             /* lives during the visit */
    bool checks_expiry;       /* an expired one admits nobody new */
    bool may_create;          /* devices at their first connection (JITP) */
    uint64_t may_create_more; /* so many */
    np_identifier_source source;
    np_pin pin;
} np_known_authority;

/* What the rule asks. An error ends it; "not found" is none. */
typedef struct np_admission_store {
    NP_MUST_USE np_code (*find_certificate)(void *self, const uint8_t sha256[static 32],
                                            np_known_credential *ret, bool *ret_is_found,
                                            np_error *err);
    /* by the SHA-256 of the SubjectPublicKeyInfo */
    NP_MUST_USE np_code (*find_key)(void *self, const uint8_t sha256[static 32],
                                    np_known_credential *ret, bool *ret_is_found, np_error *err);
    NP_MUST_USE np_code (*find_device)(void *self, int64_t org, np_bytes identifier,
                                       np_known_device *ret, bool *ret_is_found, np_error *err);
    /* Every registered CA with this subject (Name, DER, whole), in any order. */
    NP_MUST_USE np_code (*visit_authorities)(void *self, np_bytes subject,
                                             void (*visit)(void *context,
                                                           const np_known_authority *authority),
                                             void *context, np_error *err);
    void *self;
} np_admission_store;

typedef struct np_admission_policy {
    bool refuses_expired_known;       /* a device on record needs a valid certificate too */
    unsigned skew_s;                  /* clocks may differ by this much; not tuned */
    unsigned certificates_per_device; /* 0: no limit */
} np_admission_policy;

/* Bits: what is to be stored when the device comes in. */
typedef enum np_effect {
    NP_EFFECT_TOUCH = 1U << 0,           /* device and certificate were seen; may be late or lost */
    NP_EFFECT_CREATE_DEVICE = 1U << 1,   /* from the CA's template */
    NP_EFFECT_ADD_CERTIFICATE = 1U << 2, /* the pinned one */
    NP_EFFECT_CLOSE_REKEY = 1U << 3,
} np_effect;

typedef struct np_admission {
    np_reason reason;
    unsigned effects;
    int64_t org;       /* 0 while none is known */
    int64_t device;    /* 0 for one that is to be created */
    int64_t authority; /* 0 when none was asked */
    uint64_t
        may_create_more; /* NP_EFFECT_CREATE_DEVICE: so many, this one too, its CA may create */
    uint8_t identifier[NP_IDENTIFIER_MAX];
    size_t identifier_len;
    np_bytes pinned; /* DER, of the caller's chain: what is or is to be on record */
    uint8_t leaf_sha256[NP_FINGERPRINT_BYTES];
    char detail[160]; /* about this certificate, in words; may be empty */
} np_admission;

typedef struct np_admission_request {
    const np_bytes *chain; /* DER, the leaf first, at most NP_ADMISSION_CHAIN_MAX */
    size_t chain_len;
    const np_admission_store *store;
    np_admission_policy policy;
    np_judge judge; /* for P-256, which nearly all are; libcrypto sees to the rest */
    int64_t now;
} np_admission_request;

/*
 * The verdict is *ret, also for a refusal. What the store returned when it could not be asked; the
 * reason is storage_unavailable then.
 */
NP_MUST_USE np_code np_admission_decide(const np_admission_request *request, np_admission *ret,
                                        np_error *err);
