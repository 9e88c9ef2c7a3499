/* SPDX-License-Identifier: Apache-2.0 */
#include "support/plant.h"

#include "base/format.h"
#include "base/text.h"
#include "support/test.h"
#include "support/unit_lines.h"

enum {
    CLONES = 16,         /* one of so many units has another's random numbers */
    WRONG_SCANS = 8,     /* one of so many scans is of another's label */
    SECOND_VISITS = 5,   /* one of so many units that are put in was seen before */
    FIRST_FRESH = 5000,  /* behind all numbers of units */
    REFUSED_SERIALS = 80 /* a counting station may meet, all of the other's, before one is free */
};

unsigned plant_lot(plant *on, unsigned limit)
{
    on->random ^= on->random << 13;
    on->random ^= on->random >> 7;
    on->random ^= on->random << 17;
    return (unsigned)((on->random >> 16) % limit);
}

/* Units */

static void make_chip(plant *on, plant_unit *unit)
{
    unsigned number = unit->number;
    const np_chip_serial serial = {
        {0x01, 0x23, 0, 0, 0, 0, (uint8_t)(number >> 8), (uint8_t)number, 0xee}};
    const np_virtual_chip_options options = {.model = NP_ATECC608B,
                                             .random = np_random_by_seed(&unit->seeded)};
    if (on->kind->has_chips) {
        unit->chip = np_virtual_chip_new(&options, &serial);
        assert_non_null(unit->chip);
        np_format_hex(NP_BYTES(serial.bytes), unit->uid);
    }
}

static void make_modem(plant *on, plant_unit *unit)
{
    np_random_seeded identity = {.seed = 100000 + unit->number};
    np_error err;
    if (!on->kind->has_modems) {
        return;
    }
    unit->modem = calloc(1, sizeof(*unit->modem));
    assert_non_null(unit->modem);
    assert_ok(np_modem_state_draw(NP_NRF9161, np_random_by_seed(&identity), unit->modem, &err),
              &err);
    if (unit->chip == NULL) {
        np_format(unit->uid, sizeof(unit->uid), "%s", unit->modem->imei);
    }
}

static plant_unit *make_unit(plant *on)
{
    plant_unit *unit = &on->units[on->unit_count];
    assert_true(on->unit_count < PLANT_UNITS);
    unit->number = ++on->unit_count;
    unit->seeded.seed = unit->number;
    if (unit->number > 1 && plant_lot(on, CLONES) == 0) {
        plant_unit *twin = &on->units[plant_lot(on, unit->number - 1)];
        unit->seeded.seed = twin->number;
        unit->is_clone = twin->is_clone = true;
    }
    make_chip(on, unit);
    make_modem(on, unit);
    return unit;
}

static bool is_torn(const np_virtual_chip *chip)
{
    const uint8_t *config = np_virtual_chip_eeprom(chip) + NP_EEPROM_CONFIG;
    return np_lock_state_of(config[NP_CONFIG_LOCK_VALUE]) == NP_LOCK_TORN ||
           np_lock_state_of(config[NP_CONFIG_LOCK_CONFIG]) == NP_LOCK_TORN;
}

bool plant_is_lost(const plant_unit *unit)
{
    return unit->chip != NULL && is_torn(unit->chip);
}

/* Opening */

static void fill_terms(plant *on)
{
    on->terms = (np_authorization){.id = {0x42},
                                   .batch = np_bytes_text("b42"),
                                   .count = PLANT_AUTHORIZED,
                                   .first = np_bytes_text("T-0001"),
                                   .last = np_bytes_text("T-9999"),
                                   .is_signed = true,
                                   .created = SCENE_NOW - 10 * PLANT_DAY_S,
                                   .until = SCENE_NOW + 30 * PLANT_DAY_S};
    for (unsigned i = 0; i < on->site_count; i++) {
        np_authorization_station station = {.name = np_bytes_text("station")};
        np_error err;
        memcpy(station.key, on->sites[i].digest, sizeof(station.key));
        assert_ok(np_authorization_add_station(&on->terms, &station, &err), &err);
    }
}

/* The ledger and the registry of a site know the terms as they are now. */
static void hand_out_terms(plant *on)
{
    np_format_hex(NP_BYTES(on->terms.id), on->terms_id);
    for (unsigned i = 0; i < on->site_count; i++) {
        plant_site *site = &on->sites[i];
        np_ledger_options *options = &site->scene.ledger_options;
        options->authorization = on->is_authorized ? &on->terms : NULL;
        options->counts = !on->kind->has_registry;
        options->station_digest = site->digest;
        options->profile = "p";
        site->issuance = (np_issuance_terms){
            .id = np_bytes_text(on->terms_id), .batch = on->terms.batch, .count = on->terms.count};
        np_authorization_digest(&on->terms, site->issuance.digest);
        memcpy(site->issuance.station, site->digest, sizeof(site->issuance.station));
    }
}

/* The scene's disks and key are the same for all; these are this station's. */
static void replace_disks_and_key(plant_site *site)
{
    plant *on = site->plant;
    station_scene *scene = &site->scene;
    disk_close(&scene->record_disk);
    disk_close(&scene->intents_disk);
    disk_open(&scene->record_disk, 1 + plant_lot(on, 1000000));
    disk_open(&scene->intents_disk, 1 + plant_lot(on, 1000000));
    disk_share_power(&scene->intents_disk, &scene->record_disk);
    np_p256_free(scene->key);
    scene->key = unit_station_key((uint8_t)(site->index + 1));
    scene->station = np_signing_by_key(scene->key);
}

static void open_site(plant *on, unsigned index)
{
    static const char *const names[PLANT_SITES] = {"st07", "st08"};
    plant_site *site = &on->sites[index];
    station_scene *scene = &site->scene;
    site->plant = on;
    site->index = index;
    site->now_ms = (int64_t)SCENE_NOW * 1000;
    site->journal_lot.seed = 1 + plant_lot(on, 1000000);
    pthread_mutex_init(&site->mutex, NULL);
    site->journals = calloc(PLANT_UNITS, sizeof(*site->journals));
    assert_non_null(site->journals);
    scene_open(scene, PLANT_BAYS, on->kind->is_scanned ? "scan" : "T-{4}");
    replace_disks_and_key(site);
    if (on->kind->has_modems) {
        scene_add_modems(scene, on->kind->has_chips);
    }
    scene->ledger_options.station_name = np_bytes_text(names[index]);
    scene->ledger_options.on_conflict = on->kind->on_conflict;
    scene->ledger_options.first = 1 + index * plant_lot(on, 30); /* the same serials, or others */
    scene->config.policy.on_conflict = on->kind->on_conflict;
    scene->config.policy.retries = plant_lot(on, 2);
    plant_site_open(site);
}

/* Putting in and taking out */

static void put(plant_site *site, unsigned bay, plant_unit *unit)
{
    site->in_bay[bay] = unit;
    unit->home = site->index;
    unit->is_in_bay = true;
    if (unit->modem != NULL) {
        scene_put_modem(&site->scene, bay, unit->modem, np_random_by_seed(&unit->seeded));
    }
    if (unit->chip != NULL) {
        scene_put_back(&site->scene, bay, unit->chip);
    } else if (site->scene.line != NULL) {
        np_line_again(site->scene.line, bay);
    }
}

static plant_unit *take(plant_site *site, unsigned bay)
{
    plant_unit *unit = site->in_bay[bay];
    site->in_bay[bay] = NULL;
    if (unit != NULL) {
        assert_ptr_equal(scene_take(&site->scene, bay), unit->chip);
        assert_ptr_equal(scene_take_modem(&site->scene, bay), unit->modem);
        unit->is_in_bay = false;
    }
    return unit;
}

void plant_begin(plant *on, const plant_kind *kind, uint64_t seed, const char *registry)
{
    on->kind = kind;
    on->random = seed;
    on->site_count = kind->has_registry ? PLANT_SITES : 1;
    on->is_authorized = kind->has_registry || plant_lot(on, 2) == 0;
    np_format(on->registry, sizeof(on->registry), "%s", registry);
    for (unsigned i = 0; i < on->site_count; i++) {
        open_site(on, i);
    }
    fill_terms(on);
    hand_out_terms(on);
    for (unsigned i = 0; i < on->site_count * PLANT_BAYS; i++) {
        put(&on->sites[i / PLANT_BAYS], i % PLANT_BAYS, make_unit(on));
    }
}

static void close_site(plant_site *site)
{
    (void)!np_line_finish(site->scene.line, &site->scene.err);
    site->scene.line = NULL;
    for (unsigned bay = 0; bay < PLANT_BAYS; bay++) {
        (void)take(site, bay); /* parts are the units' */
    }
    np_registrar_free(site->registrar);
    scene_close(&site->scene);
    free(site->journals);
    pthread_mutex_destroy(&site->mutex);
}

void plant_end(plant *on)
{
    for (unsigned i = 0; i < on->site_count; i++) {
        close_site(&on->sites[i]);
    }
    for (unsigned i = 0; i < on->unit_count; i++) {
        np_virtual_chip_free(on->units[i].chip);
        free(on->units[i].modem);
    }
}

/* Lives */

static np_code open_registry(plant_site *site)
{
    plant *on = site->plant;
    station_scene *scene = &site->scene;
    if (!on->kind->has_registry) {
        return NP_OK;
    }
    NP_TRY(np_registrar_open(on->registry, &site->issuance, &site->registrar, &scene->err));
    scene->ledger_options.head = np_registrar_head(site->registrar);
    return NP_OK;
}

/* The registry believes what it was told before: that the record has it as well. */
static np_code begin_to_count(plant_site *site)
{
    station_scene *scene = &site->scene;
    if (site->registrar == NULL) {
        return NP_OK;
    }
    np_code code = np_registrar_begin(site->registrar, &scene->found, "the record",
                                      plant_now_ms(site) / 1000, &scene->err);
    if (code == NP_EPOLICY) {
        fail_msg("%s", scene->err.message);
    }
    return code;
}

static np_code open_files(plant_site *site)
{
    station_scene *scene = &site->scene;
    NP_TRY(open_registry(site));
    NP_TRY(np_ledger_open(&scene->ledger_options, plant_now_ms(site) / 1000, &scene->ledger,
                          &scene->found, &scene->err));
    return begin_to_count(site);
}

static void close_files(plant_site *site)
{
    np_ledger_free(site->scene.ledger);
    site->scene.ledger = NULL;
    np_registrar_free(site->registrar);
    site->registrar = NULL;
}

static void begin_life(plant_site *site)
{
    station_scene *scene = &site->scene;
    scene->ledger = NULL;
    site->is_alive = open_files(site) == NP_OK;
    if (site->is_alive) {
        scene->options.ledger = scene->ledger;
        assert_ok(np_line_start(&scene->options, &scene->line, &scene->err), &scene->err);
    }
}

static void switch_off(plant_site *site)
{
    pthread_mutex_lock(&site->mutex);
    site->journal_disk.is_gone = true;
    pthread_mutex_unlock(&site->mutex);
    disk_cut_after(&site->scene.record_disk, 1);
}

/* The process is gone; sometimes the system goes on and still has what it did not write. */
static void end_life(plant_site *site)
{
    station_scene *scene = &site->scene;
    switch_off(site);
    (void)!np_line_finish(scene->line, &scene->err);
    scene->line = NULL;
    site->is_alive = false;
    close_files(site);
    void (*const after)(unsure_disk *) =
        plant_lot(site->plant, 3) == 0 ? disk_resume : disk_restart;
    after(&scene->record_disk);
    after(&scene->intents_disk);
}

/* The operator */

static void note_serial(plant_unit *unit, const char *serial)
{
    for (unsigned i = 0; i < unit->serial_count; i++) {
        if (strcmp(unit->serials[i], serial) == 0) {
            return;
        }
    }
    if (serial[0] != '\0' && unit->serial_count < PLANT_SERIALS) {
        np_format(unit->serials[unit->serial_count++], NP_UNIT_SERIAL_SIZE, "%s", serial);
    }
}

static void scan(plant_site *site, unsigned bay, const char *serial)
{
    bool is_taken;
    assert_ok(np_line_scan(site->scene.line, (int)bay, np_bytes_text(serial), &is_taken,
                           &site->scene.err),
              &site->scene.err);
}

static void scan_number(plant_site *site, unsigned bay, unsigned number)
{
    char serial[NP_UNIT_SERIAL_SIZE];
    np_format(serial, sizeof(serial), "T-%04u", number);
    scan(site, bay, serial);
    note_serial(site->in_bay[bay], serial);
}

/* When all is well: what it was ever seen with, then a new one. */
static void answer_scanner(plant_site *site, unsigned bay, bool is_finishing)
{
    plant *on = site->plant;
    const plant_unit *unit = site->in_bay[bay];
    if (unit == NULL) {
        return;
    }
    if (is_finishing && unit->tries < unit->serial_count) {
        scan(site, bay, unit->serials[unit->tries]);
    } else if (is_finishing) {
        scan_number(site, bay, FIRST_FRESH + ++on->fresh);
    } else if (plant_lot(on, WRONG_SCANS) == 0) {
        scan_number(site, bay, 1 + plant_lot(on, on->unit_count));
    } else {
        scan_number(site, bay, unit->number);
    }
}

/* NULL: it is of a unit that is no longer in the bay. */
static plant_unit *take_result(plant_site *site, const np_station_event *event)
{
    plant *on = site->plant;
    plant_unit *unit = site->in_bay[event->bay];
    if (unit == NULL || (event->uid[0] != '\0' && strcasecmp(event->uid, unit->uid) != 0)) {
        return NULL;
    }
    (void)take(site, (unsigned)event->bay);
    note_serial(unit, event->serial);
    if (event->result == NP_RESULT_PASS) {
        plant_told *told = &on->told[on->told_count++];
        assert_true(on->told_count <= PLANT_TOLD);
        unit->has_passed = true;
        memcpy(told->serial, event->serial, sizeof(told->serial));
        memcpy(told->uid, unit->uid, sizeof(told->uid));
        memcpy(told->fingerprint, event->fingerprint, sizeof(told->fingerprint));
    }
    return unit;
}

static const np_station_event *await_result(plant_site *site, bool is_finishing)
{
    for (;;) {
        const np_station_event *event = scene_next(&site->scene);
        if (event == NULL) {
            fail_msg("a bay that has a unit gave no result");
        }
        if (event->kind == NP_STATION_BAY && event->state == NP_BAY_WAITING) {
            answer_scanner(site, (unsigned)event->bay, is_finishing);
        }
        if (event->kind == NP_STATION_RESULT) {
            return event;
        }
    }
}

/* Anything that was seen before and lies about: refused, scrap, or passed long ago. */
static plant_unit *seen_before(plant *on)
{
    plant_unit *unit = &on->units[plant_lot(on, on->unit_count)];
    return unit->is_in_bay || plant_is_lost(unit) ? NULL : unit;
}

/* What passed, is lost or is refused goes out, and anything else is put in once more, mostly. */
static void use_hands(plant_site *site)
{
    plant *on = site->plant;
    const np_station_event *event = await_result(site, false);
    unsigned bay = (unsigned)event->bay;
    plant_unit *unit = take_result(site, event);
    plant_unit *other = plant_lot(on, SECOND_VISITS) == 0 ? seen_before(on) : NULL;
    if (unit == NULL) {
        return;
    }
    bool goes_on = event->result == NP_RESULT_STATION && !plant_is_lost(unit);
    put(site, bay, other != NULL ? other : goes_on ? unit : make_unit(on));
}

void plant_live(plant *on)
{
    unsigned results = 0;
    for (unsigned i = 0; i < on->site_count; i++) {
        plant_site_heal(&on->sites[i]);
        plant_site_hurt(&on->sites[i]);
        begin_life(&on->sites[i]);
        results += plant_lot(on, PLANT_RESULTS + 1);
    }
    for (; results > 0; results--) {
        plant_site *site = &on->sites[plant_lot(on, on->site_count)];
        if (site->is_alive) {
            use_hands(site);
        }
    }
    for (unsigned i = 0; i < on->site_count; i++) {
        end_life(&on->sites[i]);
    }
}

/* Finishing */

static bool is_open(const plant_unit *unit)
{
    return !unit->has_passed && !plant_is_lost(unit);
}

static plant_unit *next_of(plant_site *site)
{
    plant *on = site->plant;
    for (unsigned i = 0; i < on->unit_count; i++) {
        plant_unit *unit = &on->units[i];
        if (is_open(unit) && !unit->is_in_bay && unit->home == site->index && unit->tries == 0) {
            return unit;
        }
    }
    return NULL;
}

/* At a station of its own each unit passes at once; scans are tried, and serials may be the other
 * station's. */
static unsigned tries_of(const plant *on, const plant_unit *unit)
{
    return on->kind->is_scanned ? unit->serial_count + 1 : on->site_count > 1 ? REFUSED_SERIALS : 1;
}

static void fail_as_stuck(const plant_unit *unit, const np_station_event *event)
{
    fail_msg("%s is stuck: %s, %s at %s: %s", unit->uid, np_result_name(event->result),
             np_code_name(event->code), event->step, event->message);
}

/* Where it goes after it was shown in vain: in again, to the other station, or nowhere. */
static void show_again(plant_site *site, unsigned bay, plant_unit *unit,
                       const np_station_event *event, bool is_last)
{
    plant *on = site->plant;
    if (++unit->tries < tries_of(on, unit)) {
        put(site, bay, unit);
        return;
    }
    if (is_last && !unit->is_clone) {
        fail_as_stuck(unit, event);
    }
    unit->home = (site->index + 1) % on->site_count;
}

static unsigned fill_bay(plant_site *site, unsigned bay)
{
    plant_unit *unit = next_of(site);
    if (unit == NULL) {
        return 0;
    }
    put(site, bay, unit);
    return 1;
}

static void finish_at(plant_site *site, bool is_last)
{
    station_scene *scene = &site->scene;
    unsigned in_work = 0;
    plant_site_heal(site);
    begin_life(site);
    assert_ok(site->is_alive ? NP_OK : scene->err.code, &scene->err);
    for (unsigned bay = 0; bay < PLANT_BAYS; bay++) {
        in_work += fill_bay(site, bay);
    }
    while (in_work > 0) {
        const np_station_event *event = await_result(site, true);
        plant_unit *unit = take_result(site, event);
        unsigned bay = (unsigned)event->bay;
        if (unit != NULL && is_open(unit)) {
            site->plant->refused_clones += unit->is_clone ? 1 : 0;
            show_again(site, bay, unit, event, is_last);
        }
        if (unit != NULL && !unit->is_in_bay) {
            in_work += fill_bay(site, bay);
            in_work--;
        }
    }
    site->plant->finishing_signatures += site->signer.signed_;
    assert_ok(scene_stop(scene), &scene->err);
    site->is_alive = false;
    close_files(site);
}

static void begin_finishing(plant *on)
{
    on->terms.id[0] = 0x43;
    on->terms.count = 2 * PLANT_UNITS;
    hand_out_terms(on);
    for (unsigned i = 0; i < on->site_count; i++) {
        on->sites[i].now_ms = (int64_t)PLANT_FINISHED * 1000;
        for (unsigned bay = 0; bay < PLANT_BAYS; bay++) {
            (void)take(&on->sites[i], bay);
        }
    }
}

void plant_finish(plant *on)
{
    unsigned visits = on->site_count * on->site_count;
    begin_finishing(on);
    for (unsigned i = 0; i < visits; i++) {
        for (unsigned k = 0; i % on->site_count == 0 && k < on->unit_count; k++) {
            on->units[k].tries = 0;
        }
        finish_at(&on->sites[i % on->site_count], i + on->site_count >= visits);
    }
}
