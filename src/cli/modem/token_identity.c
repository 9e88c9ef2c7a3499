/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/modem/token_identity.h"

#include "cli/file.h"
#include "link/lock_file.h"
#include "x509/public_key.h"
#include <limits.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    PIN_LINE_MAX = 1200, /* what one token can add to the pins */
    LOCK_WAIT_MS = 10000,
};

typedef struct pins {
    np_pin_outcome outcome;
    uint8_t key[NP_P256_POINT_SIZE]; /* of MADE and KEPT */
    char *text;                      /* heap: the file as it is to be */
    size_t len;
} pins;

static void pins_clear(pins *made)
{
    free(made->text);
}

static np_code load_key(const char *path, cli_token_identity *ret, np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    NP_TRY(cli_file_load(path, &file, err));
    np_code code = np_public_key_parse_pem(cli_file_bytes(&file), ret->key, err);
    ret->has_key = code == NP_OK;
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "%s", path);
}

/* A file that is not there yet has no pins. */
static np_code load_pins(const char *path, cli_file *ret, np_error *err)
{
    return access(path, F_OK) == 0 ? cli_file_load(path, ret, err) : NP_OK;
}

np_code cli_token_check_files(const cli_arguments *arguments, np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    cli_token_identity identity;
    if (arguments->identity_key != NULL) {
        NP_TRY(load_key(arguments->identity_key, &identity, err));
    }
    return arguments->pins != NULL ? load_pins(arguments->pins, &file, err) : NP_OK;
}

static np_code compute_pins(const char *path, const np_token *token, pins *ret, np_error *err)
{
    NP_CLEANUP(cli_file_clear) cli_file file = {0};
    NP_TRY(load_pins(path, &file, err));
    size_t size = file.len + PIN_LINE_MAX;
    ret->text = malloc(size);
    if (ret->text == NULL) {
        return np_error_set(err, NP_ESTATION_MEMORY, "no memory for the pins");
    }
    np_writer writer = np_writer_of((uint8_t *)ret->text, size);
    np_code code =
        np_pins_update(cli_file_bytes(&file), token, &ret->outcome, ret->key, &writer, err);
    ret->len = writer.len;
    return code == NP_OK ? NP_OK : np_error_prefix(err, code, "%s", path);
}

static np_code apply_pins(const char *path, const np_token *token, cli_token_identity *ret,
                          np_error *err)
{
    NP_CLEANUP(pins_clear) pins found = {0};
    NP_TRY(compute_pins(path, token, &found, err));
    ret->is_pinned = true;
    ret->pin = found.outcome;
    if (!ret->has_key && (found.outcome == NP_PIN_MADE || found.outcome == NP_PIN_KEPT)) {
        memcpy(ret->key, found.key, sizeof(ret->key));
        ret->has_key = true;
    }
    return NP_OK;
}

np_code cli_token_judge(const cli_arguments *arguments, const np_token *token,
                        cli_token_identity *ret, np_token_report *ret_report, np_error *err)
{
    NP_CLEANUP(np_p256_verifier_free_at) np_p256_verifier *verifier = NULL;
    *ret = (cli_token_identity){0};
    if (arguments->identity_key != NULL) {
        NP_TRY(load_key(arguments->identity_key, ret, err));
    }
    if (arguments->pins != NULL) {
        NP_TRY(apply_pins(arguments->pins, token, ret, err));
    }
    NP_TRY(np_p256_verifier_create(&verifier, err));
    NP_TRY(np_token_judge(token, ret->has_key ? ret->key : NULL, verifier, ret_report, err));
    if (ret->is_pinned && ret->pin == NP_PIN_BROKEN) {
        ret_report->findings[NP_TOKEN_CHECK_IDENTITY] = (np_token_finding){
            NP_TOKEN_FAILED, "not signed with the key that the pins have for this device"};
    }
    return NP_OK;
}

np_code cli_token_store_pins(const cli_arguments *arguments, const np_token *token, np_error *err)
{
    NP_CLEANUP(pins_clear) pins made = {0};
    const char *path = arguments->pins;
    int lock;
    if (path == NULL) {
        return NP_OK;
    }
    NP_TRY(lock_file_take(path, LOCK_WAIT_MS, &lock, err));
    np_code code = compute_pins(path, token, &made, err);
    if (code == NP_OK && made.outcome == NP_PIN_BROKEN) {
        code = np_error_set(err, NP_EDEVICE_VERIFY, "%s: it has another key for this device", path);
    }
    code =
        code == NP_OK ? np_file_replace(path, 0644, np_bytes_of(made.text, made.len), err) : code;
    lock_file_release(path, lock);
    return code;
}
