/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a NervesKey as any reader would: OTP, both compressed certificates, the public key, and
 * the two certificates rebuilt from them. Reads each thing once; no heap, no libcrypto.
 */
#pragma once

#include "atecc/device.h"
#include "nerveskey/otp.h"
#include "x509/profile.h"
#include <nameplate/certificate.h>

typedef struct np_identity {
    np_chip_serial chip_serial;
    np_nerveskey_otp otp;
    uint8_t otp_bytes[NP_ATECC_OTP_SIZE];
    uint8_t device_compressed[NP_COMPRESSED_SIZE];
    uint8_t signer_compressed[NP_COMPRESSED_SIZE];
    uint8_t signer_key[64];
    uint8_t public_key[64];
    np_identity_der device;
    np_identity_der signer;
} np_identity;

/*
 * What the certificates need and nothing else: 13 commands for serials up to 16 bytes, 14 for
 * longer ones; otp_bytes has its second block only then. NP_ECONFLICT_FOREIGN when the OTP is not
 * NervesKey's or the 72 bytes are of another template, NP_EDEVICE_STATUS when the data zone is not
 * locked yet.
 */
NP_MUST_USE np_code np_identity_read(np_atecc *chip, np_identity *ret, np_error *err);

/*
 * The same with all of the OTP, when the chip serial is known already: 13 commands. Does not
 * rebuild the certificates.
 */
NP_MUST_USE np_code np_identity_read_contents(np_atecc *chip, const np_chip_serial *serial,
                                              np_identity *ret, np_error *err);

/* Decodes the OTP and rebuilds both certificates from the other fields. Pure. */
NP_MUST_USE np_code np_identity_rebuild(np_identity *identity, np_error *err);
