/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates as templates. A profile is a constant table: names, extensions in order, where the
 * serial number comes from. The same table issues a certificate, rebuilds it from 72 bytes and
 * tells why a foreign one does not fit. Reading needs no heap and no libcrypto; issuing gets a
 * signer handed in.
 */
#pragma once

#include "crypto/signing.h"
#include "x509/compressed.h"

/* Where the bytes of an extension come from. */
typedef enum np_extension_kind {
    NP_EXTENSION_LITERAL,          /* the whole Extension, as in the table */
    NP_EXTENSION_SUBJECT_KEY_ID,   /* prefix as in the table, then 20 bytes */
    NP_EXTENSION_AUTHORITY_KEY_ID, /* the same, of the authority's key */
    NP_EXTENSION_EUI48,            /* prefix as in the table, then 12 hex digits */
} np_extension_kind;

typedef struct np_profile_extension {
    const char *name; /* "basicConstraints" */
    np_extension_kind kind;
    np_bytes der;        /* LITERAL: the whole Extension; else all of it but the bytes at its end */
    const char *meaning; /* for people: "critical, CA true, path length 0" */
} np_profile_extension;

/* What a common name leaves open. */
typedef enum np_name_hole {
    NP_HOLE_NONE,
    NP_HOLE_SUBJECT,   /* the subject of the values */
    NP_HOLE_SIGNER_ID, /* the signer id, upper-case hex */
} np_name_hole;

/* One attribute an RDN, all of them UTF8String. */
typedef struct np_profile_name {
    const char *organization; /* before the common name; NULL: none */
    const char *before;       /* common name up to the hole; NULL: nothing */
    np_name_hole hole;
    const char *after; /* common name behind the hole; NULL: nothing */
} np_profile_name;

/* What a key identifier is the SHA-1 of. */
typedef enum np_key_id_rule {
    NP_KEY_ID_OF_SPKI,  /* the whole SubjectPublicKeyInfo, as NervesKey */
    NP_KEY_ID_OF_POINT, /* 04 | X | Y, as RFC 5280 4.2.1.2 (1) and everybody else */
} np_key_id_rule;

typedef struct np_profile {
    const char *name; /* "nerveskey-device" */
    uint8_t template_id;
    uint8_t chain_id;
    bool has_signer_id; /* any is stored; otherwise it must be 0 */
    np_serial_source serial_source;
    np_key_id_rule key_id;
    bool ends_in_generalized_time; /* notAfter, whatever its year; otherwise from 2050 on */
    np_profile_name issuer;
    np_profile_name subject;
    bool is_self_signed;
    const np_profile_extension *extensions;
    size_t extension_count;
} np_profile;

/* NervesKey's two templates (specs of NervesKey 5). */
extern const np_profile np_profile_nerveskey_device;
extern const np_profile np_profile_nerveskey_signer;

/*
 * Microchip's templates for Trust&GO parts (specs of NervesKey 6): the signer, and the device as
 * template 3 has it (with an EUI-48) and as template 2 of older parts (without).
 */
extern const np_profile np_profile_trust_and_go_signer;
extern const np_profile np_profile_trust_and_go_device;
extern const np_profile np_profile_trust_and_go_device_2;

/*
 * The throw-away root of virtual Trust&GO parts: the names of Microchip's, so that chains can be
 * checked, and a comment that says what it is. Never stored on a chip.
 */
extern const np_profile np_profile_virtual_root;

enum {
    NP_COMMON_NAME_MAX = 64 /* ub-common-name of X.520 */,
    NP_KEY_ID_SIZE = 20,
};

/* What a template leaves open. Slices are borrowed. */
typedef struct np_profile_values {
    np_bytes subject;             /* for the subject's hole; ignored where there is none */
    const uint8_t *public_key;    /* 64 bytes */
    const uint8_t *authority_key; /* 64 bytes; ignored by self-signed profiles */
    np_bytes chip_serial;         /* 9 bytes; ignored unless the serial comes from it */
    np_bytes eui48;               /* 12 hex digits; ignored unless an extension has them */
    /* The rest is ignored unless the profile leaves it open, and by rebuilding but for the form. */
    uint16_t signer_id;
    bool pads_signer_id;            /* in names: "002C", not "2C" */
    np_serial_source serial_source; /* NP_SERIAL_FROM_PUBLIC_KEY or _CHIP_SERIAL */
} np_profile_values;

/* The key identifier of a key by the profile's rule. */
void np_profile_key_id(const np_profile *profile, const uint8_t public_key[static 64],
                       uint8_t ret[static NP_KEY_ID_SIZE]);

/* A Name of the profile, its hole filled from the values. */
void np_profile_write_name(np_writer *writer, const np_profile_name *name,
                           const np_profile_values *values);

/*
 * The signed part. NP_EINPUT_FORMAT when the dates are no date, NP_EINPUT_RANGE when the common
 * name is longer than X.520 allows, the EUI-48 has not 12 digits or the writer is too small.
 */
NP_MUST_USE np_code np_profile_write_tbs(const np_profile *profile, const np_profile_values *values,
                                         const uint8_t dates[static NP_DATES_SIZE],
                                         np_writer *writer, np_error *err);

/* The whole certificate: the signed part, the algorithm, the signature r|s in minimal form. */
void np_profile_assemble(np_bytes tbs, const uint8_t signature[static 64], np_writer *writer);

/*
 * Rebuilds the certificate that a chip stores. NP_EINPUT_FORMAT when the 72 bytes are not of this
 * profile (template, chain, signer id or serial source differ: the message names which).
 */
NP_MUST_USE np_code np_profile_rebuild(const np_profile *profile, const np_profile_values *values,
                                       const uint8_t bytes[static NP_COMPRESSED_SIZE],
                                       np_writer *writer, np_error *err);

typedef struct np_issued {
    uint8_t compressed[NP_COMPRESSED_SIZE];
    uint8_t der[1024];
    size_t der_len;
    unsigned signatures; /* how many were made until one suited old readers */
} np_issued;

/*
 * Signs a certificate of this profile, again until old readers can rebuild it, then rebuilds it
 * from its 72 bytes, compares, and verifies the signature with the signer's public key. Does not
 * ask whether the signer may sign: np_validity_at gave the dates, the signer room the permission.
 * NP_EINPUT_KEY when the signer's key is not the authority key or its signature does not verify;
 * NP_ESTATION_CRYPTO when it repeats a signature that does not suit. Needs libcrypto.
 */
NP_MUST_USE np_code np_profile_issue(const np_profile *profile, const np_profile_values *values,
                                     const uint8_t dates[static NP_DATES_SIZE],
                                     const np_signing *signing, np_issued *ret, np_error *err);
