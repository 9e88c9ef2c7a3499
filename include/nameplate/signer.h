/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The signer, also called a Device CA: the certificate and the key that sign what a chip carries.
 * It opens no files: PEM texts come and go as bytes, and where the key is kept is the caller's
 * affair. A signer may be used by several threads at once as long as none of them signs; signing
 * (provisioning) is one thread at a time.
 */
#pragma once

#include <nameplate/bytes.h>
#include <nameplate/certificate.h>
#include <nameplate/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct np_signer np_signer;

/* Wipes and releases; accepts NULL. */
NP_PUBLIC void np_signer_free(np_signer *signer);

/*
 * Certificate and key in PEM; both are copied. *ret is the caller's, to be freed; NULL after an
 * error:
 *   NP_EINPUT_MISSING, NP_EINPUT_FORMAT   one of them is not that
 *   NP_EINPUT_STORABLE                    a chip cannot store the certificate: every cause is in
 *                                         the message; np_certificate_check_storable lists them
 *   NP_EINPUT_KEY                         the key is not the certificate's
 *   NP_ESTATION_MEMORY, NP_ESTATION_CRYPTO
 */
NP_PUBLIC NP_MUST_USE np_code np_signer_open(np_bytes certificate_pem, np_bytes key_pem,
                                             np_signer **ret, np_error *err);

/* The same without a key: enough to plan and to verify, not to provision. */
NP_PUBLIC NP_MUST_USE np_code np_signer_open_certificate(np_bytes certificate_pem, np_signer **ret,
                                                         np_error *err);

/*
 * A new key and a self-signed certificate of NervesKey's template, valid from the hour begun at
 * now (seconds since 1970) for 1 to 31 years. NP_EINPUT_RANGE for another number of years,
 * NP_EINPUT_TIME for a time before 2000 or after 2031, NP_ESTATION_MEMORY, NP_ESTATION_CRYPTO.
 */
NP_PUBLIC NP_MUST_USE np_code np_signer_create(int64_t now, unsigned years, np_signer **ret,
                                               np_error *err);

/* May it sign at this time (seconds since 1970)? Expired or not yet valid: NP_EINPUT_TIME. */
NP_PUBLIC NP_MUST_USE np_code np_signer_check_time(const np_signer *signer, int64_t now,
                                                   np_error *err);

NP_PUBLIC bool np_signer_has_key(const np_signer *signer);
NP_PUBLIC void np_signer_public_key(const np_signer *signer,
                                    uint8_t ret_point[NP_AT_LEAST(NP_PUBLIC_KEY_SIZE)]);

/* The certificate as a chip stores it. */
NP_PUBLIC void np_signer_compressed(const np_signer *signer,
                                    uint8_t ret[NP_AT_LEAST(NP_COMPRESSED_SIZE)]);

/* SHA-256 of the certificate's DER. */
NP_PUBLIC void np_signer_fingerprint(const np_signer *signer,
                                     uint8_t ret[NP_AT_LEAST(NP_FINGERPRINT_SIZE)]);

/* The certificate in DER, as long as the signer lives. */
NP_PUBLIC np_bytes np_signer_certificate_der(const np_signer *signer);

/*
 * PEM texts with a NUL behind them; NP_PEM_SIZE is enough for each. NP_EINPUT_RANGE when size is
 * not enough; ret_text is then an empty text. The key is secret: wipe the text when it is stored,
 * in a file that nobody else can read. NP_EINPUT_MISSING when the signer was opened without a key.
 */
NP_PUBLIC NP_MUST_USE np_code np_signer_certificate_to_pem(const np_signer *signer, char *ret_text,
                                                           size_t size, np_error *err);
NP_PUBLIC NP_MUST_USE np_code np_signer_key_to_pem(const np_signer *signer, char *ret_text,
                                                   size_t size, np_error *err);

#ifdef __cplusplus
}
#endif
