/* SPDX-License-Identifier: Apache-2.0 */
#include "station/open.h"

#include "base/format.h"
#include "base/wipe.h"
#include "files/key.h"
#include "files/modem_journal.h"
#include "files/signer_config.h"
#include "files/signer_key.h"
#include "nerveskey/layout.h"
#include "signer/hsm.h"
#include "station/links.h"
#include "x509/leaf.h"
#include "x509/public_key.h"
#include <string.h>
#include <time.h>

static const char intents_suffix[] = ".intents";

enum { SECONDS_PER_DAY = 86400 };

void np_station_setup_close(np_station_setup *station)
{
    np_ledger_free(station->ledger);
    np_record_file_close(&station->record_file);
    np_record_file_close(&station->intents_file);
    np_registrar_free(station->registrar);
    np_authorization_file_clear(&station->authorization);
    np_file_clear(&station->user_data);
    np_label_output_close(&station->labels);
    np_signer_free(station->signer);
    np_p256_free(station->key);
}

/* Hooks */

static int64_t now_ms(void *self)
{
    (void)self;
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t now_s(void)
{
    return now_ms(NULL) / 1000;
}

static np_code test(void *self, const np_station_made *made, np_error *err)
{
    const np_station_setup *setup = self;
    return setup->helpers.test(&setup->config, made, err);
}

static void certified(void *self, const np_station_made *made)
{
    const np_station_setup *setup = self;
    setup->helpers.certified(setup->helpers.self, made);
}

static np_code reserve(void *self, const char *serial, const char *common_name,
                       const uint8_t key_sha256[32], np_error *err)
{
    np_station_setup *station = self;
    return np_registrar_reserve(station->registrar, serial, common_name, key_sha256, now_s(), err);
}

static np_code judge_token(void *self, const np_token *token, bool *ret_is_decided, np_error *err)
{
    const np_station_setup *station = self;
    return station->helpers.judge_token(&station->config, token, ret_is_decided, err);
}

/* Beside the record unless the configuration has a place for them. */
static void name_journals(const np_station_setup *station, char ret[static PATH_MAX])
{
    const char *given = station->config.modem.journals;
    np_format(ret, PATH_MAX, "%s%s", given[0] != '\0' ? given : station->config.record,
              given[0] != '\0' ? "" : ".modems");
}

static np_code load_journal(void *self, const char *imei, np_sec_tag tag, np_nordic_journal *ret,
                            np_error *err)
{
    char folder[PATH_MAX];
    np_modem_journal file;
    name_journals(self, folder);
    return np_modem_journal_open(folder, imei, tag, &file, ret, err);
}

static np_code save_journal(void *self, const char *imei, np_sec_tag tag,
                            const np_nordic_journal *journal, np_error *err)
{
    char folder[PATH_MAX];
    np_modem_journal file;
    NP_CLEANUP(np_nordic_journal_clear) np_nordic_journal before = {0};
    name_journals(self, folder);
    NP_TRY(np_modem_journal_open(folder, imei, tag, &file, &before, err));
    return np_modem_journal_save(&file, journal, err);
}

static np_code confirm(void *self, const char *serial, np_bytes certificate, uint64_t units,
                       const np_record_hash *head, np_error *err)
{
    np_station_setup *station = self;
    np_issuance_record record = {.units = units, .has_head = true};
    memcpy(record.head, head->bytes, sizeof(record.head));
    return np_registrar_confirm(station->registrar, serial, certificate, &record, now_s(), err);
}

static np_code label(void *self, const np_station_made *made,
                     char ret_text[static NP_LABEL_TEXT_SIZE], np_error *err)
{
    const np_station_setup *station = self;
    return np_label_output_print(&station->labels, made, now_s(), ret_text, err);
}

static void fill_hooks(np_station_setup *station)
{
    bool has_registry = station->registrar != NULL;
    station->hooks = (np_station_hooks){
        .now_ms = now_ms,
        .test = station->config.test.gateway[0] == '\0' ? NULL : test,
        .label = station->config.product.label[0] == '\0' ? NULL : label,
        .reserve = has_registry ? reserve : NULL,
        .confirm = has_registry ? confirm : NULL,
        .judge_token = station->config.modem.pins[0] == '\0' ? NULL : judge_token,
        .load_journal = load_journal,
        .save_journal = save_journal,
        .certified = station->helpers.certified == NULL ? NULL : certified,
        .self = station,
    };
}

/* Configuration */

np_code np_station_config_take(np_bytes text, const char *name, np_station_config *ret,
                               np_error *err)
{
    NP_TRY(np_station_config_parse(text, name, ret, err));
    if (ret->name[0] == '\0') {
        np_bytes station = np_key_file_name(ret->key);
        np_format(ret->name, sizeof(ret->name), "%.*s", (int)station.len,
                  (const char *)station.data);
    }
    return NP_OK;
}

np_code np_station_config_load(const char *path, np_station_config *ret, np_error *err)
{
    NP_CLEANUP(np_file_clear) np_file file = {0};
    NP_TRY(np_file_load(path, &file, err));
    return np_station_config_take(np_file_bytes(&file), path, ret, err);
}

np_code np_station_config_keep_bay(np_station_config *config, const char *name, np_error *err)
{
    for (size_t i = 0; i < config->bay_count; i++) {
        if (strcmp(config->bays[i].name, name) == 0) {
            config->bays[0] = config->bays[i];
            config->bay_count = 1;
            return NP_OK;
        }
    }
    return np_error_set(err, NP_EUSAGE, "there is no bay '%s'", name);
}

static np_code open_key(np_station_setup *station, np_error *err)
{
    uint8_t point[NP_P256_POINT_SIZE];
    NP_TRY(np_key_file_load(station->config.key, &station->key, err));
    station->signing = np_signing_by_key(station->key);
    np_p256_public(station->key, point);
    np_public_key_digest(point, station->digest);
    return NP_OK;
}

/* Signer */

static const char *text_or_null(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

static np_code open_signer(np_station_setup *station, np_error *err)
{
    const np_signer_files files = {.certificate = station->config.signer.certificate,
                                   .key = station->config.signer.key,
                                   .passphrase_file =
                                       text_or_null(station->config.signer.passphrase_file),
                                   .asking = station->helpers.asking};
    /* only chips need a signer that they can store */
    NP_TRY(station->config.has_chip
               ? np_signer_files_open(&files, &station->signer, err)
               : np_signer_files_open_authority(&files, &station->signer, err));
    if (station->config.has_chip) {
        np_signer_compressed(station->signer, station->signer_compressed);
    }
    np_signer_public_key(station->signer, station->signer_key);
    np_signer_fingerprint(station->signer, station->signer_fingerprint);
    return np_validity_check_signer(&np_signer_certificate(station->signer)->validity, now_s(),
                                    err);
}

static np_code fill_chip(np_station_setup *station, np_error *err)
{
    const np_station_config *config = &station->config;
    np_bytes nothing = {NULL, 0};
    station->chip = (np_station_chip_product){
        .layout = np_layout_by_name(config->chip.layout),
        .board = config->chip.board[0] == '\0' ? nothing : np_bytes_text(config->chip.board),
        .signer = {.certificate = np_signer_certificate(station->signer),
                   .compressed = station->signer_compressed,
                   .public_key = station->signer_key,
                   .fingerprint = station->signer_fingerprint},
    };
    if (station->chip.layout == NULL || station->chip.layout->needs_608) {
        np_error_set(err, NP_EINPUT_FORMAT, "chip.layout: '%s' is no layout of a line",
                     config->chip.layout);
        return np_error_hint(err, NP_EINPUT_FORMAT, "nerveskey or application");
    }
    if (config->chip.user_data[0] != '\0') {
        NP_TRY(np_file_load(config->chip.user_data, &station->user_data, err));
        station->chip.user_data = np_file_bytes(&station->user_data);
    }
    return NP_OK;
}

static np_code fill_modem(np_station_setup *station, np_error *err)
{
    const np_station_config *config = &station->config;
    int64_t now = now_s();
    const np_leaf_profile *profile = np_leaf_profile_find(config->modem.profile);
    const np_validity validity = {
        .not_before = np_civil_from_seconds(now),
        .not_after = np_civil_from_seconds(now + (int64_t)config->modem.days * SECONDS_PER_DAY)};
    if (profile == NULL || profile->stored_as != NULL) {
        np_error_set(err, NP_EINPUT_FORMAT, "modem.profile: '%s' is no profile of modems",
                     config->modem.profile);
        return np_error_hint(err, NP_EINPUT_FORMAT, "device, nrf-2022 or nrf-2026");
    }
    NP_TRY(
        np_roots_load(text_or_null(config->modem.root), config->modem.coap, station->roots, err));
    NP_TRY(np_leaf_prepare(profile, np_signer_certificate(station->signer), &validity,
                           &station->template, err));
    station->modem = (np_station_modem_product){.tag = config->modem.sectag,
                                                .roots = np_bytes_text(station->roots),
                                                .is_local = config->modem.is_local,
                                                .template = &station->template,
                                                .signer_fingerprint = station->signer_fingerprint};
    return NP_OK;
}

/* Authorization */

/* What the signer's owner has pinned counts; what is given besides must be the same. */
static np_code choose(const char *what, const char *pinned, const char *given, const char *path,
                      const char **ret, np_error *err)
{
    *ret = pinned[0] != '\0' ? pinned : given;
    return pinned[0] == '\0' || given[0] == '\0' || strcmp(pinned, given) == 0
               ? NP_OK
               : np_error_set(err, NP_EPOLICY, "%s pins another %s than %s", path, what, given);
}

static np_code verify_authorization(np_station_setup *station, const char *authority, np_error *err)
{
    const np_station_config *config = &station->config;
    if (authority[0] == '\0') {
        np_error_set(err, NP_EINPUT_MISSING, "nothing says whose authorizations count");
        return np_error_hint(err, NP_EINPUT_MISSING, "authorization.authority names a public key");
    }
    NP_TRY(np_authorization_file_load(config->authorization.file, &station->authorization, err));
    NP_TRY(np_authorization_file_verify(&station->authorization, config->authorization.file,
                                        authority, err));
    NP_TRY(np_authorization_allows(&station->authorization.terms, station->digest,
                                   station->ledger_options.profile, now_s(), err));
    station->is_authorized = true;
    station->terms = np_authorization_file_issuance(&station->authorization, station->digest);
    return NP_OK;
}

static np_code open_authorization(np_station_setup *station, np_error *err)
{
    np_signer_config pinned;
    const char *authority;
    const char *registry;
    const np_station_config *config = &station->config;
    NP_TRY(np_signer_config_load(config->signer.certificate, &pinned, err));
    if (config->authorization.file[0] == '\0') {
        return pinned.authority[0] == '\0'
                   ? NP_OK
                   : np_error_set(err, NP_EPOLICY,
                                  "%s: this signer issues what is authorized and nothing else",
                                  pinned.path);
    }
    NP_TRY(choose("authority", pinned.authority, config->authorization.authority, pinned.path,
                  &authority, err));
    NP_TRY(choose("registry", pinned.registry, config->authorization.registry, pinned.path,
                  &registry, err));
    NP_TRY(verify_authorization(station, authority, err));
    return registry[0] == '\0' || strcmp(registry, "none") == 0
               ? NP_OK
               : np_registrar_open(registry, &station->terms, &station->registrar, err);
}

/* The record */

static void fill_ledger(np_station_setup *station)
{
    const np_station_config *config = &station->config;
    np_ledger_options *options = &station->ledger_options;
    np_format(station->intents_path, sizeof(station->intents_path), "%s%s", config->record,
              intents_suffix);
    station->record = np_record_file_storage(&station->record_file, config->record);
    station->intents = np_record_file_storage(&station->intents_file, station->intents_path);
    options->record = &station->record;
    options->intents = &station->intents;
    options->station = &station->signing;
    options->station_name = np_bytes_text(config->name);
    options->batch = station->is_authorized ? station->authorization.terms.batch
                                            : np_bytes_text(config->product.batch);
    options->issuer = np_signer_certificate(station->signer)->der;
    options->tool_version = np_bytes_text("nameplate " NP_VERSION);
    options->authorization = station->is_authorized ? &station->authorization.terms : NULL;
    options->counts = station->registrar == NULL;
    options->station_digest = station->digest;
    options->head = station->registrar == NULL ? NULL : np_registrar_head(station->registrar);
    options->serials = &config->product.serials;
    options->first = config->product.first;
    options->on_conflict = config->policy.on_conflict;
}

static np_code open_ledger(np_station_setup *station, np_error *err)
{
    const np_station_config *config = &station->config;
    const char *path = config->record;
    NP_TRY(np_record_check_batch(station->ledger_options.batch, err));
    np_report_begin(&station->shift, np_shift_at(&config->shifts, now_s()));
    station->ledger_options.report = &station->shift;
    np_code code =
        np_ledger_open(&station->ledger_options, now_s(), &station->ledger, &station->found, err);
    np_report_sort(&station->shift);
    if (code != NP_OK) {
        return np_error_class(code) == NP_CLASS_STATION ? code
                                                        : np_error_prefix(err, code, "%s", path);
    }
    return station->registrar == NULL
               ? NP_OK
               : np_registrar_begin(station->registrar, &station->found, path, now_s(), err);
}

np_code np_station_setup_open(np_station_setup *ret, np_error *err)
{
    if (ret->config.product.label[0] != '\0') {
        NP_TRY(np_label_output_open(&ret->config, &ret->labels, err));
    }
    ret->ledger_options.profile = ret->config.has_chip ? "nerveskey" : ret->config.modem.profile;
    NP_TRY(open_key(ret, err));
    NP_TRY(open_signer(ret, err));
    if (ret->config.has_chip) {
        NP_TRY(fill_chip(ret, err));
    }
    if (ret->config.has_modem) {
        NP_TRY(fill_modem(ret, err));
    }
    NP_TRY(open_authorization(ret, err));
    fill_ledger(ret);
    NP_TRY(open_ledger(ret, err));
    fill_hooks(ret);
    return NP_OK;
}

np_line_options np_station_setup_line(const np_station_setup *setup)
{
    return (np_line_options){
        .config = &setup->config,
        .ledger = setup->ledger,
        .parts = &np_station_links,
        .hooks = &setup->hooks,
        .chip = setup->config.has_chip ? &setup->chip : NULL,
        .modem = setup->config.has_modem ? &setup->modem : NULL,
        .issuer = np_signer_certificate(setup->signer)->der,
        .signing = np_signer_signing(setup->signer),
        .signs_in_parallel = np_hsm_is_uri(setup->config.signer.key),
        .random = np_random_system(),
        .label_pattern = np_label_code_pattern(&setup->labels.template),
    };
}

np_code np_station_result_code(const np_station_event *event, np_error *err)
{
    bool is_other =
        event->result == NP_RESULT_STATION && np_error_class(event->code) != NP_CLASS_STATION;
    np_code code = is_other ? NP_ESTATION_IO : event->code;
    np_error_set(err, code, "%s", event->message);
    return event->hint[0] == '\0' ? code : np_error_hint(err, code, "%s", event->hint);
}
