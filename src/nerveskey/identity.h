/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a NervesKey as any reader would: OTP, both compressed certificates, the public key, and
 * the two certificates rebuilt from them. Reads each thing once; no heap, no libcrypto.
 */
#pragma once

#include "atecc/device.h"
#include "nerveskey/otp.h"
#include "x509/profile.h"

typedef struct np_identity_der {
    uint8_t bytes[640];
    size_t len;
} np_identity_der;

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
 * What a certificate needs and nothing else: 13 commands for serials up to 16 bytes. Block 0 of the
 * configuration gives the chip serial. NP_ECONFLICT_FOREIGN when the OTP is not NervesKey's or the
 * 72 bytes are of another template, NP_EDEVICE_STATUS when the data zone is not locked yet.
 */
NP_MUST_USE np_code np_identity_read(np_atecc *chip, np_identity *ret, np_error *err);

/* Rebuilds both certificates from the other fields. Pure. */
NP_MUST_USE np_code np_identity_rebuild(np_identity *identity, np_error *err);
