/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/aux_plan.h"

#include "crypto/hash.h"
#include "nerveskey/layout.h"
#include "nerveskey/proof.h"

/* NervesKey's order: the slot that says whether there is a pair comes first. */
static const unsigned slots[] = {
    NP_NERVESKEY_AUX_DEVICE_CERTIFICATE_SLOT,
    NP_NERVESKEY_AUX_SIGNER_KEY_SLOT,
    NP_NERVESKEY_AUX_SIGNER_CERTIFICATE_SLOT,
};

np_code np_aux_check(const np_aux *aux, bool *ret_is_good, np_error *err)
{
    bool is_self_signed = false;
    *ret_is_good = false;
    if (aux->state != NP_AUX_PRESENT) {
        return NP_OK;
    }
    NP_TRY(proof_check_signer(&aux->identity, &is_self_signed, err));
    if (!is_self_signed) {
        return NP_OK;
    }
    return proof_check_certificate(&aux->identity, ret_is_good, err);
}

static void hash_plan(np_aux_plan *plan, const uint8_t *otp, const uint8_t *fingerprint)
{
    const np_bytes parts[] = {
        np_bytes_text("nameplate plan 1, layout nerveskey auxiliary, "),
        np_bytes_text(np_atecc_model_name(plan->model)),
        NP_BYTES(plan->chip_serial.bytes),
        np_bytes_of(otp, NP_ATECC_OTP_SIZE),
        np_bytes_of(fingerprint, NP_SHA256_SIZE),
    };
    np_sha256_parts(parts, NP_COUNT_OF(parts), plan->hash);
}

static bool is_of_signer(const np_identity *identity, const np_certificate *signer)
{
    return np_bytes_equal(np_bytes_of(identity->signer.bytes, identity->signer.len), signer->der);
}

np_code np_aux_plan_compute(const np_aux *there, const np_plan_signer *signer, int64_t now,
                            np_aux_plan *ret, np_error *err)
{
    const np_identity *identity = &there->identity;
    np_validity validity;
    if (there->state == NP_AUX_UNREADABLE) {
        np_code code = np_error_set(err, NP_ECONFLICT_OTHER,
                                    "the chip is not provisioned: its data zone is not locked");
        return np_error_hint(err, code, "auxiliary certificates come after the primary ones");
    }
    *ret = (np_aux_plan){
        .model = there->model, .chip_serial = identity->chip_serial, .otp = identity->otp};
    memcpy(ret->public_key, identity->public_key, sizeof(ret->public_key));
    memcpy(ret->signer_compressed, signer->compressed, sizeof(ret->signer_compressed));
    memcpy(ret->signer_key, signer->public_key, sizeof(ret->signer_key));
    hash_plan(ret, identity->otp_bytes, signer->fingerprint);
    NP_TRY(np_aux_check(there, &ret->is_done, err));
    ret->is_done = ret->is_done && is_of_signer(identity, signer->certificate);
    if (ret->is_done) {
        return NP_OK;
    }
    NP_TRY(np_validity_check_signer(&signer->certificate->validity, now, err));
    NP_TRY(np_validity_at(now, NP_DEVICE_CERTIFICATE_YEARS, &validity, err));
    return np_dates_encode(&validity, ret->dates, err);
}

/* Whole blocks; what a slot cannot hold of the last one is sent as zeros. */
static np_code write_slot(np_atecc *chip, unsigned slot, np_bytes bytes, np_error *err)
{
    for (size_t at = 0; at < bytes.len; at += NP_ATECC_BLOCK_SIZE) {
        uint8_t block[NP_ATECC_BLOCK_SIZE] = {0};
        size_t left = bytes.len - at;
        memcpy(block, bytes.data + at, left < sizeof(block) ? left : sizeof(block));
        np_code code = np_atecc_write(chip, NP_ATECC_ZONE_DATA, np_atecc_slot_address(slot, at),
                                      NP_BYTES(block), err);
        if (code != NP_OK) {
            return np_error_prefix(err, code, "slot %u, block %u", slot,
                                   (unsigned)(at / NP_ATECC_BLOCK_SIZE));
        }
    }
    return NP_OK;
}

static np_code issue(const np_aux_plan *plan, const np_signing *signing, np_issued *ret,
                     np_error *err)
{
    np_profile_values values = {
        .subject = np_bytes_of(plan->otp.serial.text, plan->otp.serial.len),
        .public_key = plan->public_key,
        .authority_key = plan->signer_key,
        .chip_serial = NP_BYTES(plan->chip_serial.bytes),
    };
    np_code code =
        np_profile_issue(&np_profile_nerveskey_device, &values, plan->dates, signing, ret, err);
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "auxiliary device certificate");
}

static np_code verify(const np_aux *there, const np_bytes *contents, np_error *err)
{
    const np_identity *identity = &there->identity;
    const np_bytes read[] = {NP_BYTES(identity->device_compressed), NP_BYTES(identity->signer_key),
                             NP_BYTES(identity->signer_compressed)};
    bool is_good = false;
    for (size_t i = 0; i < NP_COUNT_OF(slots); i++) {
        if (!np_bytes_equal(read[i], contents[i])) {
            return np_error_set(err, NP_EDEVICE_VERIFY, "read back from the chip: slot %u differs",
                                slots[i]);
        }
    }
    NP_TRY(np_aux_check(there, &is_good, err));
    return is_good ? NP_OK
                   : np_error_set(err, NP_EDEVICE_VERIFY,
                                  "read back from the chip: the auxiliary signer did not sign a "
                                  "certificate for the key in slot 0");
}

static np_code apply(const np_aux_plan *plan, np_atecc *chip, const np_signing *signing,
                     np_aux *ret, np_error *err)
{
    np_issued issued;
    NP_TRY(issue(plan, signing, &issued, err));
    const np_bytes contents[] = {NP_BYTES(issued.compressed), NP_BYTES(plan->signer_key),
                                 NP_BYTES(plan->signer_compressed)};
    for (size_t i = 0; i < NP_COUNT_OF(slots); i++) {
        NP_TRY(write_slot(chip, slots[i], contents[i], err));
    }
    NP_TRY(np_aux_read(chip, ret, err));
    return verify(ret, contents, err);
}

/* The first error counts. */
static np_code end_session(np_atecc *chip, np_code code, np_error *err)
{
    np_code slept = np_atecc_sleep(chip, code == NP_OK ? err : NULL);
    return code != NP_OK ? code : slept;
}

np_code np_aux_plan_apply(const np_aux_plan *plan, np_atecc *chip, const np_signing *signing,
                          np_aux *ret, np_error *err)
{
    return end_session(chip, apply(plan, chip, signing, ret, err), err);
}

static np_code clear(np_atecc *chip, np_error *err)
{
    static const uint8_t zeros[NP_COMPRESSED_SIZE];
    for (size_t i = 0; i < NP_COUNT_OF(slots); i++) {
        NP_TRY(write_slot(chip, slots[i], NP_BYTES(zeros), err));
    }
    for (size_t i = 0; i < NP_COUNT_OF(slots); i++) {
        uint8_t there[NP_COMPRESSED_SIZE];
        NP_TRY(np_atecc_read_slot(chip, slots[i], sizeof(there), there, err));
        if (!np_bytes_are_all(NP_BYTES(there), 0)) {
            return np_error_set(err, NP_EDEVICE_VERIFY,
                                "read back from the chip: slot %u is not zero", slots[i]);
        }
    }
    return NP_OK;
}

np_code np_aux_clear(np_atecc *chip, np_error *err)
{
    return end_session(chip, clear(chip, err), err);
}
