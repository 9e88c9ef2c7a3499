/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/firmware/key_source.h"
#include "cli/firmware/view.h"
#include "cli/registry.h"
#include "gateway/trusted.h"

/* fwup takes so many and ignores the rest. */
enum { FWUP_KEYS_MAX = 10 };

typedef struct verify_run {
    cli_archive archive;
    cli_archive delta_source; /* its file alone */
    np_trusted_keys trusted;  /* those of a registry first */
    size_t from_registry;     /* so many */
    np_firmware_policy policy;
} verify_run;

static void verify_run_clear(verify_run *run)
{
    cli_archive_close(&run->archive);
    cli_archive_close(&run->delta_source);
}

/* Keys of a registry first, then those of the command line. */
static np_code load_keys(const cli_arguments *arguments, verify_run *run, np_error *err)
{
    np_trusted_keys *ret = &run->trusted;
    if (arguments->org != NULL) {
        NP_CLEANUP(np_store_free_at) np_store *store = NULL;
        NP_TRY(cli_registry_open(arguments, &store, err));
        NP_TRY(np_trusted_keys_load(store, arguments->org, arguments->product, ret, err));
        run->from_registry = ret->count;
    }
    for (size_t i = 0; i < arguments->keys.count && ret->count < NP_TRUSTED_KEYS_MAX; i++) {
        NP_TRY(cli_firmware_public_key(arguments->keys.items[i], &ret->keys[ret->count], err));
        ret->count++;
    }
    if (ret->count > FWUP_KEYS_MAX) {
        cli_note("a device with fwup uses the first %d of these %zu keys", FWUP_KEYS_MAX,
                 ret->count);
    }
    return NP_OK;
}

static np_code make_policy(const cli_arguments *arguments, verify_run *ret, np_error *err)
{
    NP_TRY(load_keys(arguments, ret, err));
    ret->policy = (np_firmware_policy){
        .keys = ret->trusted.keys,
        .key_count = ret->trusted.count,
        .product = arguments->product,
        .platform = arguments->platform,
        .minimum_version = arguments->minimum_version,
    };
    return NP_OK;
}

/* Which status a refusal has: what was asked for by policy, or what is wrong in itself. */
static np_code code_of(np_firmware_reason reason)
{
    switch (np_firmware_reason_kind(reason)) {
    case NP_FIRMWARE_KIND_WRONG_PRODUCT:
    case NP_FIRMWARE_KIND_DOWNGRADE:
        return NP_EPOLICY;
    case NP_FIRMWARE_KIND_UNSIGNED:
    case NP_FIRMWARE_KIND_UNKNOWN_KEY:
        return NP_EINPUT_KEY;
    default:
        return NP_EINPUT_FORMAT;
    }
}

static const char *hint_of(np_firmware_reason reason)
{
    switch (reason) {
    case NP_FIRMWARE_NO_KEYS:
        return "--key FILE names a public key that is trusted";
    case NP_FIRMWARE_UNSIGNED:
        return "nameplate firmware sign ARCHIVE --key FILE signs it";
    case NP_FIRMWARE_UNKNOWN_KEY:
        return "it was signed by another key, or changed after it was signed";
    default:
        return NULL;
    }
}

static np_code refuse(const char *path, const np_firmware_verdict *verdict, np_error *err)
{
    np_code code = code_of(verdict->reason);
    const char *hint = hint_of(verdict->reason);
    np_error_set(err, code, "%s: %s (%s)", path, verdict->detail,
                 np_firmware_reason_name(verdict->reason));
    return hint == NULL ? code : np_error_hint(err, code, "%s", hint);
}

static const char *name_of(const cli_arguments *arguments, const verify_run *run, size_t key)
{
    return key < run->from_registry ? run->trusted.names[key]
                                    : arguments->keys.items[key - run->from_registry];
}

static void put_verdict(const cli_arguments *arguments, const verify_run *run,
                        const np_firmware_verdict *verdict, cli_output *output)
{
    uint8_t fingerprint[NP_FIRMWARE_FINGERPRINT_SIZE];
    bool is_accepted = verdict->reason == NP_FIRMWARE_ACCEPTED;
    cli_put_text(output, "verdict", "verdict", is_accepted ? "accepted" : "refused");
    cli_put_text(output, "reason", "reason", np_firmware_reason_name(verdict->reason));
    cli_put_text(output, "kind", "kind",
                 np_firmware_kind_name(np_firmware_reason_kind(verdict->reason)));
    if (!is_accepted) {
        cli_put_json(output, "detail", cli_json_text(verdict->detail));
    }
    if (verdict->has_key) {
        np_firmware_key_fingerprint(run->trusted.keys[verdict->key].bytes, fingerprint);
        cli_put_text(output, "key", "key", name_of(arguments, run, verdict->key));
        cli_put_hex(output, "key_fingerprint", "key fingerprint", NP_BYTES(fingerprint));
    }
    if (run->archive.facts->is_parsed) {
        cli_put_firmware(output, run->archive.facts);
    }
}

static np_code judge(const cli_arguments *arguments, verify_run *run, np_firmware_verdict *ret,
                     np_error *err)
{
    bool has_source = arguments->delta_source != NULL;
    NP_TRY(make_policy(arguments, run, err));
    NP_TRY(cli_archive_open(arguments->target, &run->archive, err));
    if (has_source) {
        NP_TRY(cli_archive_open(arguments->delta_source, &run->delta_source, err));
    }
    const np_firmware_verification what = {
        .source = &run->archive.source,
        .delta_source = has_source ? &run->delta_source.source : NULL,
        .policy = &run->policy,
        .is_lenient = arguments->fwup_compatible,
    };
    return np_firmware_verify(&what, run->archive.facts, ret, err);
}

static const char *words_of_fwup(const np_firmware_facts *facts, size_t key_count)
{
    if (!facts->has_signature) {
        return "Valid archive without a signature";
    }
    return key_count > 0 ? "Valid archive with a good signature"
                         : "Valid archive with an unverified signature. Specify a public key to "
                           "authenticate.";
}

static np_code answer(const cli_arguments *arguments, const verify_run *run,
                      const np_firmware_verdict *verdict, cli_output *output, np_error *err)
{
    if (arguments->fwup_compatible && !output->is_json) {
        if (verdict->reason == NP_FIRMWARE_ACCEPTED) {
            cli_print(output, "%s", words_of_fwup(run->archive.facts, run->trusted.count));
        }
    } else {
        put_verdict(arguments, run, verdict, output);
    }
    return verdict->reason == NP_FIRMWARE_ACCEPTED ? NP_OK
                                                   : refuse(arguments->target, verdict, err);
}

np_code cli_firmware_verify(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(verify_run_clear)
    verify_run run = {.archive = {.fd = -1}, .delta_source = {.fd = -1}};
    np_firmware_verdict verdict;
    np_code code = judge(arguments, &run, &verdict, err);
    if (code == NP_OK) {
        code = answer(arguments, &run, &verdict, output, err);
    }
    return arguments->fwup_compatible && code != NP_OK ? cli_as_fwup(code, err) : code;
}
