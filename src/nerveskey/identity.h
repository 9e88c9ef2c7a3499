/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading a NervesKey as any reader would: OTP, both compressed certificates, the public key, and
 * the two certificates rebuilt from them. A Trust&GO part is read in the same way, with Microchip's
 * templates. Reads each thing once; no heap, no libcrypto.
 */
#pragma once

#include "atecc/device.h"
#include "nerveskey/otp.h"
#include "x509/profile.h"
#include <nameplate/certificate.h>
#include <nameplate/nerveskey.h>

typedef struct np_identity {
    np_identity_kind kind;
    np_chip_serial chip_serial;
    np_nerveskey_otp otp; /* Trust&GO: the chip serial in hex, no board */
    uint8_t otp_bytes[NP_ATECC_OTP_SIZE];
    uint8_t device_compressed[NP_COMPRESSED_SIZE];
    uint8_t signer_compressed[NP_COMPRESSED_SIZE];
    uint8_t signer_key[64];
    uint8_t public_key[64];
    np_identity_der device;
    np_identity_der signer;
    /* Trust&GO only. */
    char eui48[NP_EUI48_TEXT_SIZE + 1]; /* empty on parts without */
    uint8_t root_key[64];               /* of the authority that the signer certificate names */
    np_root root;                       /* NONE until nerveskey/trust.h has settled it */
    bool pads_signer_id;                /* in names; settled there as well */
} np_identity;

/*
 * What the certificates need and nothing else: 13 commands for serials up to 16 bytes, 14 for
 * longer ones; otp_bytes has its second block only then. A Trust&GO part, recognised by its OTP
 * code, takes up to five more. NP_ECONFLICT_FOREIGN when the OTP is not NervesKey's or the 72 bytes
 * are of another template, NP_EDEVICE_STATUS when the data zone is not locked yet.
 */
NP_MUST_USE np_code np_identity_read(np_atecc *chip, np_identity *ret, np_error *err);

/*
 * The same with all of the OTP, when the chip serial is known already: 13 commands. The kind is
 * what the configuration says; an OTP code makes it Trust&GO in any case. Does not rebuild the
 * certificates.
 */
NP_MUST_USE np_code np_identity_read_contents(np_atecc *chip, const np_chip_serial *serial,
                                              np_identity_kind kind, np_identity *ret,
                                              np_error *err);

/* Decodes the OTP and rebuilds both certificates from the other fields. Pure. */
NP_MUST_USE np_code np_identity_rebuild(np_identity *identity, np_error *err);

/* Inside the room: rebuild one of the two; an error names the slot and is NP_ECONFLICT_FOREIGN. */
NP_MUST_USE np_code identity_rebuild_signer(const np_profile *profile,
                                            const np_profile_values *values, np_identity *identity,
                                            np_error *err);
NP_MUST_USE np_code identity_rebuild_device(const np_profile *profile,
                                            const np_profile_values *values, np_identity *identity,
                                            np_error *err);
