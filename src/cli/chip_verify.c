/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/certificate.h"
#include "cli/chip.h"
#include "cli/volatile_key.h"
#include "nerveskey/verify.h"

static const char *const verdict_words[] = {
    [NP_VERDICT_PASSED] = "ok",
    [NP_VERDICT_FAILED] = "FAILED",
    [NP_VERDICT_SKIPPED] = "skipped",
};

static void put_checks(const np_verification *verification, cli_output *output)
{
    json_t *checks = json_array();
    for (unsigned i = 0; i < NP_CHECK_COUNT; i++) {
        const char *name = np_check_name((np_check)i);
        const char *word = verdict_words[verification->verdicts[i]];
        const char *note = verification->notes[i];
        cli_print(output, "%s: %s%s%s", name, word, note[0] != '\0' ? ", " : "", note);
        json_t *row = json_object();
        json_object_set_new(row, "check", cli_json_text(name));
        json_object_set_new(row, "verdict", cli_json_text(word));
        json_object_set_new(row, "note", cli_json_text(note));
        json_array_append_new(checks, row);
    }
    cli_put_json(output, "checks", checks);
}

static const char *note_about_trust(const np_identity *identity)
{
    if (identity->kind == NP_IDENTITY_NERVESKEY) {
        return "without --signer-cert, the signer stored on the chip is trusted";
    }
    return identity->root == NP_ROOT_VIRTUAL
               ? "the root is the throw-away one of virtual parts: it proves nothing to anybody"
               : "no root that is trusted has signed the signer; --root takes another one";
}

static void put_verification(const np_verification *verification, cli_output *output)
{
    put_checks(verification, output);
    cli_put_json(output, "is_good", json_boolean(verification->is_good));
    cli_put_json(output, "signer_is_trusted", json_boolean(verification->signer_is_trusted));
    cli_put_json(output, "signer_is_expired", json_boolean(verification->signer_is_expired));
    cli_put_json(output, "chip_serial",
                 cli_json_hex(NP_BYTES(verification->identity.chip_serial.bytes)));
    cli_put_json(output, "serial", cli_json_text(verification->identity.otp.serial.text));
    bool has_signer = verification->verdicts[NP_CHECK_SIGNER] != NP_VERDICT_SKIPPED;
    if (has_signer && !verification->signer_is_trusted) {
        cli_note("%s", note_about_trust(&verification->identity));
    }
    if (verification->signer_is_expired) {
        cli_note("the signer has expired: devices keep their identity, but it can sign no more");
    }
}

static np_code load_trusted(const char *path, cli_certificate *ret, np_bytes *ret_der,
                            np_error *err)
{
    *ret_der = (np_bytes){0};
    if (path == NULL) {
        return NP_OK;
    }
    NP_TRY(cli_certificate_load(path, ret, err));
    *ret_der = cli_certificate_der(ret);
    return NP_OK;
}

typedef struct verifying {
    const np_trust *trust;
    int64_t now;
    np_verification *verification;
} verifying;

static np_code verify(void *self, np_atecc *chip, np_error *err)
{
    const verifying *what = self;
    return np_identity_verify(chip, what->trust, what->now, np_random_system(), what->verification,
                              err);
}

np_code cli_chip_verify(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    NP_CLEANUP(cli_chip_abandon) cli_chip chip = {0};
    cli_certificate signer;
    cli_root root;
    np_trust trust = {.root = NULL};
    np_verification verification;
    NP_TRY(load_trusted(arguments->signer_cert, &signer, &trust.signer, err));
    NP_TRY(cli_root_load(arguments->root, &root, err));
    NP_TRY(cli_chip_open(arguments, &chip, err));
    trust.root = root.key;
    trust.accepts_virtual_root = np_link_is_virtual(chip.link);
    verifying what = {.trust = &trust, .now = chip.now, .verification = &verification};
    const np_volatile_work work = {.run = verify, .self = &what};
    NP_TRY(cli_volatile_run(arguments->activation_key_file, &chip.device, &work, err));
    put_verification(&verification, output);
    NP_TRY(cli_chip_close(&chip, err));
    if (!verification.is_good) {
        return np_error_set(err, NP_EDEVICE_VERIFY, "the chip does not prove an identity");
    }
    return NP_OK;
}
