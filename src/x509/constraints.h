/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a certificate's extensions allow it to be (RFC 5280 4.2), for whoever validates a path. It
 * reads and judges nothing: an extension that nobody here knows is reported, not refused.
 */
#pragma once

#include "x509/certificate.h"

typedef enum np_key_usage { /* bits as RFC 5280 4.2.1.3 numbers them */
                            NP_USAGE_DIGITAL_SIGNATURE = 1U << 0,
                            NP_USAGE_KEY_CERT_SIGN = 1U << 5,
} np_key_usage;

typedef struct np_constraints {
    bool is_ca;
    bool has_path_len;
    unsigned path_len; /* CA certificates that may stand below it */
    bool has_key_usage;
    unsigned key_usage;
    bool has_ext_key_usage;
    bool allows_client; /* clientAuth, or any extended key usage */
    bool has_unknown_critical;
    np_bytes unknown_critical; /* OID, content, of the first such */
    np_bytes subject_key_id;   /* empty: none */
    np_bytes authority_key_id; /* the keyIdentifier; empty: none */
    np_bytes alt_names;        /* content of the GeneralNames; empty: none */
} np_constraints;

/* NP_EINPUT_FORMAT for an extension that is twice there, or not as its type says; names it. */
NP_MUST_USE np_code np_constraints_read(const np_certificate *certificate, np_constraints *ret,
                                        np_error *err);

enum {
    NP_ALT_NAME_DNS = 0x82, /* tags of GeneralName: IA5String */
    NP_ALT_NAME_URI = 0x86,
};

/*
 * The first alternative name with this tag that begins with this text (which may be empty). False
 * when there is none.
 */
bool np_constraints_find_alt_name(const np_constraints *constraints, uint8_t tag, const char *start,
                                  np_bytes *ret);
