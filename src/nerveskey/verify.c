/* SPDX-License-Identifier: Apache-2.0 */
#include "nerveskey/verify.h"

#include "base/format.h"
#include "nerveskey/layout.h"
#include "nerveskey/proof.h"
#include "nerveskey/trust_and_go.h"
#include "nerveskey/volatile.h"

static const char *const check_names[NP_CHECK_COUNT] = {
    [NP_CHECK_LAYOUT] = "layout",       [NP_CHECK_LOCKS] = "locks",   [NP_CHECK_OTP] = "otp",
    [NP_CHECK_SIGNER] = "signer",       [NP_CHECK_DEVICE] = "device", [NP_CHECK_TIME] = "time",
    [NP_CHECK_CHALLENGE] = "challenge",
};

const char *np_check_name(np_check check)
{
    return (unsigned)check < NP_CHECK_COUNT ? check_names[check] : "unknown";
}

static void pass(np_verification *ret, np_check check)
{
    ret->verdicts[check] = NP_VERDICT_PASSED;
}

static void fail(np_verification *ret, np_check check, const char *why)
{
    ret->verdicts[check] = NP_VERDICT_FAILED;
    np_format(ret->notes[check], sizeof(ret->notes[check]), "%s", why);
}

static void settle(np_verification *ret, np_check check, bool is_good, const char *why_not)
{
    if (is_good) {
        pass(ret, check);
    } else {
        fail(ret, check, why_not);
    }
}

/* Slots with locks of their own, in the layout that the chip has. */
static bool slots_are_locked(const uint8_t *config)
{
    const np_layout *layout = np_layout_of(config);
    uint16_t open =
        (uint16_t)(config[NP_CONFIG_SLOT_LOCKED] | config[NP_CONFIG_SLOT_LOCKED + 1] << 8);
    return layout == NULL || (open & layout->locked_slots) == 0;
}

static void check_locks(const np_snapshot *snapshot, np_verification *ret)
{
    const uint8_t *config = snapshot->config;
    bool is_trust_and_go = snapshot->identity.kind == NP_IDENTITY_TRUST_AND_GO;
    settle(ret, NP_CHECK_LAYOUT,
           is_trust_and_go ? np_trust_and_go_has_config(config) : np_layout_of(config) != NULL,
           config[NP_CONFIG_LOCK_CONFIG] == NP_ATECC_LOCKED
               ? (is_trust_and_go ? "the configuration is not Microchip's for this part"
                                  : "the configuration is not NervesKey's")
               : "the configuration is not locked: the chip is not provisioned");
    const char *open = "slot 0 is not locked: its key could still be replaced; provision again";
    if (config[NP_CONFIG_LOCK_CONFIG] != NP_ATECC_LOCKED) {
        open = "the configuration is not locked";
    } else if (config[NP_CONFIG_LOCK_VALUE] != NP_ATECC_LOCKED) {
        open = "the data zone is not locked";
    }
    if (snapshot->stage == NP_STAGE_KEY_LOCKED && !slots_are_locked(config)) {
        open = "slot 1 or 2 is not locked; provision again";
    }
    settle(ret, NP_CHECK_LOCKS, snapshot->stage == NP_STAGE_KEY_LOCKED && slots_are_locked(config),
           open);
}

static void check_root(const np_trust *trust, np_verification *ret)
{
    np_root root = ret->identity.root;
    bool is_virtual = root == NP_ROOT_VIRTUAL && !ret->signer_is_trusted;
    const char *why_not = "the signer is not signed by the root";
    if (is_virtual && !trust->accepts_virtual_root) {
        why_not = "the root is the throw-away one of virtual parts, whose key everybody has";
    }
    bool is_good = root != NP_ROOT_NONE && (!is_virtual || trust->accepts_virtual_root);
    settle(ret, NP_CHECK_SIGNER, is_good, why_not);
    ret->signer_is_trusted = is_good && !is_virtual;
}

static np_code check_signer(const np_trust *trust, np_verification *ret, np_error *err)
{
    np_bytes there = np_bytes_of(ret->identity.signer.bytes, ret->identity.signer.len);
    bool is_good = false;
    ret->signer_is_trusted = trust->signer.len > 0;
    if (ret->signer_is_trusted && !np_bytes_equal(there, trust->signer)) {
        fail(ret, NP_CHECK_SIGNER, "the signer on the chip is another one than the trusted");
        return NP_OK;
    }
    if (ret->identity.kind == NP_IDENTITY_TRUST_AND_GO) {
        check_root(trust, ret);
        return NP_OK;
    }
    NP_TRY(proof_check_signer(&ret->identity, &is_good, err));
    settle(ret, NP_CHECK_SIGNER, is_good, "the signer certificate is not signed by its own key");
    return NP_OK;
}

static bool is_within(const np_validity *validity, const np_civil *now)
{
    return np_civil_compare(&validity->not_before, now) <= 0 &&
           np_civil_compare(now, &validity->not_after) <= 0;
}

static np_code check_time(int64_t now, np_verification *ret, np_error *err)
{
    np_civil time = np_civil_from_seconds(now);
    np_certificate device;
    np_certificate signer;
    const np_identity *identity = &ret->identity;
    NP_TRY(np_certificate_parse(np_bytes_of(identity->device.bytes, identity->device.len), &device,
                                err));
    NP_TRY(np_certificate_parse(np_bytes_of(identity->signer.bytes, identity->signer.len), &signer,
                                err));
    settle(ret, NP_CHECK_TIME, is_within(&device.validity, &time),
           "the device certificate is not valid now");
    ret->signer_is_expired = np_civil_compare(&time, &signer.validity.not_after) > 0;
    return NP_OK;
}

static np_code check_identity(const np_trust *trust, int64_t now, np_verification *ret,
                              np_error *err)
{
    bool is_good = false;
    pass(ret, NP_CHECK_OTP);
    NP_TRY(np_identity_settle(&ret->identity, trust->root, err));
    NP_TRY(check_signer(trust, ret, err));
    NP_TRY(proof_check_certificate(&ret->identity, &is_good, err));
    settle(ret, NP_CHECK_DEVICE, is_good,
           "the signer did not sign a certificate for the key in slot 0");
    return check_time(now, ret, err);
}

static np_code check_challenge(np_atecc *chip, const uint8_t *config, np_random random,
                               np_verification *ret, np_error *err)
{
    const np_layout *layout = np_layout_of(config);
    bool is_authorised = true;
    bool is_good = false;
    if (layout != NULL && layout->needs_608) {
        NP_TRY(np_atecc_latch_read(chip, &is_authorised, err));
    }
    if (!is_authorised) {
        fail(ret, NP_CHECK_CHALLENGE,
             "the chip is not authorised: its key works only after the activation key was given");
        return NP_OK;
    }
    NP_TRY(proof_challenge(chip, ret->identity.public_key, random, &is_good, err));
    settle(ret, NP_CHECK_CHALLENGE, is_good, "the key in slot 0 gave a wrong signature");
    return NP_OK;
}

static bool all_passed(const np_verification *verification)
{
    for (unsigned check = 0; check < NP_CHECK_COUNT; check++) {
        if (verification->verdicts[check] != NP_VERDICT_PASSED) {
            return false;
        }
    }
    return true;
}

np_code np_identity_verify(np_atecc *chip, const np_trust *trust, int64_t now, np_random random,
                           np_verification *ret, np_error *err)
{
    *ret = (np_verification){0};
    for (unsigned check = 0; check < NP_CHECK_COUNT; check++) {
        ret->verdicts[check] = NP_VERDICT_SKIPPED;
    }
    np_snapshot snapshot;
    NP_TRY(np_snapshot_take(chip, &snapshot, err));
    check_locks(&snapshot, ret);
    ret->identity = snapshot.identity;
    if (snapshot.has_identity) {
        np_code code = check_identity(trust, now, ret, err);
        if (code == NP_OK) {
            code = check_challenge(chip, snapshot.config, random, ret, err);
        }
        /* a refusal is the device's answer to the question, trouble with the bus is not */
        if (code != NP_OK && np_error_class(code) != NP_CLASS_DEVICE) {
            return code;
        }
        if (code != NP_OK) {
            fail(ret, NP_CHECK_CHALLENGE, err != NULL ? err->message : np_code_name(code));
        }
    } else if (snapshot.stage == NP_STAGE_DATA_LOCKED || snapshot.stage == NP_STAGE_KEY_LOCKED) {
        fail(ret, NP_CHECK_OTP, snapshot.identity_error.message);
    }
    ret->is_good = all_passed(ret);
    return NP_OK;
}
