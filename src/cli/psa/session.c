/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/psa/session.h"

#include "base/text.h"
#include "cli/consent.h"
#include "crypto/hash.h"
#include <stdlib.h>
#include <sys/stat.h>

enum { MS_PER_S = 1000 };

void psa_session_clear(psa_session *session)
{
    if (session->has_chip) {
        np_bus_release(&session->link.device.bus);
        cli_chip_abandon(&session->link);
    }
    np_psa_store_close(&session->store);
}

static const char *named_chip(const cli_arguments *arguments)
{
    return arguments->chip != NULL ? arguments->chip : getenv("NAMEPLATE_CHIP");
}

bool psa_session_names_chip(const cli_arguments *arguments)
{
    return named_chip(arguments) != NULL;
}

np_code psa_session_open_store(const cli_arguments *arguments, bool may_make, psa_session *ret,
                               np_error *err)
{
    struct stat status;
    *ret = (psa_session){.arguments = arguments, .store = {.lock = -1}};
    if (!may_make && stat(arguments->store, &status) != 0) {
        np_error_set(err, NP_EINPUT_MISSING, "%s: there is no store of keys", arguments->store);
        return np_error_hint(err, NP_EINPUT_MISSING,
                             "nameplate psa provision makes one; is it another folder?");
    }
    NP_TRY(np_psa_store_open(arguments->store, arguments->wait * MS_PER_S, &ret->store, err));
    ret->table = np_psa_store_table(&ret->store);
    return NP_OK;
}

static np_code report_other_chip(const psa_session *session, np_error *err)
{
    np_code code =
        np_error_set(err, NP_ECONFLICT_OTHER,
                     "%s: the keys of this store are those of another chip", session->store.folder);
    return np_error_hint(err, code, "give the chip that the store is about, or another --store");
}

static np_code load_state(psa_session *session, np_error *err)
{
    np_psa_status status = psa_state_load(&session->table, &session->state);
    return status == NP_PSA_SUCCESS ? NP_OK
                                    : psa_session_report(session, status, "the driver's data", err);
}

static np_code open_chip(psa_session *session, np_error *err)
{
    cli_arguments on_chip = *session->arguments;
    on_chip.target = named_chip(session->arguments);
    if (on_chip.target == NULL) {
        np_error_set(err, NP_EUSAGE, "--chip is missing");
        return np_error_hint(err, NP_EUSAGE, "a URI, or $NAMEPLATE_CHIP in the environment");
    }
    NP_TRY(cli_chip_open(&on_chip, &session->link, err));
    session->has_chip = true;
    np_atecc *device = &session->link.device;
    NP_TRY(np_bus_hold(&device->bus, err));
    psa_chip_init(&session->chip, device->bus, device->address, &session->table);
    return NP_OK;
}

np_code psa_session_open(const cli_arguments *arguments, bool may_make, psa_session *ret,
                         np_error *err)
{
    psa_transaction transaction;
    psa_recovery recovery = PSA_RECOVERY_NOTHING;
    NP_TRY(psa_session_open_store(arguments, may_make, ret, err));
    NP_TRY(open_chip(ret, err));
    np_psa_status status = psa_recover(&ret->chip, &recovery, &transaction);
    if (status != NP_PSA_SUCCESS) {
        return psa_session_report(ret, status, "ending what was interrupted", err);
    }
    psa_note_recovery(recovery, &transaction);
    NP_TRY(load_state(ret, err));
    status = psa_chip_look(&ret->chip);
    if (status != NP_PSA_SUCCESS) {
        return psa_session_report(ret, status, "the chip", err);
    }
    return psa_state_is_of(&ret->state, &ret->chip) ? NP_OK : report_other_chip(ret, err);
}

np_code psa_session_close(psa_session *session, np_error *err)
{
    np_code code = NP_OK;
    if (session->has_chip) {
        code = np_atecc_sleep(&session->chip.device, err);
        np_bus_release(&session->link.device.bus);
        session->has_chip = false;
        np_code closed = cli_chip_close(&session->link, code == NP_OK ? err : NULL);
        code = code == NP_OK ? closed : code;
    }
    np_psa_store_close(&session->store);
    return code;
}

static np_code forward(const np_error *cause, const char *what, np_error *err)
{
    *err = *cause;
    return np_error_prefix(err, cause->code, "%s", what);
}

np_code psa_session_report(const psa_session *session, np_psa_status status, const char *what,
                           np_error *err)
{
    switch (status) {
    case NP_PSA_ERROR_STORAGE_FAILURE:
    case NP_PSA_ERROR_INSUFFICIENT_STORAGE:
    case NP_PSA_ERROR_DATA_CORRUPT:
        return forward(&session->store.error, what, err);
    case NP_PSA_ERROR_DATA_INVALID:
        np_error_set(err, NP_EINPUT_FORMAT, "%s: %s: damaged, or of another version",
                     session->store.folder, what);
        return np_error_hint(err, NP_EINPUT_FORMAT, "restore the store from a copy of the folder");
    case NP_PSA_ERROR_BAD_STATE:
        return report_other_chip(session, err);
    default:
        return session->chip.error.code != NP_OK
                   ? forward(&session->chip.error, what, err)
                   : np_error_set(err, NP_EDEVICE_ANSWER, "%s: PSA status %d", what, (int)status);
    }
}

/* Over the chip, the slots, and what is in them: the consent is to the loss of just these keys. */
static np_psa_status hash_slots(psa_session *session, uint16_t slots,
                                uint8_t ret[static NP_SHA256_SIZE])
{
    np_sha256_stream stream;
    np_chip_serial serial = np_config_serial(session->chip.facts.config);
    np_sha256_begin(&stream);
    np_sha256_add(&stream, np_bytes_text("nameplate psa overwrite 1, slots "));
    np_sha256_add(&stream, NP_BYTES(serial.bytes));
    for (uint8_t slot = 0; slot < PSA_SLOTS; slot++) {
        uint8_t point[NP_PUBLIC_KEY_SIZE];
        bool has_key = false;
        if ((slots >> slot & 1) != 0) {
            PSA_TRY(psa_chip_probe(&session->chip, slot, &has_key, point));
            np_sha256_add(&stream, np_bytes_of(&slot, 1));
            np_sha256_add(&stream, np_bytes_of(point, has_key ? sizeof(point) : 0));
        }
    }
    np_sha256_end(&stream, ret);
    return NP_PSA_SUCCESS;
}

np_code psa_session_consent(psa_session *session, uint16_t slots, np_error *err)
{
    uint8_t hash[NP_SHA256_SIZE];
    char text[2 * NP_SHA256_SIZE + 1];
    if (slots == 0) {
        return NP_OK;
    }
    np_psa_status status = hash_slots(session, slots, hash);
    if (status != NP_PSA_SUCCESS) {
        return psa_session_report(session, status, "reading the keys", err);
    }
    np_format_hex(NP_BYTES(hash), text);
    cli_note("plan: %s", text);
    NP_TRY(cli_consent_check(session->arguments, hash, err));
    return cli_consent_get(session->arguments, "OVERWRITE", "a key would be lost", err);
}

/* What somebody can do about it who did not get the key. */
static const char *help_for(np_psa_reason reason)
{
    switch (reason) {
    case NP_PSA_CONFIG_OPEN:
    case NP_PSA_DATA_OPEN:
        return "give the chip its identity first: nameplate chip provision --layout application";
    case NP_PSA_SLOT_LOCKED:
    case NP_PSA_GENKEY_FORBIDDEN:
    case NP_PSA_NOT_PRIVATE:
    case NP_PSA_NOT_P256:
    case NP_PSA_FULL:
        return "slots 2 to 4 of a chip of the layout application, or of a Trust&GO part, take keys "
               "(nameplate chip explain shows what this one has)";
    case NP_PSA_OCCUPIED:
        return "register the key that is there, or take another slot; psa list shows who has it";
    case NP_PSA_NO_KEY:
        return "let the chip make one: nameplate psa generate";
    default:
        return "nameplate chip explain tells what each slot allows";
    }
}

np_code psa_report_reason(np_psa_reason reason, const psa_wish *wish, uint64_t slot, np_error *err)
{
    const char *verb = wish->request.method == NP_PSA_REGISTER ? "registered" : "made";
    if (reason == NP_PSA_FULL) {
        np_error_set(err, NP_ECONFLICT_OTHER, "key %u cannot be %s: %s",
                     (unsigned)wish->request.key_id, verb, np_psa_reason_words(reason));
    } else {
        np_error_set(err, NP_ECONFLICT_OTHER, "key %u cannot be %s in slot %u: %s",
                     (unsigned)wish->request.key_id, verb, (unsigned)slot,
                     np_psa_reason_words(reason));
    }
    return np_error_hint(err, NP_ECONFLICT_OTHER, "%s", help_for(reason));
}

void psa_note_recovery(psa_recovery recovery, const psa_transaction *transaction)
{
    static const char *const words[PSA_RECOVERY_COUNT] = {
        [PSA_RECOVERY_NAMED] = "was made when it was interrupted, and has its name now",
        [PSA_RECOVERY_DROPPED] = "was not made when it was interrupted; nothing is left of it",
        [PSA_RECOVERY_DESTROYED] = "was being destroyed when it was interrupted, and is gone now",
    };
    if (recovery != PSA_RECOVERY_NOTHING) {
        cli_note("key %u in slot %u %s", (unsigned)transaction->key_id, (unsigned)transaction->slot,
                 words[recovery]);
    }
}
