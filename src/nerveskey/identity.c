/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/identity.h"

#include "nerveskey/layout.h"
#include "nerveskey/trust_and_go.h"

enum { OTP_HALF = NP_ATECC_BLOCK_SIZE, OTP_FLAGS_AT = 4, OTP_FLAG_LONG_SERIAL = 1 };

static np_code read_certificates(np_atecc *chip, np_identity *ret, np_error *err)
{
    NP_TRY(np_atecc_read_slot(chip, NP_NERVESKEY_DEVICE_CERTIFICATE_SLOT, NP_COMPRESSED_SIZE,
                              ret->device_compressed, err));
    NP_TRY(np_atecc_read_slot(chip, NP_NERVESKEY_SIGNER_KEY_SLOT, sizeof(ret->signer_key),
                              ret->signer_key, err));
    NP_TRY(np_atecc_read_slot(chip, NP_NERVESKEY_SIGNER_CERTIFICATE_SLOT, NP_COMPRESSED_SIZE,
                              ret->signer_compressed, err));
    return np_atecc_genkey_public(chip, NP_NERVESKEY_KEY_SLOT, ret->public_key, err);
}

static np_code rebuild(const np_profile *profile, const np_profile_values *values,
                       const uint8_t *compressed, np_identity_der *ret, np_error *err)
{
    np_writer writer = np_writer_of(ret->bytes, sizeof(ret->bytes));
    NP_TRY(np_profile_rebuild(profile, values, compressed, &writer, err));
    ret->len = writer.len;
    return NP_OK;
}

np_code identity_rebuild_signer(const np_profile *profile, const np_profile_values *values,
                                np_identity *identity, np_error *err)
{
    np_code code = rebuild(profile, values, identity->signer_compressed, &identity->signer, err);
    return code == NP_OK
               ? NP_OK
               : np_error_prefix(err, NP_ECONFLICT_FOREIGN, "signer certificate in slot 12");
}

np_code identity_rebuild_device(const np_profile *profile, const np_profile_values *values,
                                np_identity *identity, np_error *err)
{
    np_code code = rebuild(profile, values, identity->device_compressed, &identity->device, err);
    return code == NP_OK
               ? NP_OK
               : np_error_prefix(err, NP_ECONFLICT_FOREIGN, "device certificate in slot 10");
}

static np_code rebuild_nerveskey(np_identity *identity, np_error *err)
{
    if (!np_nerveskey_otp_decode(identity->otp_bytes, &identity->otp)) {
        return np_error_set(err, NP_ECONFLICT_FOREIGN,
                            "the OTP zone does not begin with NervesKey's \"Nrvs\"");
    }
    const np_manufacturer_serial *serial = &identity->otp.serial;
    np_profile_values signer = {.public_key = identity->signer_key};
    np_profile_values device = {
        .subject = np_bytes_of(serial->text, serial->len),
        .public_key = identity->public_key,
        .authority_key = identity->signer_key,
        .chip_serial = NP_BYTES(identity->chip_serial.bytes),
    };
    NP_TRY(identity_rebuild_signer(&np_profile_nerveskey_signer, &signer, identity, err));
    return identity_rebuild_device(&np_profile_nerveskey_device, &device, identity, err);
}

typedef struct kind_row {
    const char *name;
    np_code (*read)(np_atecc *chip, np_identity *identity, np_error *err);
    np_code (*rebuild)(np_identity *identity, np_error *err);
} kind_row;

static const kind_row kinds[NP_IDENTITY_KIND_COUNT] = {
    [NP_IDENTITY_NERVESKEY] = {"nerveskey", read_certificates, rebuild_nerveskey},
    [NP_IDENTITY_TRUST_AND_GO] = {"trust-and-go", trust_and_go_read, trust_and_go_rebuild},
};

const char *np_identity_kind_name(np_identity_kind kind)
{
    return (unsigned)kind < NP_IDENTITY_KIND_COUNT ? kinds[kind].name : "unknown";
}

np_code np_identity_rebuild(np_identity *identity, np_error *err)
{
    return kinds[identity->kind].rebuild(identity, err);
}

/* The first OTP bytes are there. */
static void recognise(np_identity *identity)
{
    if (np_trust_and_go_has_code(identity->otp_bytes)) {
        identity->kind = NP_IDENTITY_TRUST_AND_GO;
    }
}

np_code np_identity_read(np_atecc *chip, np_identity *ret, np_error *err)
{
    uint8_t block[NP_ATECC_BLOCK_SIZE];
    *ret = (np_identity){.kind = NP_IDENTITY_NERVESKEY};
    NP_TRY(np_atecc_read_config(chip, 0, sizeof(block), block, err));
    memcpy(ret->chip_serial.bytes, block, 4);
    memcpy(ret->chip_serial.bytes + 4, block + 8, 5);
    NP_TRY(np_atecc_read_otp(chip, 0, OTP_HALF, ret->otp_bytes, err));
    recognise(ret);
    if (ret->otp_bytes[OTP_FLAGS_AT + 1] == OTP_FLAG_LONG_SERIAL) {
        NP_TRY(np_atecc_read_otp(chip, OTP_HALF, OTP_HALF, ret->otp_bytes + OTP_HALF, err));
    }
    NP_TRY(kinds[ret->kind].read(chip, ret, err));
    return np_identity_rebuild(ret, err);
}

np_code np_identity_read_contents(np_atecc *chip, const np_chip_serial *serial,
                                  np_identity_kind kind, np_identity *ret, np_error *err)
{
    *ret = (np_identity){.kind = kind, .chip_serial = *serial};
    NP_TRY(np_atecc_read_otp(chip, 0, NP_ATECC_OTP_SIZE, ret->otp_bytes, err));
    recognise(ret);
    return kinds[ret->kind].read(chip, ret, err);
}
