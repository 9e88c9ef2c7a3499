/* SPDX-License-Identifier: Apache-2.0 */
/* What stands beside the bays of a station, and how each of it fails. */
#include "base/format.h"
#include "base/text.h"
#include "support/plant.h"
#include "support/test.h"
#include "x509/public_key.h"

enum { CHIP_TRANSACTIONS = 340, MODEM_BYTES = 6000, MODEM_COMMANDS = 40 };

/* Another use: is the thing still there? */
static np_code use(plant_tool *tool, np_code code, const char *message, np_error *err)
{
    tool->is_gone = tool->is_gone || (tool->left > 0 && --tool->left == 0);
    return tool->is_gone ? np_error_set(err, code, "%s", message) : NP_OK;
}

/* Hooks */

int64_t plant_now_ms(void *self)
{
    plant_site *site = self;
    unsigned call = atomic_fetch_add(&site->clock_calls, 1);
    bool has_jumped = site->jump_at > 0 && call >= site->jump_at;
    return site->now_ms + (has_jumped ? site->jump_ms : 0);
}

/* Of one digest several are drawn until one can be compressed: that is one certificate. */
static void count_signature(plant_key *key, const uint8_t digest[static 32])
{
    for (unsigned i = 0; i < PLANT_DIGESTS; i++) {
        if (memcmp(key->digests[i], digest, sizeof(key->digests[i])) == 0) {
            return;
        }
    }
    memcpy(key->digests[key->signed_++ % PLANT_DIGESTS], digest, sizeof(key->digests[0]));
}

static np_code sign(void *self, const uint8_t digest[static 32],
                    uint8_t ret_signature[static NP_P256_SIGNATURE_SIZE], np_error *err)
{
    plant_key *key = self;
    key->is_gone = key->is_gone || (key->left > 0 && --key->left == 0);
    count_signature(key, digest);
    return key->is_gone ? np_error_set(err, NP_ESTATION_HSM, "the key is gone")
                        : key->inner.sign(key->inner.self, digest, ret_signature, err);
}

static np_signing unsure(plant_key *key, const np_signing *inner)
{
    np_signing signing = {.sign = sign, .self = key};
    key->inner = *inner;
    memcpy(signing.public_key, inner->public_key, sizeof(signing.public_key));
    return signing;
}

static np_code ask_registry(plant_site *site, np_error *err)
{
    return use(&site->registry, NP_ESTATION_DATABASE, "the registry is gone", err);
}

/* It may be gone before it was asked, or before it has answered. */
static np_code reserve(void *self, const char *serial, const char *common_name,
                       const uint8_t key_sha256[32], np_error *err)
{
    plant_site *site = self;
    NP_TRY(ask_registry(site, err));
    NP_TRY(np_registrar_reserve(site->registrar, serial, common_name, key_sha256,
                                plant_now_ms(site) / 1000, err));
    return ask_registry(site, err);
}

static np_code confirm(void *self, const char *serial, np_bytes certificate, uint64_t units,
                       const np_record_hash *head, np_error *err)
{
    plant_site *site = self;
    np_issuance_record record = {.units = units, .has_head = true};
    memcpy(record.head, head->bytes, sizeof(record.head));
    NP_TRY(ask_registry(site, err));
    NP_TRY(np_registrar_confirm(site->registrar, serial, certificate, &record,
                                plant_now_ms(site) / 1000, err));
    return ask_registry(site, err);
}

static np_code print_label(void *self, const np_station_made *made,
                           char ret_text[static NP_LABEL_TEXT_SIZE], np_error *err)
{
    plant_site *site = self;
    uint8_t digest[NP_SHA256_SIZE];
    plant_told *label = &site->labels[site->label_count];
    ret_text[0] = '\0';
    NP_TRY(use(&site->printer, NP_ESTATION_IO, "the printer has no paper", err));
    assert_true(++site->label_count < PLANT_LABELS);
    np_sha256(made->certificate, digest);
    np_format_hex(NP_BYTES(digest), label->fingerprint);
    np_format(label->serial, sizeof(label->serial), "%s", made->serial);
    np_format(label->uid, sizeof(label->uid), "%s", made->uid);
    return use(&site->printer, NP_ESTATION_IO, "the label cannot be read back", err);
}

/* A place for each modem that was ever seen. */
static np_nordic_journal *journal_of(plant_site *site, const char *imei)
{
    for (unsigned i = 0; i < PLANT_UNITS; i++) {
        np_nordic_journal *journal = &site->journals[i];
        if (journal->modem[0] == '\0' || strcmp(journal->modem, imei) == 0) {
            return journal;
        }
    }
    fail_msg("more modems than units");
    return NULL;
}

static np_code load_journal(void *self, const char *imei, np_sec_tag tag, np_nordic_journal *ret,
                            np_error *err)
{
    plant_site *site = self;
    (void)err;
    assert_int_equal(tag, SCENE_TAG);
    pthread_mutex_lock(&site->mutex);
    *ret = *journal_of(site, imei);
    pthread_mutex_unlock(&site->mutex);
    return NP_OK;
}

/* A file that is replaced: when the power fails, there is the old one or the new one. */
static np_code save_journal(void *self, const char *imei, np_sec_tag tag,
                            const np_nordic_journal *journal, np_error *err)
{
    plant_site *site = self;
    uint8_t chance = 0;
    np_random random = np_random_by_seed(&site->journal_lot);
    assert_int_equal(tag, SCENE_TAG);
    pthread_mutex_lock(&site->mutex);
    bool was_gone = site->journal_disk.is_gone;
    np_code code = use(&site->journal_disk, NP_ESTATION_IO, "the power is off", err);
    assert_int_equal(random.fill(random.self, &chance, 1, NULL), NP_OK);
    if (code == NP_OK || (!was_gone && chance % 2 == 0)) {
        *journal_of(site, imei) = *journal;
    }
    pthread_mutex_unlock(&site->mutex);
    return code;
}

void plant_site_open(plant_site *site)
{
    plant *on = site->plant;
    const plant_kind *kind = on->kind;
    station_scene *scene = &site->scene;
    site->signing = unsure(&site->signer, scene->options.signing);
    site->station_signing = unsure(&site->station, &scene->station);
    np_public_key_digest(scene->station.public_key, site->digest);
    scene->options.signing = &site->signing;
    scene->ledger_options.station = &site->station_signing;
    scene->hooks = (np_station_hooks){
        .now_ms = plant_now_ms,
        .label = kind->has_labels ? print_label : NULL,
        .reserve = kind->has_registry ? reserve : NULL,
        .confirm = kind->has_registry ? confirm : NULL,
        .load_journal = load_journal,
        .save_journal = save_journal,
        .self = site,
    };
}

/* Faults by lot */

static unsure_disk *any_disk(plant_site *site)
{
    return plant_lot(site->plant, 2) == 0 ? &site->scene.record_disk : &site->scene.intents_disk;
}

static void cut_power(plant_site *site)
{
    disk_cut_after(&site->scene.record_disk, 1 + plant_lot(site->plant, 60));
    site->journal_disk.left = plant_lot(site->plant, 24);
}

static void fill_disk(plant_site *site)
{
    unsure_disk *disk = any_disk(site);
    disk->room = disk->seen.size + 1 + plant_lot(site->plant, 8000);
}

static void fail_sync(plant_site *site)
{
    any_disk(site)->syncs_left = 1 + plant_lot(site->plant, 12);
}

static np_fault_word any_modem_fault(plant *on)
{
    np_modem_fault_kind kind = (np_modem_fault_kind)plant_lot(on, NP_MODEM_FAULT_KIND_COUNT);
    bool is_command = kind >= NP_MODEM_FAULT_ERROR && kind <= NP_MODEM_FAULT_RESTART;
    return (np_fault_word){.kind = kind,
                           .number = plant_lot(on, is_command ? MODEM_COMMANDS : MODEM_BYTES),
                           .second = 515};
}

/* The parts lose their power, or their words. */
static void disturb_parts(plant_site *site)
{
    plant *on = site->plant;
    for (unsigned i = 0; i < PLANT_BAYS; i++) {
        scene_bay *bay = &site->scene.bays[i];
        bay->fault = (np_fault){.kind = (np_fault_kind)(1 + plant_lot(on, NP_FAULT_KIND_COUNT - 1)),
                                .transaction = plant_lot(on, CHIP_TRANSACTIONS),
                                .seed = plant_lot(on, 1000),
                                .delay_ns = UINT64_C(1000000) << plant_lot(on, 12)};
        bay->modem_faults = (np_fault_words){.count = 1, .list = {any_modem_fault(on)}};
    }
}

static void lose_signer(plant_site *site)
{
    site->signer.left = 1 + plant_lot(site->plant, 5);
}

static void lose_station_key(plant_site *site)
{
    site->station.left = 1 + plant_lot(site->plant, 3);
}

static void lose_registry(plant_site *site)
{
    site->registry.left = 1 + plant_lot(site->plant, 10);
}

static void lose_printer(plant_site *site)
{
    site->printer.left = 1 + plant_lot(site->plant, 5);
}

/* Back and forth, within the years that a signer's certificate has and beyond the authorization. */
static void jump_clock(plant_site *site)
{
    static const int jumps_days[] = {-30, -1, 1, 20, 40, 400};
    site->jump_at = 1 + plant_lot(site->plant, 100);
    site->jump_ms =
        (int64_t)jumps_days[plant_lot(site->plant, NP_COUNT_OF(jumps_days))] * PLANT_DAY_S * 1000;
}

static void (*const faults[])(plant_site *site) = {
    cut_power,   cut_power,        fill_disk,     fail_sync,    disturb_parts, disturb_parts,
    lose_signer, lose_station_key, lose_registry, lose_printer, jump_clock,
};

void plant_site_hurt(plant_site *site)
{
    for (unsigned i = plant_lot(site->plant, 3); i > 0; i--) {
        faults[plant_lot(site->plant, NP_COUNT_OF(faults))](site);
    }
}

void plant_site_heal(plant_site *site)
{
    station_scene *scene = &site->scene;
    unsure_disk *const disks[] = {&scene->record_disk, &scene->intents_disk};
    for (size_t i = 0; i < NP_COUNT_OF(disks); i++) {
        disks[i]->room = 0;
        disks[i]->syncs_left = 0;
    }
    for (unsigned i = 0; i < PLANT_BAYS; i++) {
        scene->bays[i].fault = (np_fault){.kind = NP_FAULT_NONE};
        scene->bays[i].modem_faults.count = 0;
    }
    site->signer = (plant_key){.inner = site->signer.inner};
    site->station = (plant_key){.inner = site->station.inner};
    site->registry = (plant_tool){.left = 0};
    site->printer = (plant_tool){.left = 0};
    site->journal_disk = (plant_tool){.left = 0};
    site->jump_at = 0;
    atomic_store(&site->clock_calls, 0);
    scene->event_count = 0;
}
