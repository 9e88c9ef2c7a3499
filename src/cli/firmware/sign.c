/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wipe.h"
#include "cli/command.h"
#include "cli/firmware/key_source.h"
#include "cli/firmware/view.h"
#include "firmware/sign_file.h"

static np_code sign(const cli_arguments *arguments, np_firmware_facts *facts,
                    const np_firmware_private_key *key, np_firmware_outcome *ret, np_error *err)
{
    const char *path = arguments->out != NULL ? arguments->out : arguments->target;
    np_code code = np_firmware_sign_file(arguments->target, path, key, facts, ret, err);
    if (code == NP_EUSAGE) {
        return np_error_set(err, NP_EINPUT_FORMAT, "%s: not a regular file", arguments->target);
    }
    return code == NP_EINPUT_FORMAT ? np_error_prefix(err, code, "%s", arguments->target) : code;
}

np_code cli_firmware_sign(const cli_arguments *arguments, cli_output *output, np_error *err)
{
    uint8_t fingerprint[NP_FIRMWARE_FINGERPRINT_SIZE];
    np_firmware_outcome outcome;
    NP_CLEANUP(np_firmware_private_key_clear) np_firmware_private_key key = {0};
    NP_CLEANUP(np_firmware_facts_free_at) np_firmware_facts *facts = np_firmware_facts_create();
    if (facts == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for %s", arguments->target);
    }
    NP_TRY(cli_firmware_private_key(arguments, &key, err));
    NP_TRY(sign(arguments, facts, &key, &outcome, err));
    np_firmware_key_fingerprint(key.point, fingerprint);
    cli_put_text(output, "path", "signed",
                 arguments->out != NULL ? arguments->out : arguments->target);
    cli_put_hex(output, "key_fingerprint", "key fingerprint", NP_BYTES(fingerprint));
    cli_put_firmware(output, facts);
    cli_put_flag(output, "unchanged", "unchanged", outcome.is_unchanged);
    return NP_OK;
}
