/* SPDX-License-Identifier: Apache-2.0 */
#include "firmware/judge.h"

#include "base/format.h"
#include "firmware/version.h"

/* For %.*s, which takes no NULL. */
#define TEXT_ARGS(text)                                                                            \
    (int)((text).len < 100 ? (text).len : 100), (text).len == 0 ? "" : (const char *)(text).data

static void refuse(np_firmware_verdict *ret, np_firmware_reason reason, const char *format, ...)
    NP_PRINTF(3, 4);

static void refuse(np_firmware_verdict *ret, np_firmware_reason reason, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    ret->reason = reason;
    np_format_list(ret->detail, sizeof(ret->detail), format, list);
    va_end(list);
}

static void refuse_defect(const np_firmware_facts *facts, np_firmware_verdict *ret)
{
    refuse(ret, facts->defect, "%s", facts->detail);
}

/* A key that counts goes before a revoked one with the same bytes. */
static void find_key(const np_firmware_facts *facts, const np_firmware_policy *policy,
                     np_firmware_verdict *ret)
{
    for (size_t i = 0; i < policy->key_count; i++) {
        bool is_better = !ret->has_key || policy->keys[ret->key].state == NP_FIRMWARE_KEY_REVOKED;
        if (is_better &&
            np_ed25519_verify(policy->keys[i].bytes, np_firmware_text(facts), facts->signature)) {
            ret->has_key = true;
            ret->key = i;
        }
    }
}

static void judge_keys(const np_firmware_facts *facts, const np_firmware_policy *policy,
                       np_firmware_verdict *ret)
{
    if (policy->key_count == 0) {
        refuse(ret, NP_FIRMWARE_NO_KEYS, "no public key was given, so that nothing can be trusted");
        return;
    }
    if (!facts->has_signature) {
        refuse(ret, NP_FIRMWARE_UNSIGNED, "the archive is not signed");
        return;
    }
    find_key(facts, policy, ret);
    if (!ret->has_key) {
        refuse(ret, NP_FIRMWARE_UNKNOWN_KEY,
               "the signature of this meta.conf is of no key that was given");
    } else if (policy->keys[ret->key].state == NP_FIRMWARE_KEY_REVOKED) {
        refuse(ret, NP_FIRMWARE_REVOKED_KEY, "the key that signed it was revoked");
    }
}

static np_bytes field(const np_firmware_facts *facts, np_meta_field name)
{
    return facts->meta.fields[name];
}

static bool is_other(np_bytes have, const char *wanted)
{
    return wanted != NULL && !np_bytes_equal(have, np_bytes_text(wanted));
}

static void judge_product(const np_firmware_facts *facts, const np_firmware_policy *policy,
                          np_firmware_verdict *ret)
{
    np_bytes product = field(facts, NP_META_PRODUCT);
    np_bytes platform = field(facts, NP_META_PLATFORM);
    if (is_other(product, policy->product)) {
        refuse(ret, NP_FIRMWARE_WRONG_PRODUCT, "for the product '%.*s', not '%s'",
               TEXT_ARGS(product), policy->product);
    } else if (is_other(platform, policy->platform)) {
        refuse(ret, NP_FIRMWARE_WRONG_PLATFORM, "for the platform '%.*s', not '%s'",
               TEXT_ARGS(platform), policy->platform);
    }
}

static bool is_older(np_bytes version, const char *limit)
{
    return limit != NULL && np_version_compare(version, np_bytes_text(limit)) < 0;
}

static void judge_version(const np_firmware_facts *facts, const np_firmware_policy *policy,
                          np_firmware_verdict *ret)
{
    np_bytes version = field(facts, NP_META_VERSION);
    if (policy->minimum_version == NULL && policy->highest_accepted == NULL) {
        return;
    }
    if (!np_version_is_valid(version)) {
        refuse(ret, NP_FIRMWARE_BAD_VERSION, "its version '%.*s' is no semantic version",
               TEXT_ARGS(version));
    } else if (is_older(version, policy->minimum_version)) {
        refuse(ret, NP_FIRMWARE_BELOW_MINIMUM, "its version %.*s is older than the minimum %s",
               TEXT_ARGS(version), policy->minimum_version);
    } else if (is_older(version, policy->highest_accepted)) {
        refuse(ret, NP_FIRMWARE_DOWNGRADE, "its version %.*s is older than %s, which was accepted",
               TEXT_ARGS(version), policy->highest_accepted);
    }
}

static void copy_text(np_bytes text, char ret[NP_FIRMWARE_TEXT_SIZE])
{
    size_t len = text.len < NP_FIRMWARE_TEXT_SIZE ? text.len : NP_FIRMWARE_TEXT_SIZE - 1;
    if (len > 0) {
        memcpy(ret, text.data, len);
    }
    ret[len] = '\0';
}

static void tell(const np_firmware_facts *facts, np_firmware_verdict *ret)
{
    copy_text(field(facts, NP_META_PRODUCT), ret->product);
    copy_text(field(facts, NP_META_PLATFORM), ret->platform);
    copy_text(field(facts, NP_META_VERSION), ret->version);
    memcpy(ret->uuid, facts->uuid, sizeof(ret->uuid));
}

void np_firmware_judge(const np_firmware_facts *facts, const np_firmware_policy *policy,
                       np_firmware_verdict *ret)
{
    bool has_defect = facts->defect != NP_FIRMWARE_ACCEPTED;
    *ret = (np_firmware_verdict){.reason = NP_FIRMWARE_ACCEPTED};
    if (has_defect && facts->is_defect_in_front) {
        refuse_defect(facts, ret);
        return;
    }
    if (!facts->is_lenient || policy->key_count > 0) {
        judge_keys(facts, policy, ret);
    }
    if (ret->reason != NP_FIRMWARE_ACCEPTED) {
        return;
    }
    if (facts->is_parsed) {
        tell(facts, ret);
    }
    if (has_defect) {
        refuse_defect(facts, ret);
    } else if (facts->is_parsed) {
        judge_product(facts, policy, ret);
        if (ret->reason == NP_FIRMWARE_ACCEPTED) {
            judge_version(facts, policy, ret);
        }
    }
}

static np_code check_version(const char *text, np_error *err)
{
    return text == NULL || np_version_is_valid(np_bytes_text(text))
               ? NP_OK
               : np_error_set(err, NP_EUSAGE, "'%.*s' is no semantic version such as 1.2.0", 80,
                              text);
}

np_code np_firmware_check_policy(const np_firmware_policy *policy, np_error *err)
{
    NP_TRY(check_version(policy->minimum_version, err));
    return check_version(policy->highest_accepted, err);
}

/* Product and version are asked before the resources are read, which can be large. */
np_code np_firmware_verify(const np_firmware_verification *what, np_firmware_facts *facts,
                           np_firmware_verdict *ret, np_error *err)
{
    NP_TRY(np_firmware_check_policy(what->policy, err));
    NP_TRY(np_firmware_read_front(facts, what->source, what->is_lenient, err));
    np_firmware_judge(facts, what->policy, ret);
    if (ret->reason != NP_FIRMWARE_ACCEPTED) {
        return NP_OK;
    }
    NP_TRY(np_firmware_read_meta(facts, err));
    np_firmware_judge(facts, what->policy, ret);
    if (ret->reason != NP_FIRMWARE_ACCEPTED) {
        return NP_OK;
    }
    NP_TRY(np_firmware_read_resources(facts, what->delta_source, err));
    np_firmware_judge(facts, what->policy, ret);
    return NP_OK;
}
