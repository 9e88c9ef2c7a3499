/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/consent.h"

#include "base/text.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { HASH_SIZE = 32 };

np_code cli_consent_check(const cli_arguments *arguments, const uint8_t hash[static 32],
                          np_error *err)
{
    uint8_t given[HASH_SIZE];
    char text[2 * HASH_SIZE + 1];
    if (arguments->plan == NULL) {
        return NP_OK;
    }
    if (np_parse_hex(arguments->plan, given, sizeof(given), NULL) != NP_OK) {
        return np_error_set(err, NP_EUSAGE, "--plan takes the %zu hex digits of a plan's hash",
                            2 * sizeof(given));
    }
    if (memcmp(given, hash, sizeof(given)) == 0) {
        return NP_OK;
    }
    np_format_hex(np_bytes_of(hash, HASH_SIZE), text);
    np_error_set(err, NP_ECONSENT, "the plan is not the one consented to: its hash is %s", text);
    return np_error_hint(err, NP_ECONSENT,
                         "compare with what nameplate chip plan shows; nothing was written");
}

np_code cli_consent_check_hash(const cli_arguments *arguments, const np_plan *plan, np_error *err)
{
    return cli_consent_check(arguments, plan->hash, err);
}

/* A line without its end; false at the end of the input. */
static bool read_line(char *ret, size_t size)
{
    if (fgets(ret, (int)size, stdin) == NULL) {
        return false;
    }
    ret[strcspn(ret, "\r\n")] = '\0';
    return true;
}

static np_code ask_for_word(const char *word, np_error *err)
{
    char line[64];
    fprintf(stderr, "type %s to go on: ", word);
    fflush(stderr);
    if (read_line(line, sizeof(line)) && strcmp(line, word) == 0) {
        return NP_OK;
    }
    return np_error_set(err, NP_EINTERRUPTED_WORD, "that was not the word %s; nothing was written",
                        word);
}

np_code cli_consent_get(const cli_arguments *arguments, const char *word, const char *what,
                        np_error *err)
{
    if (arguments->yes || arguments->plan != NULL) {
        return NP_OK;
    }
    if (isatty(STDIN_FILENO) && isatty(STDERR_FILENO)) {
        return ask_for_word(word, err);
    }
    np_error_set(err, NP_ECONSENT,
                 "%s and there is no terminal to ask on; "
                 "nothing was written",
                 what);
    return np_error_hint(err, NP_ECONSENT, "add --plan HASH with the hash above, or --yes");
}

np_code cli_consent_ask(const cli_arguments *arguments, const cli_planning *planning, np_error *err)
{
    cli_note_plan(planning);
    return cli_consent_get(arguments, "LOCK", "locks are irreversible", err);
}
